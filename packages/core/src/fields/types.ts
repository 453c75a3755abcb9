import type { IndexKey } from '../codec/index-key.js';
import type { AnyField } from '../index/field-types.js';

type Opaque =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | Date
  | Uint8Array
  | ArrayBufferView
  | ((...args: never[]) => unknown);

/**
 * A value as a field gives it back: read-only all the way down. `Date` and typed arrays stay as they are, because they
 * cannot be frozen and are copied instead. Containers go through interfaces: as a plain mapped type, a value type that
 * refers to itself (JSON, say) would be "excessively deep".
 */
export type DeepReadonly<T> = unknown extends T
  ? T
  : T extends Opaque
    ? T
    : T extends ReadonlyMap<infer K, infer V>
      ? DeepReadonlyMap<K, V>
      : T extends ReadonlySet<infer E>
        ? DeepReadonlySet<E>
        : T extends readonly (infer E)[]
          ? number extends T['length']
            ? DeepReadonlyArray<E>
            : { readonly [P in keyof T]: DeepReadonly<T[P]> }
          : T extends object
            ? { readonly [P in keyof T]: DeepReadonly<T[P]> }
            : T;

/* eslint-disable @typescript-eslint/no-empty-object-type -- named, so that the compiler puts off looking into them */
export interface DeepReadonlyArray<E> extends ReadonlyArray<DeepReadonly<E>> {}
export interface DeepReadonlySet<E> extends ReadonlySet<DeepReadonly<E>> {}
export interface DeepReadonlyMap<K, V> extends ReadonlyMap<DeepReadonly<K>, DeepReadonly<V>> {}
/* eslint-enable @typescript-eslint/no-empty-object-type */

/** What a field takes: what `get` returned may be handed back to `set`. */
export type Input<V> = V | DeepReadonly<V>;

export interface FieldOptions {
  /** `false` leaves values as they are, where freezing is measured to matter. Not to change them is up to you then. */
  readonly freeze?: boolean;
}

/** A field that holds one value. */
export interface CellField<T> extends AnyField<'cell'> {
  get value(): DeepReadonly<T>;
  set value(value: Input<T>);
}

/** A field that holds values by key, iterated in key order. */
export interface MapField<K extends IndexKey, V> extends AnyField<'map'>, Iterable<[K, DeepReadonly<V>]> {
  readonly size: number;
  get(key: K): DeepReadonly<V> | undefined;
  has(key: K): boolean;
  /** Overwrites, whether or not the field is loaded. */
  set(key: K, value: Input<V>): this;
  /** Never overwrites: returns the value that is there, or else the one given. */
  insert(key: K, value: Input<V>): DeepReadonly<V>;
  /** Replaces the value that is there by what `fn` returns. Where there is none, `fn` is not called. */
  update(key: K, fn: (old: DeepReadonly<V>) => Input<V>): DeepReadonly<V> | undefined;
  /** Returns nothing, since on a field that is not loaded it cannot know whether there was something to delete. */
  delete(key: K): void;
  clear(): void;
  /** Deletes every entry for which `keep` returns false. */
  retain(keep: (key: K, value: DeepReadonly<V>) => boolean): void;
  entries(): IterableIterator<[K, DeepReadonly<V>]>;
  keys(): IterableIterator<K>;
  values(): IterableIterator<DeepReadonly<V>>;
  forEach(fn: (value: DeepReadonly<V>, key: K, map: this) => void): void;
}

/** A field that holds keys, iterated in key order. */
export interface SetField<K extends IndexKey> extends AnyField<'set'>, Iterable<K> {
  readonly size: number;
  add(key: K): this;
  has(key: K): boolean;
  /** Returns nothing, since on a field that is not loaded it cannot know whether there was something to delete. */
  delete(key: K): void;
  clear(): void;
  /** Deletes every element for which `keep` returns false. */
  retain(keep: (key: K) => boolean): void;
  keys(): IterableIterator<K>;
  values(): IterableIterator<K>;
  entries(): IterableIterator<[K, K]>;
  forEach(fn: (key: K) => void): void;
}

/** A field that holds values in the order in which they were added. */
export interface ListField<V> extends AnyField<'list'>, Iterable<DeepReadonly<V>> {
  readonly size: number;
  /** Appends all of the values or, where one of them cannot be stored, none. */
  push(...values: Input<V>[]): void;
  /** The value at a position; negative ones count from the end. */
  at(index: number): DeepReadonly<V> | undefined;
  clear(): void;
  entries(): IterableIterator<[number, DeepReadonly<V>]>;
  values(): IterableIterator<DeepReadonly<V>>;
  forEach(fn: (value: DeepReadonly<V>, index: number) => void): void;
}
