import { crashRun, newTally } from './crash-run.js';
import type { Mutation } from './mutations.js';
import { WORKLOADS } from './workloads.js';

/** States that are looked at before a mistake counts as not noticed. */
const MOST_STATES = 6000;
/** And where nobody is to notice it. */
const HARMLESS_STATES = 250;

export interface Verdict {
  /** Looked at until the first that is wrong. */
  readonly states: number;
  /** The state that gave the mistake away. */
  readonly caught: string | undefined;
  /** Whether there was an occasion for the mistake at all. */
  readonly made: boolean;
  /** Whether that is what the list says. */
  readonly expected: boolean;
}

/** Whether the suite notices a mistake. One that is an edit has to be in the program that this is called in. */
export async function tryMutation(mutation: Mutation, firstSeed: number): Promise<Verdict> {
  const { mutate, rewrite, workloads, harmless, occasions } = mutation;
  const most = harmless === undefined ? MOST_STATES : HARMLESS_STATES;
  const tally = newTally(1);
  const made = (): boolean => occasions === undefined || occasions.count > 0;
  for (let seed = firstSeed; (tally.states < most || !made()) && tally.failures.length === 0; seed++) {
    if (tally.states > MOST_STATES) break;
    for (const workload of workloads) {
      await crashRun({ workload, seed, mutate, rewrite }, WORKLOADS[workload]!.statesPerRun, tally);
    }
  }
  const [failure] = tally.failures;
  const caught = failure && `${failure.name}: ${failure.what}`;
  const expected = made() && (caught === undefined) === (harmless !== undefined);
  return { states: tally.states, caught, made: made(), expected };
}
