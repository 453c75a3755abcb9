import type { Cancel } from '../../backend/backend.js';
import type { Commit } from '../commit-info.js';
import type { Progress } from '../types.js';

export interface CopyOptions extends Cancel, Progress {
  /** Ends the tree where it is, so that it goes on in the target alone. */
  readonly move?: boolean | undefined;
}

/** What a copy has come to. Frozen plain data. */
export interface CopyReport {
  /** The newest commit of the copy; undefined in a tree that has none. */
  readonly commit: Commit | undefined;
  /** What `tree.head` is in the target: give it as `expectHead` when you open the tree there. */
  readonly head: string;
  /** What `tree.fork` is in the target. */
  readonly fork: string | undefined;
  /** Objects that the copy consists of, heads and key objects left out. */
  readonly objects: number;
  /** How many of them this call has written; the others were there before. */
  readonly copied: number;
  /**
   * Chunks of values and blobs that were copied as they are, unseen: only a reader of a split tree can tell whether they are what
   * was written. None where a reader makes the copy.
   */
  readonly unchecked: { readonly chunks: number; readonly bytes: number };
}
