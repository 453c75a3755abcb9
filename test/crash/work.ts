import { crashRun, newTally, type Tally } from './crash-run.js';
import { WORKLOADS } from './workloads.js';

/** What one process works on: every `of`-th seed, from its own on. */
export interface Part {
  readonly options: { readonly states: number; readonly seed: number; readonly only: string | undefined };
  readonly part: number;
  readonly of: number;
}

/** What was looked at, by workload. */
export type Tallies = Record<string, Tally>;

/** The work of one process; `progress` is told how it stands. */
export async function work({ options, part, of }: Part, progress: (tallies: Tallies) => void): Promise<Tallies> {
  const chosen = Object.entries(WORKLOADS).filter(([name]) => options.only === undefined || name === options.only);
  const shares = chosen.reduce((sum, [, { share }]) => sum + share, 0);
  const tallies: Tallies = {};
  for (const [name, { share, statesPerRun }] of chosen) {
    const tally = (tallies[name] = newTally());
    const states = Math.ceil((options.states * share) / shares / of);
    for (
      let seed = options.seed + part;
      tally.states < states && tally.failures.length < tally.mostFailures;
      seed += of
    ) {
      await crashRun({ workload: name, seed }, Math.min(statesPerRun, states - tally.states), tally);
      progress(tallies);
    }
  }
  return tallies;
}

export function sum(parts: readonly Tallies[]): Tallies {
  const all: Tallies = {};
  for (const part of parts) {
    for (const [name, tally] of Object.entries(part)) {
      const into = (all[name] ??= newTally());
      for (const count of ['runs', 'boundaries', 'states', 'recoveries'] as const) into[count] += tally[count];
      into.failures.push(...tally.failures);
    }
  }
  return all;
}
