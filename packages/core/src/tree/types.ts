import type { Cancel } from '../backend/backend.js';
import type { IndexKey } from '../codec/index-key.js';
import type { CustomField } from '../fields/custom-field.js';
import type { DeepReadonly, ListField, MapField, SetField } from '../fields/types.js';
import type { AnyField } from '../index/field-types.js';
import type { Verdict } from './read/verdict.js';
import type { CommitFilter } from './refs.js';

/** What a long call reports while it works. */
export interface Progress {
  readonly onProgress?: ((progress: { readonly done: number; readonly total?: number }) => void) | undefined;
}

/** The properties of an index class that hold fields. A class that is a single field has one, called `'root'`. */
export type FieldName<T> = T extends AnyField
  ? 'root'
  : { [P in keyof T & string]: T[P] extends AnyField ? P : never }[keyof T & string];

/** The properties that hold fields with keys: all but cells. */
export type CollectionName<T> =
  T extends AnyField<'cell'>
    ? never
    : T extends AnyField
      ? 'root'
      : { [P in keyof T & string]: T[P] extends AnyField<'cell'> ? never : T[P] extends AnyField ? P : never }[keyof T &
          string];

export type FieldAt<T, F> = T extends AnyField ? T : F extends keyof T ? T[F] : never;

/** The type of a field's keys; those of a list are places, those of a custom field are those of the field inside. */
export type KeyOf<X> =
  X extends CustomField<infer Inner, infer _Kind>
    ? KeyOf<Inner>
    : X extends MapField<infer K, infer _V>
      ? K
      : X extends SetField<infer K>
        ? K
        : X extends ListField<infer _E>
          ? number
          : never;

/** The type of a field's values, as they are read. */
export type ValueOf<X> =
  X extends CustomField<infer Inner, infer _Kind>
    ? ValueOf<Inner>
    : X extends MapField<infer _K, infer V>
      ? DeepReadonly<V>
      : X extends SetField<infer K>
        ? K
        : X extends ListField<infer V>
          ? DeepReadonly<V>
          : never;

/** Entries of a field, one after the other or many at a time. */
export interface Entries<T> extends AsyncIterableIterator<T> {
  /**
   * The entries that are left, in arrays of `size` (256 unless told; the last may be shorter): one promise for each batch
   * makes reading many entries faster. Leaving the loop ends this iterator, too. Where an entry cannot be read, those before it in
   * its batch are not given either.
   *
   * Throws `INVALID_ARGUMENT` where `size` is no positive integer.
   *
   * @example
   * for await (const batch of tree.entries('measurements').batches()) {
   *   for (const [id, health] of batch) print(id, health);
   * }
   */
  batches(size?: number): AsyncIterableIterator<T[]>;
}

/** Which entries are read, and in which order. */
export interface Range<K> extends Cancel {
  /** The first key, itself included. */
  readonly gte?: K;
  /** The key to end before. */
  readonly lt?: K;
  /** From the last key to the first. */
  readonly reverse?: boolean;
  readonly limit?: number;
  /** Sees keys only, so that no value has to be fetched to leave it out. */
  readonly where?: (key: K) => Verdict;
}

export interface LoadOptions<K = IndexKey> extends Cancel, Progress {
  /** Loads only the keys it takes; the field is then partly loaded. */
  readonly where?: (key: K) => Verdict;
  /**
   * Loads what these commits say. The field is read-only and shows that, whatever is committed or refreshed, until it is
   * loaded without this.
   */
  readonly commits?: CommitFilter;
}
