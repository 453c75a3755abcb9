import { crashRun, newTally } from './crash-run.js';
import type { Mutation } from './mutations.js';
import { WORKLOADS } from './workloads.js';

/** States that are looked at before a mistake counts as not noticed. */
const MOST_STATES = 6000;
/** And where nobody is to notice it. */
const HARMLESS_STATES = 600;

export interface Verdict {
  /** Looked at until the first that is wrong. */
  readonly states: number;
  /** The state that gave the mistake away. */
  readonly caught: string | undefined;
  /** Whether that is what the list says. */
  readonly expected: boolean;
}

/** Whether the suite notices a mistake. */
export async function tryMutation(mutation: Mutation, firstSeed: number): Promise<Verdict> {
  const { mutate, without, workloads, harmless } = mutation;
  const most = harmless === undefined ? MOST_STATES : HARMLESS_STATES;
  const tally = newTally(1);
  for (let seed = firstSeed; tally.states < most && tally.failures.length === 0; seed++) {
    for (const workload of workloads) {
      await crashRun({ workload, seed, mutate, without }, WORKLOADS[workload]!.statesPerRun, tally);
    }
  }
  const [failure] = tally.failures;
  const caught = failure && `${failure.name}: ${failure.what}`;
  return { states: tally.states, caught, expected: (caught === undefined) === (harmless !== undefined) };
}

/** Tries all of them, and resolves to how many came out otherwise than the list says. */
export async function tryMutations(
  mutations: readonly Mutation[],
  firstSeed: number,
  write: (line: string) => void,
): Promise<number> {
  let wrong = 0;
  for (const mutation of mutations) {
    const { states, caught, expected } = await tryMutation(mutation, firstSeed);
    if (!expected) wrong += 1;
    const outcome = caught ?? `not noticed${mutation.harmless === undefined ? '' : `, since ${mutation.harmless}`}`;
    write(`${expected ? 'as listed' : 'NOT AS LISTED'}: ${mutation.name} (${states} states)\n    ${outcome}`);
  }
  write(`${mutations.length} mistakes, ${wrong} not as listed`);
  return wrong;
}
