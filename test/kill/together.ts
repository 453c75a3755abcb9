import { setTimeout as wait } from 'node:timers/promises';
import type { SeededRandom } from '@infinitree/testing';
import { type Crew, type Hand, ThreadHand } from './crew.js';
import type { Role } from './roles.js';
import { onStage, type Report } from './stage.js';

interface Cast {
  readonly processes: readonly Role[];
  readonly threads: readonly Role[];
}

export const CASTS = {
  /** Five readers beside one writer. */
  readers: { processes: ['write', 'read', 'read', 'watch'], threads: ['read', 'watch'] },
  /** Everybody in one process. */
  threads: { processes: [], threads: ['write', 'write', 'read', 'watch', 'collect'] },
} satisfies Record<string, Cast>;

export interface Together {
  readonly crew: Crew;
  readonly random: SeededRandom;
  readonly seconds: number;
  readonly cast: Cast;
}

/** Processes and threads on one directory, disturbed by nobody but each other. */
export async function playTogether({ crew, random, seconds, cast }: Together): Promise<Report> {
  return onStage(async (places) => {
    const hands: Hand[] = [];
    const start = (role: Role, hand: Hand) => {
      hand.start({ role, name: `${role}${hands.length}`, ...places, seed: random.u32(), skewMs: 0 });
      hands.push(hand);
    };
    for (const role of cast.processes) start(role, await crew.hire());
    for (const role of cast.threads) start(role, new ThreadHand(crew.program));
    await wait(seconds * 1000);
    await Promise.all(hands.map((hand) => hand.stop()));
    await Promise.all(hands.map((hand) => hand.kill()));
  });
}
