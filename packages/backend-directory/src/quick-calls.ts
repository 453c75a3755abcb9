/** Calls that take less than that are made in place, in milliseconds: longer ones would hold up whatever else there is. */
const QUICK_MS = 1;
/** How much the newest duration counts among those before it. */
const WEIGHT = 1 / 8;
/** How long calls are made in place without a turn of the event loop, in milliseconds. */
const SLICE = 8;

/**
 * Makes calls to the operating system in place where they are quick, and on another thread where they are not: a sync of a
 * solid-state disk takes 0.13 ms, a read of what is in memory 0.01, and handing either to another thread 0.1, or some
 * milliseconds where all cores are busy. Whether they are quick is not known beforehand, so that is judged by a moving average
 * of how long the last ones took, wherever they were made. A single slow one among many quick ones does not change it, a very
 * slow one or some of them do; where most are slow, hardly any is waited for in place. Rejected: going elsewhere after each slow
 * one, for twice as many as before. On a disk that is quick but for one call in a hundred, most of them then paid for the
 * hand-over.
 *
 * Whoever makes one call in place after the other gives nobody else a turn, so every 8 ms one is made elsewhere.
 */
export class QuickCalls {
  #average: number;
  readonly #now: () => number;
  /** Since when the event loop has not had a turn, as far as that is known. */
  #since: number | undefined;

  /** `expected`: how many milliseconds the first ones are supposed to take, of a disk that is not known yet. */
  constructor(expected: number, now: () => number = () => performance.now()) {
    this.#average = expected;
    this.#now = now;
  }

  async make<T>(inPlace: () => T, elsewhere: () => Promise<T>): Promise<T> {
    const began = this.#now();
    const isQuick = this.#average < QUICK_MS && !this.#owesTurn(began);
    const made = isQuick ? inPlace() : await elsewhere();
    this.#average += (this.#now() - began - this.#average) * WEIGHT;
    return made;
  }

  #owesTurn(now: number): boolean {
    if (this.#since !== undefined) return now - this.#since >= SLICE;
    this.#since = now;
    setImmediate(() => {
      this.#since = undefined;
    });
    return false;
  }
}
