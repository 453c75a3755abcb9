import { ByteWriter } from '../bytes/writer.js';
import type { Environment } from '../platform/environment.js';
import { derive } from './derive.js';
import type { Primitives } from './primitives.js';

const NOTHING = new Uint8Array(0);

type Sources = Pick<Environment, 'clock' | 'random'>;

/** Gives other bytes at each call, as `Entropy.bytes32`, of one reading of the random source. */
export type Draw = (hedge?: Uint8Array) => Uint8Array;

/**
 * Where ids, salts and secrets come from: 32 bytes of the random source at every call, hedged with a counter, the time
 * and what they are for.
 *
 * The hedge is for random sources that repeat themselves. A virtual machine that is resumed twice from one image may
 * give the same "random" bytes twice; it then runs at another time and seals something else, so that ids and salts
 * still differ and no key stream repeats. Bytes of a good source stay unpredictable, since they are the HMAC's key.
 */
export class Entropy {
  readonly #suite: Pick<Primitives, 'hmac'>;
  readonly #environment: Sources;
  #counter = 0;

  constructor(suite: Pick<Primitives, 'hmac'>, environment: Sources) {
    this.#suite = suite;
    this.#environment = environment;
  }

  /** 32 bytes that nobody can predict and that never come twice. `hedge`: what will be sealed with their help. */
  bytes32(hedge: Uint8Array = NOTHING): Uint8Array {
    const random = this.#read();
    const hedged = this.#hedge(random, hedge);
    random.fill(0);
    return hedged;
  }

  /**
   * Reads the random source once for all salts of one write: the reading takes longer than whatever else is done for a
   * salt. Not for secrets, since what was read stays in memory.
   */
  draw(): Draw {
    const random = this.#read();
    return (hedge = NOTHING) => this.#hedge(random, hedge);
  }

  #read(): Uint8Array {
    const random = new Uint8Array(32);
    this.#environment.random.fill(random);
    return random;
  }

  #hedge(random: Uint8Array, hedge: Uint8Array): Uint8Array {
    this.#counter += 1;
    // A clock may count fractions of a millisecond; 64-bit fields take integers.
    const moment = new ByteWriter(16).u64(this.#counter).u64(Math.trunc(this.#environment.clock.now()));
    return derive(this.#suite, random, 'hedge', moment.bytes, hedge);
  }
}
