import type { CanonicalKey, IndexKey } from '../../codec/index-key.js';
import { TOMBSTONE } from './inline-table.js';
import type { Places } from './places.js';
import type { MergedBatch } from './scan.js';
import type { StoredEntry } from './stored-values.js';
import { admits, type Verdict } from './verdict.js';

/** An entry that is asked for, under the name that it has for users: a place in a list, else its key. */
export interface SelectedEntry extends StoredEntry {
  readonly name: CanonicalKey;
}

/** Which entries of a scan are asked for. */
export class Selection {
  readonly #where: ((key: IndexKey) => Verdict) | undefined;
  readonly #places: Places | undefined;
  #left: number;

  constructor(options: {
    readonly where?: ((key: IndexKey) => Verdict) | undefined;
    readonly limit?: number | undefined;
    readonly places?: Places | undefined;
  }) {
    this.#where = options.where;
    this.#places = options.places;
    this.#left = options.limit ?? Number.POSITIVE_INFINITY;
  }

  /** Whether nothing that comes is asked for any more. */
  get isOver(): boolean {
    return this.#left <= 0;
  }

  /** Gives those of a batch, one for each call; `undefined` at its end. */
  of({ keys, values, kinds }: MergedBatch): () => SelectedEntry | undefined {
    let next = 0;
    return () => {
      while (next < keys.length && this.#left > 0) {
        const at = next++;
        const kind = kinds?.[at];
        if (kind === TOMBSTONE) continue;
        const key = keys[at] as CanonicalKey;
        const place = this.#places?.next();
        if (place === 'before') continue;
        const name = place ?? key;
        const verdict = place !== 'end' && (this.#where === undefined || admits(this.#where, name));
        if (place === 'end' || verdict === 'abort') this.#left = 0;
        else if (verdict) {
          this.#left -= 1;
          return { key, name, kind, stored: values.at(at) };
        }
      }
      return undefined;
    };
  }
}
