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
    const processes = await Promise.all(cast.processes.map(async (role) => [role, await crew.hire()] as const));
    const threads = cast.threads.map((role) => [role, new ThreadHand(crew.program)] as const);
    // Each takes a while to start, and by then the time would be over.
    await Promise.all(threads.map(([, thread]) => thread.ready));
    const all: (readonly [Role, Hand])[] = [...processes, ...threads];
    for (const [i, [role, hand]] of all.entries()) {
      hand.start({ role, name: `${role}${i}`, ...places, seed: random.u32(), skewMs: 0 });
    }
    const hands = all.map(([, hand]) => hand);
    await wait(seconds * 1000);
    await Promise.all(hands.map((hand) => hand.stop()));
    await Promise.all(hands.map((hand) => hand.kill()));
  });
}
