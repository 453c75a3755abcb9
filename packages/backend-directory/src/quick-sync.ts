import { fdatasync, fdatasyncSync } from 'node:fs';

/** Syncs that take less than that are waited for in place, in milliseconds: longer ones would hold up whatever else there is. */
const QUICK_MS = 1;
/** How much the newest duration counts among those before it. */
const WEIGHT = 1 / 8;
/** Supposed of a disk that is not known yet: the first few syncs are made elsewhere, whatever they take. */
const UNKNOWN_MS = 2;

/**
 * Syncs files, in place where that is quick: on a solid-state disk it takes 0.13 ms, and handing it to another thread as
 * much again, or some milliseconds where all cores are busy. Whether it is quick is not known beforehand, so that is
 * judged by a moving average of how long the last ones took, wherever they were made. A single slow one among many quick
 * ones does not change it, a very slow one or some of them do; on a slow disk nothing is ever waited for in place.
 * Rejected: going elsewhere after each slow one, for twice as many as before. On a disk that is quick but for one sync in
 * a hundred, most of them then paid for the hand-over.
 */
export class QuickSync {
  #average = UNKNOWN_MS;
  readonly #inPlace: (fd: number) => void;
  readonly #elsewhere: (fd: number) => Promise<void>;
  readonly #now: () => number;

  constructor(
    inPlace: (fd: number) => void = fdatasyncSync,
    elsewhere: (fd: number) => Promise<void> = inThreadPool,
    now: () => number = () => performance.now(),
  ) {
    this.#inPlace = inPlace;
    this.#elsewhere = elsewhere;
    this.#now = now;
  }

  async datasync(fd: number): Promise<void> {
    const began = this.#now();
    if (this.#average < QUICK_MS) this.#inPlace(fd);
    else await this.#elsewhere(fd);
    this.#average += (this.#now() - began - this.#average) * WEIGHT;
  }
}

function inThreadPool(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fdatasync(fd, (error) => (error === null ? resolve() : reject(error)));
  });
}
