import type { InfinitreeError } from '@infinitree/core';
import type { Ledger } from './ledger.js';

/** What a cache holds, and what has happened since it was opened. */
export interface CacheStats {
  /** Copies, and the bytes they take. */
  readonly objects: number;
  readonly bytes: number;
  readonly maxBytes: number;
  /** Objects that are not upstream yet. */
  readonly unsent: number;
  /** Reads that were answered from here, those that were fetched, and those that another one's fetch has answered. */
  readonly hits: number;
  readonly misses: number;
  readonly shared: number;
  /** Copies that had to go for others. */
  readonly evicted: number;
  /** Copies that were damaged, or not what upstream holds, and were replaced. */
  readonly healed: number;
  /**
   * The last trouble with the directory. While there is some, everything goes upstream, and nothing fails for it; without
   * this nobody would notice a full disk but by the bill.
   */
  readonly trouble: InfinitreeError | undefined;
}

/** Counts what happens. */
export class Counts {
  hits = 0;
  misses = 0;
  shared = 0;
  evicted = 0;
  healed = 0;
  trouble: InfinitreeError | undefined;

  stats(ledger: Ledger, maxBytes: number, unsent: number): CacheStats {
    const { hits, misses, shared, evicted, healed, trouble } = this;
    const { count: objects, bytes } = ledger;
    return { objects, bytes, maxBytes, unsent, hits, misses, shared, evicted, healed, trouble };
  }
}
