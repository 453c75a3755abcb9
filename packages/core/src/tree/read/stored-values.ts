import { fromCanonical } from '../../codec/canonical-key.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { InfinitreeError, isInfinitreeError } from '../../errors.js';
import { admit, release } from '../../fields/values.js';
import type { BoundField } from '../bind.js';
import { POINTER, STAGED } from './inline-table.js';
import type { SparseValues } from './sparse-values.js';

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
