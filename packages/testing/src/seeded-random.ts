import type { RandomSource } from '@infinitree/core';

// Looked up once: in a test runner's sandbox every use of a global costs more than the multiplication.
const { imul } = Math;

/**
 * Randomness that comes out the same for the same seed: xoshiro128**, seeded by splitmix32. For tests only: whoever
 * sees a few outputs can tell all others. A seed is a 32-bit number, so that it is short enough to be copied from a log.
 */
export class SeededRandom implements RandomSource {
  readonly seed: number;
  readonly #state: Uint32Array;

  constructor(seed: number) {
    this.seed = seed >>> 0;
    this.#state = new Uint32Array(4);
    let mixed = this.seed;
    for (let i = 0; i < 4; i++) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let word = imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
      word = imul(word ^ (word >>> 15), 0x735a2d97);
      this.#state[i] = word ^ (word >>> 15);
    }
  }

  fill(target: Uint8Array): void {
    let word = 0;
    for (let i = 0; i < target.length; i++) {
      if (i % 4 === 0) word = this.u32();
      target[i] = word >>> (8 * (i % 4));
    }
  }

  /** That many random bytes. */
  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.fill(bytes);
    return bytes;
  }

  /** A number in [0, 1). */
  next(): number {
    return this.u32() / 0x1_0000_0000;
  }

  /** A whole number in [0, below), for `below` up to 2^32. Its bias of at most 2^-32 per value does not matter to tests. */
  int(below: number): number {
    if (!Number.isInteger(below) || below < 1 || below > 0x1_0000_0000) {
      throw new RangeError(`int(${below}): a whole number from 1 to 2^32 is needed`);
    }
    return Math.floor(this.next() * below);
  }

  /** One of these. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('pick([]): there is nothing to pick from');
    return items[this.int(items.length)] as T;
  }

  /** A whole number in [0, 2^32). */
  u32(): number {
    const state = this.#state;
    // By index: taking an array apart by its iterator is ten times slower.
    const a = state[0] ?? 0;
    const b = state[1] ?? 0;
    const c = state[2] ?? 0;
    const d = state[3] ?? 0;
    const scaled = imul(b, 5);
    const result = imul((scaled << 7) | (scaled >>> 25), 9) >>> 0;
    const shifted = b << 9;
    const mixedC = c ^ a;
    const mixedD = d ^ b;
    state[1] = b ^ mixedC;
    state[0] = a ^ mixedD;
    state[2] = mixedC ^ shifted;
    state[3] = (mixedD << 11) | (mixedD >>> 21);
    return result;
  }

  toString(): string {
    return `seed ${this.seed}`;
  }
}

/**
 * Runs `body` with a random source of this seed; an error that comes out of it names the seed, so that the very
 * same run can be had again. Where the seed comes from is the caller's business.
 */
export async function withSeed<T>(seed: number, body: (random: SeededRandom) => T | Promise<T>): Promise<T> {
  const random = new SeededRandom(seed);
  try {
    return await body(random);
  } catch (error) {
    // A property of the error and not a new error around it: the runner shows its stack and its diff.
    if (typeof error === 'object' && error !== null && 'message' in error) {
      error.message = `[${random.toString()}] ${String(error.message)}`;
    }
    throw error;
  }
}
