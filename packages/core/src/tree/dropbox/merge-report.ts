import type { Cancel } from '../../backend/backend.js';
import type { Commit } from '../commit-info.js';
import type { Progress } from '../types.js';

export interface MergeOptions extends Cancel, Progress {
  /**
   * Goes on behind batches that are lost, damaged or not to be taken, which are given up and deleted then. Without it nothing
   * behind such a batch is merged, in the chain that it belongs to, so that nothing is missed that is only late.
   */
  readonly giveUp?: boolean | undefined;
}

/** A batch that has become a commit. */
export interface MergedBatch {
  /** Id and label of the dropbox. */
  readonly dropbox: string;
  readonly label: string;
  readonly chain: number;
  /** Of its last object, where it takes several. */
  readonly counter: number;
  /** When it was made, by the clock of its worker. */
  readonly time: Date;
  readonly commit: Commit;
}

/**
 * What is wrong with a batch.
 *
 * - `dropped`: it is not there, although a later one is.
 * - `replayed`: it was merged and deleted, and is there again. It is deleted once more.
 * - `reordered`: another batch stands in its place, or it does not follow the one before it.
 * - `damaged`: what stands in its place opens as no batch of this dropbox.
 * - `forged`: the worker has not signed it, or has signed what belongs elsewhere.
 * - `refused`: the worker has signed it, and it is not to be taken: it changes what it may not, or is malformed.
 */
export type BatchFaultKind = 'dropped' | 'replayed' | 'reordered' | 'damaged' | 'forged' | 'refused';

export interface BatchFault {
  readonly dropbox: string;
  readonly label: string;
  readonly kind: BatchFaultKind;
  readonly chain: number;
  readonly counter: number;
  readonly message: string;
}

export interface MergeReport {
  readonly merged: readonly MergedBatch[];
  readonly faults: readonly BatchFault[];
  /** How many objects were left where they are: behind a fault, or of a batch that is not complete yet. */
  readonly waiting: number;
}
