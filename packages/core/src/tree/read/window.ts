import type { RunRef } from '../records/run.js';

type RunSpan = Pick<RunRef, 'firstSequence' | 'lastSequence' | 'shadowedBy'>;

/** Which commits count: those of sequence `from` to `to`, both included. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** The newest clear inside the window: entries of lower sequence are gone. */
export function clearedAt(clears: readonly number[], window: Window): number {
  let cleared = 0;
  for (const sequence of clears) {
    if (sequence >= window.from && sequence <= window.to) cleared = sequence;
  }
  return cleared;
}

/** The lowest sequence that still counts. */
export function lowestSequence(clears: readonly number[], window: Window): number {
  return Math.max(window.from, clearedAt(clears, window));
}

/** Whether a run may have the newest version of a key inside the window. `lowest`: as `lowestSequence` gives it. */
export function matters(run: RunSpan, lowest: number, window: Window): boolean {
  return run.lastSequence >= lowest && run.firstSequence <= window.to && !isShadowed(run, window);
}

/** Who does not begin with the first commit wants to know of what was deleted, too, which may be in history alone. */
function isShadowed({ shadowedBy }: RunSpan, { from, to }: Window): boolean {
  return shadowedBy !== undefined && from === 1 && to >= shadowedBy;
}
