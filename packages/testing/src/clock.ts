import type { Clock } from '@infinitree/core';

/** A clock that stands still until it is told to move; also backwards, as real ones sometimes do. */
export class TestClock implements Clock {
  #nowMs: number;

  constructor(startMs: number = Date.UTC(2024, 0, 1)) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  /** Moves on by that many milliseconds; a negative number goes back. Gives the new time. */
  advance(byMs: number): number {
    this.#nowMs += byMs;
    return this.#nowMs;
  }

  set(toMs: number): void {
    this.#nowMs = toMs;
  }
}
