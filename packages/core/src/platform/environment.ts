/** Time, as the tree sees it. Injected, so that tests decide what time it is. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
}

/** Randomness. Injected, so that whole runs can be replayed from a seed. */
export interface RandomSource {
  /** Fills `target` with bytes nobody can predict. */
  fill(target: Uint8Array): void;
}

/** Waiting, between one look at storage and the next. Injected, so that tests need not wait. */
export interface Timer {
  /** Calls `then` once, after that many milliseconds, unless what it gives is called before. */
  after(ms: number, then: () => void): () => void;
}

/** What core takes from outside besides a backend and a key. */
export interface Environment {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly timer: Timer;
}

/** The clock, the random generator and the timers of the operating system. */
export const systemEnvironment: Environment = {
  clock: { now: () => Date.now() },
  random: {
    fill(target) {
      // The Web Crypto interface gives at most 65,536 bytes a call.
      for (let start = 0; start < target.length; start += 65_536) {
        crypto.getRandomValues(target.subarray(start, start + 65_536) as Uint8Array<ArrayBuffer>);
      }
    },
  },
  timer: {
    after(ms, then) {
      const timeout = setTimeout(then, ms);
      return () => clearTimeout(timeout);
    },
  },
};
