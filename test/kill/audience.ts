import { setTimeout as wait } from 'node:timers/promises';
import type { SeededRandom } from '@infinitree/testing';
import { type Crew, type Hand, ThreadHand } from './crew.js';
import type { Role } from './roles.js';
import { onStage, type Report } from './stage.js';

const PROCESSES: readonly Role[] = ['write', 'read', 'read', 'watch'];
const THREADS: readonly Role[] = ['read', 'watch'];

export interface AudienceOptions {
  readonly crew: Crew;
  readonly random: SeededRandom;
  readonly seconds: number;
}

/** Five readers, processes and threads, beside one writer that nobody disturbs. */
export async function playAudience({ crew, random, seconds }: AudienceOptions): Promise<Report> {
  return onStage(async (places) => {
    const hands: Hand[] = [];
    const start = (role: Role, hand: Hand) => {
      hand.start({ role, name: `${role}${hands.length}`, ...places, seed: random.u32(), skewMs: 0 });
      hands.push(hand);
    };
    for (const role of PROCESSES) start(role, await crew.hire());
    for (const role of THREADS) start(role, new ThreadHand(crew.program));
    await wait(seconds * 1000);
    await Promise.all(hands.map((hand) => hand.stop()));
    await Promise.all(hands.map((hand) => hand.kill()));
  });
}
