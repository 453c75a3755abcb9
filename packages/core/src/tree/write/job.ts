import type { Delta } from '../../fields/delta.js';
import type { BoundField } from '../bind.js';
import type { Commit } from '../commit-info.js';
import type { CommitBody } from '../records/commit.js';
import type { CheckedCommit } from './commit-options.js';

/** What one call of `commit` swapped out of a field. */
export interface StagedField {
  readonly bound: BoundField;
  readonly delta: Delta;
}

/** One call of `commit` on its way to storage. */
export interface Job {
  readonly options: CheckedCommit;
  readonly staged: readonly StagedField[];
  readonly resolve: (commit: Commit) => void;
  readonly reject: (error: unknown) => void;
}

/** Takes what is staged out of all fields, each in O(1). */
export function swapAll(fields: readonly BoundField[]): StagedField[] {
  const staged: StagedField[] = [];
  for (const bound of fields) {
    const delta = bound.store.swap();
    if (delta !== undefined) staged.push({ bound, delta });
  }
  return staged;
}

/** Settles the deltas of each job with the commit that was made of it; both are in the same order. */
export function settleAll(jobs: readonly Job[], bodies: readonly CommitBody[]): void {
  for (const [i, { commit }] of bodies.entries()) {
    for (const { bound, delta } of (jobs[i] as Job).staged) bound.store.settle(delta, commit.sequence);
  }
}

/** Gives everything back, newest first, so that nothing is lost and newer changes stay on top. */
export function restoreAll(jobs: readonly Job[]): void {
  for (const job of jobs.toReversed()) for (const { bound, delta } of job.staged) bound.store.restore(delta);
}
