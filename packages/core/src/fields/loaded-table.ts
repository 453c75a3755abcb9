import type { CanonicalKey } from '../codec/index-key.js';
import { placeOf } from '../codec/key-order.js';
import { ABSENT, type Known, UNKNOWN } from './known.js';
import type { LoadedValues } from './loaded-values.js';

/** What was read, by columns: keys that ascend, and their values, which may be put together when they are asked for. */
export interface LoadedColumns {
  readonly keys: readonly CanonicalKey[];
  readonly values: Pick<LoadedValues, 'at' | 'forEach'>;
}

/** Of so many of its keys one in each is looked up, or changed, before it pays to make all of them a map. */
const SHARE = 32;

/** Entries as they were loaded, and what was changed since. Takes no time to make, and more than a map for each key. */
export class LoadedTable {
  readonly #columns: LoadedColumns;
  /** What became of keys since; {@link ABSENT} for those that are gone. */
  readonly #changed = new Map<CanonicalKey, unknown>();
  #size: number;
  /** How many more keys are looked up, in any order. */
  #lookups: number;
  /** The place behind the last one that was asked for: who goes through a field asks for that next. */
  #next = 0;

  constructor(columns: LoadedColumns) {
    this.#columns = columns;
    this.#size = columns.keys.length;
    this.#lookups = columns.keys.length / SHARE;
  }

  get size(): number {
    return this.#size;
  }

  /** Whether it pays to make it a map. */
  get isWorn(): boolean {
    return this.#lookups < 0;
  }

  /** Whether so many more changes are few beside what was loaded. */
  takes(changes: number): boolean {
    return this.#changed.size + changes <= this.#columns.keys.length / SHARE;
  }

  /** The keys that are there, in their order, with those behind that have come since. */
  *keys(): IterableIterator<CanonicalKey> {
    const { keys } = this.#columns;
    for (const key of keys) if (this.#changed.get(key) !== ABSENT) yield key;
    for (const [key, value] of this.#changed) {
      if (value !== ABSENT && placeOf(keys, key) === undefined) yield key;
    }
  }

  /** What a key has; {@link ABSENT} where it is gone, {@link UNKNOWN} where it never was here. */
  find(key: CanonicalKey): Known {
    if (this.#changed.has(key)) return this.#changed.get(key);
    const { keys, values } = this.#columns;
    let place: number | undefined = this.#next;
    if (keys[place] !== key) {
      this.#lookups -= 1;
      place = placeOf(keys, key);
    }
    if (place === undefined) return UNKNOWN;
    this.#next = place + 1;
    return values.at(place);
  }

  set(key: CanonicalKey, value: unknown): void {
    this.#size += Number(value !== ABSENT) - Number(this.#has(key));
    this.#changed.set(key, value);
  }

  delete(key: CanonicalKey): void {
    this.set(key, ABSENT);
  }

  /** All of it as a map. `keepsAbsent`: with {@link ABSENT} for keys that are gone. */
  toMap(keepsAbsent: boolean): Map<CanonicalKey, unknown> {
    const { keys, values } = this.#columns;
    const map = new Map<CanonicalKey, unknown>();
    values.forEach((value, i) => map.set(keys[i] as CanonicalKey, value));
    for (const [key, value] of this.#changed) {
      if (value === ABSENT && !keepsAbsent) map.delete(key);
      else map.set(key, value);
    }
    return map;
  }

  #has(key: CanonicalKey): boolean {
    if (this.#changed.has(key)) return this.#changed.get(key) !== ABSENT;
    return placeOf(this.#columns.keys, key) !== undefined;
  }
}
