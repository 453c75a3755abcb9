import type { Cancel, Leftovers } from '../../backend/backend.js';
import type { Progress } from '../types.js';

export interface GcOptions extends Cancel, Progress {
  /** Deletes nothing, and tells what would be deleted. */
  readonly dryRun?: boolean | undefined;
  /**
   * Leaves alone what is younger, in milliseconds by the storage's own clock. Default: 24 hours. With less, other handles
   * that are about to store blobs are more often told to store them again; nothing that was committed is at risk. What
   * unfinished calls have left stays for 24 hours in any case.
   */
  readonly olderThan?: number | undefined;
}

/** How many there are, and how many bytes they take in storage. */
export interface Amount {
  readonly count: number;
  readonly bytes: number;
}

/** What a garbage collection has freed, or with `dryRun` would have. */
export interface GcReport {
  readonly dryRun: boolean;
  /** Everything below. */
  readonly freed: Amount;
  /** Objects that no head refers to: of uploads that were given up and commits that failed. */
  readonly orphans: Amount;
  /** Objects that newer ones have replaced, and that have waited long enough for readers of earlier states. */
  readonly replaced: Amount;
  /** Heads that are of no use any more. */
  readonly heads: Amount;
  /** Claims of epochs that are over; a claim takes no bytes. */
  readonly claims: Amount;
  /** What unfinished calls have left in the storage, such as temporary files; of any tree in it. */
  readonly leftovers: Amount;
  /** Objects that nothing refers to and that stay for now: they are too young, or wait for their readers. */
  readonly waiting: Amount;
  /** Objects in use. */
  readonly inUse: Amount;
}

/** What a collection is about to delete, or has deleted. */
export interface Figures {
  readonly orphans: number;
  readonly replaced: number;
  readonly heads: number;
  readonly claims: number;
  readonly leftovers: Leftovers;
  readonly waiting: number;
  readonly inUse: number;
}

/** Everything of a tree has one size, but for claims, which have none, and leftovers. */
export function gcReport(dryRun: boolean, objectSize: number, figures: Figures): GcReport {
  const amount = (count: number, size = objectSize): Amount => Object.freeze({ count, bytes: count * size });
  const orphans = amount(figures.orphans);
  const replaced = amount(figures.replaced);
  const heads = amount(figures.heads);
  const claims = amount(figures.claims, 0);
  const { count, bytes } = figures.leftovers;
  const leftovers = Object.freeze({ count, bytes });
  const all = [orphans, replaced, heads, claims, leftovers];
  const freed = Object.freeze({
    count: all.reduce((sum, each) => sum + each.count, 0),
    bytes: all.reduce((sum, each) => sum + each.bytes, 0),
  });
  const waiting = amount(figures.waiting);
  const inUse = amount(figures.inUse);
  return Object.freeze({ dryRun, freed, orphans, replaced, heads, claims, leftovers, waiting, inUse });
}
