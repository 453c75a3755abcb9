/** What lookups have taken, apart by whether the key was there. */
class Kind {
  lookups = 0;
  milliseconds = 0;
  visits = 0;
  decoded = 0;
}

/**
 * Adds up what lookups take: from one call of `add` to the next, so that nothing of it stands between the caller and what is
 * measured but two readings of the clock.
 */
export class Tally {
  #hits = new Kind();
  #misses = new Kind();
  #wrong = 0;
  #watched;
  #since = 0;
  #visits = 0;
  #decoded = 0;
  #reads = 0;

  /** @param {{ blocks: import('../figures/blocks.js').BlockCounts, meter: import('../figures/meter.js').Meter } | undefined} watched  of Infinitree */
  constructor(watched) {
    this.#watched = watched;
  }

  begin() {
    this.#mark();
    this.#reads = this.#watched?.meter.reads ?? 0;
  }

  /** @param {boolean} isHit @param {number} lookups @param {number} right  how many of their answers are */
  add(isHit, lookups, right) {
    const kind = isHit ? this.#hits : this.#misses;
    kind.milliseconds += performance.now() - this.#since;
    kind.lookups += lookups;
    kind.visits += (this.#watched?.blocks.visits ?? 0) - this.#visits;
    kind.decoded += (this.#watched?.blocks.decoded ?? 0) - this.#decoded;
    this.#wrong += lookups - right;
    this.#mark();
  }

  /** @param {string} verb  the beginning of the figures' names @returns {import('../figures/suite.js').Values} */
  values(verb) {
    const [hits, misses] = [this.#hits, this.#misses];
    const times = {
      [`${verb}Hit`]: (hits.milliseconds * 1000) / hits.lookups,
      [`${verb}Miss`]: (misses.milliseconds * 1000) / misses.lookups,
      [`${verb}Wrong`]: this.#wrong,
    };
    if (this.#watched === undefined) return times;
    return {
      ...times,
      [`${verb}HitBlocks`]: hits.visits / hits.lookups,
      [`${verb}MissBlocks`]: misses.visits / misses.lookups,
      [`${verb}HitDecoded`]: hits.decoded / hits.lookups,
      [`${verb}MissDecoded`]: misses.decoded / misses.lookups,
      [`${verb}Reads`]: (this.#watched.meter.reads - this.#reads) / (hits.lookups + misses.lookups),
    };
  }

  #mark() {
    this.#visits = this.#watched?.blocks.visits ?? 0;
    this.#decoded = this.#watched?.blocks.decoded ?? 0;
    this.#since = performance.now();
  }
}
