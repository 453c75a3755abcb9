import { fromCanonical } from '../../codec/canonical-key.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { InfinitreeError, isInfinitreeError } from '../../errors.js';
import { admit, release } from '../../fields/values.js';
import { isPromise } from '../../platform/promise.js';
import type { BoundField } from '../bind.js';
import { chunkSize, type SparsePointer } from '../records/sparse-pointer.js';
import { Ahead, type Begun } from './ahead.js';
import { POINTER, STAGED } from './inline-table.js';
import type { SparseValues } from './sparse-values.js';

/** An entry as it is stored. */
export interface StoredEntry {
  readonly key: CanonicalKey;
  readonly kind: number | undefined;
  readonly stored: unknown;
}

/** Turns what stands in entries into values, by the strategy of their field. */
export class StoredValues {
  readonly #sparse: SparseValues;

  constructor(sparse: SparseValues) {
    this.#sparse = sparse;
  }

  /** The value of an entry, in the form in which fields hold it. A promise only where something has to be fetched. */
  get(bound: BoundField, key: CanonicalKey, kind: number | undefined, stored: unknown): unknown {
    if (kind === STAGED) return stored;
    if (bound.strategy !== undefined) return this.#byStrategy(bound, bound.strategy, key, stored);
    return kind === POINTER ? this.#sparse.get(stored) : stored;
  }

  /** The values of entries in a row, some of them begun to be fetched before it is their turn. */
  row<T extends StoredEntry>(bound: BoundField, take: () => T | undefined): Ahead<T> {
    return new Ahead(this.#sparse.atOnce, take, (entry) => this.#begin(bound, entry));
  }

  #begin<T extends StoredEntry>(bound: BoundField, entry: T): Begun<T> {
    const result = this.get(bound, entry.key, entry.kind, entry.stored);
    if (!isPromise(result)) return { item: entry, result };
    const chunk = bound.strategy === undefined ? (entry.stored as Partial<SparsePointer> | null)?.chunk : undefined;
    // What has no such form is refused when it is its turn.
    if (typeof chunk !== 'string') return { item: entry, result, fetched: result };
    return { item: entry, result, fetched: chunk, bytes: chunkSize(chunk) };
  }

  async #byStrategy(
    bound: BoundField,
    strategy: NonNullable<BoundField['strategy']>,
    key: CanonicalKey,
    stored: unknown,
  ): Promise<unknown> {
    try {
      const storage = { get: (place: unknown) => this.value(place) };
      return admit(await strategy.load(fromCanonical(key) as never, release(stored), storage), bound.store.keeping);
    } catch (cause) {
      throw isInfinitreeError(cause) ? cause : strategyFailed(bound, strategy.id, 'load', cause);
    }
  }

  /** A value that was put apart. */
  async value(place: unknown): Promise<unknown> {
    return release(await this.#sparse.get(place));
  }
}

export function strategyFailed(bound: BoundField, id: string, verb: string, cause: unknown): InfinitreeError {
  return new InfinitreeError('SCHEMA', `The strategy "${id}" of the field "${bound.property}" failed in ${verb}().`, {
    cause,
  });
}
