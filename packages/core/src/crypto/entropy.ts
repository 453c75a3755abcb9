import { offHeap } from '../bytes/off-heap.js';
import { ByteWriter } from '../bytes/writer.js';
import type { Environment } from '../platform/environment.js';
import { derive } from './derive.js';
import type { Primitives } from './primitives.js';

type Sources = Pick<Environment, 'clock' | 'random'>;

/** As many random bytes are read in advance. */
const AHEAD = 1024;

/** Gives other bytes at each call, as `Entropy.bytes32`, of one reading of the random source. */
export type Draw = (...hedge: readonly Uint8Array[]) => Uint8Array;

/**
 * Where ids, salts and secrets come from: 32 bytes of the random source at every call, hedged with a counter, the time
 * and what they are for, now and before.
 *
 * The hedge is for random sources that repeat themselves. A virtual machine that is resumed twice from one image may
 * give the same "random" bytes twice; it then runs at another time and seals something else, so that ids and salts
 * still differ and no key stream repeats. Copies that once have sealed different things differ for good: each hedge takes
 * in what came of the one before. Bytes of a good source stay unpredictable, since they are the HMAC's key.
 */
export class Entropy {
  readonly #suite: Pick<Primitives, 'hmac'>;
  readonly #environment: Sources;
  #counter = 0;
  /** Read in advance for salts, and given out from the front: everything from `#unused` on. */
  readonly #ahead = new Uint8Array(AHEAD);
  #unused = AHEAD;
  /** What was given for the last thing that was sealed. Never a secret: there is nothing to hedge those with. */
  #past: Uint8Array = new Uint8Array(32);

  constructor(suite: Pick<Primitives, 'hmac'>, environment: Sources) {
    this.#suite = suite;
    this.#environment = environment;
  }

  /**
   * 32 bytes that nobody can predict and that never come twice. `hedge`: all that will be sealed with their help, what is
   * authenticated only as well, since a tag must not be made twice under one key either. All parts but the last have a
   * fixed length where they are used.
   */
  bytes32(...hedge: readonly Uint8Array[]): Uint8Array {
    const random = this.#read();
    const hedged = this.#hedge(random, hedge);
    random.fill(0);
    return hedged;
  }

  /**
   * For all salts of one write, of 32 random bytes that were read in advance, for many writes at once: a reading takes
   * longer than whatever else is done for a salt. Not for secrets, since what was read stays in memory; salts are none, and
   * stand in the clear in what they are for.
   */
  draw(): Draw {
    if (this.#unused === AHEAD) {
      this.#environment.random.fill(this.#ahead);
      this.#unused = 0;
    }
    const random = this.#ahead.slice(this.#unused, this.#unused + 32);
    this.#unused += 32;
    return (...hedge) => this.#hedge(random, hedge);
  }

  #read(): Uint8Array {
    const random = offHeap(32);
    this.#environment.random.fill(random);
    return random;
  }

  #hedge(random: Uint8Array, hedge: readonly Uint8Array[]): Uint8Array {
    this.#counter += 1;
    // A clock may count fractions of a millisecond; 64-bit fields take integers.
    const moment = new ByteWriter(16).u64(this.#counter).u64(Math.trunc(this.#environment.clock.now()));
    const hedged = derive(this.#suite, random, 'hedge', moment.bytes, this.#past, ...hedge);
    if (hedge.length > 0) this.#past = hedged;
    return hedged;
  }
}
