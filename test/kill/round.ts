import { setTimeout as wait } from 'node:timers/promises';
import type { SeededRandom } from '@infinitree/testing';
import type { Crew, ProcessHand } from './crew.js';
import type { Role } from './roles.js';
import { onStage, type Places, type Report } from './stage.js';

const ROLES: readonly Role[] = ['write', 'write', 'write', 'read', 'read', 'collect'];
/** Of some, the clock is wrong: by more than what is replaced is kept for, or by hours. */
const SKEWS_MS = [0, 0, 0, 11 * 60_000, -3_600_000];

export interface RoundOptions {
  readonly crew: Crew;
  readonly random: SeededRandom;
  /** How many processes are killed or held up. */
  readonly blows: number;
  /** The URL of an empty storage; a directory where there is none. */
  readonly storage?: string | undefined;
}

export interface RoundReport extends Report {
  readonly kills: number;
  readonly stops: number;
}

/** Three writers, two readers and a collector on one directory, killed and held up at random moments. */
export async function playRound({ crew, random, blows, storage }: RoundOptions): Promise<RoundReport> {
  let brawl: Brawl | undefined;
  const report = await onStage(async (places) => {
    brawl = new Brawl(crew, random, places);
    await brawl.begin();
    for (let blow = 0; blow < blows; blow++) {
      await wait(random.int(100));
      await brawl.strike();
    }
    await brawl.end();
  }, storage);
  return { ...report, kills: brawl?.kills ?? 0, stops: brawl?.stops ?? 0 };
}

/** The workers of one round, each of which is replaced when it is killed. */
class Brawl {
  kills = 0;
  stops = 0;
  readonly #crew: Crew;
  readonly #random: SeededRandom;
  readonly #places: Places;
  readonly #hands: ProcessHand[] = [];
  readonly #held = new Map<ProcessHand, Promise<void>>();
  #hired = 0;

  constructor(crew: Crew, random: SeededRandom, places: Places) {
    this.#crew = crew;
    this.#random = random;
    this.#places = places;
  }

  async begin(): Promise<void> {
    await Promise.all(ROLES.map((_, seat) => this.#seat(seat)));
  }

  /** Kills one, or holds it up for a while. */
  async strike(): Promise<void> {
    const seat = this.#random.int(ROLES.length);
    const hand = this.#hands[seat]!;
    if (this.#random.int(5) < 2) {
      this.kills += 1;
      await this.#crew.kill(hand);
      await this.#seat(seat);
    } else if (!this.#held.has(hand)) {
      this.stops += 1;
      hand.pause();
      const released = wait(5 + this.#random.int(150)).then(() => {
        hand.resume();
        this.#held.delete(hand);
      });
      this.#held.set(hand, released);
    }
  }

  /** Mostly everybody may finish; in one round of four all are killed. */
  async end(): Promise<void> {
    await Promise.all(this.#held.values());
    const gently = this.#random.int(4) > 0;
    await Promise.all(
      this.#hands.map(async (hand) => {
        if (!gently) return this.#crew.kill(hand);
        await hand.stop();
        this.#crew.keep(hand);
      }),
    );
  }

  async #seat(seat: number): Promise<void> {
    const role = ROLES[seat]!;
    const [name, seed, skewMs] = [`${role}${this.#hired++}`, this.#random.u32(), this.#random.pick(SKEWS_MS)];
    const hand = await this.#crew.hire();
    this.#hands[seat] = hand;
    hand.start({ role, name, ...this.#places, seed, skewMs });
  }
}
