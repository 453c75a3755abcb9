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
