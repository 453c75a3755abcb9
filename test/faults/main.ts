import { SeededRandom } from '@infinitree/testing';
import { command, optionsOf, refuse, wholeNumber } from '../command-line.js';
import { Bench, caseOf, type FaultCase, nameOf } from './fault-case.js';
import { type Finding, Tally } from './tally.js';
import { WORKLOADS } from './workloads.js';
import { STAGES } from './world.js';

const USAGE = `npm run test:faults -- [options]
  --only <name>    cases whose name begins like this, such as 'fold', 'fold:memory-cas' or the one that a failure named
  --way <name>     one way in which operations go wrong, such as 'enospc'
  --most <n>       so many cases, picked at random (default: all)
  --seed <n>       of the data, and of what is picked (1)
`;

interface Options {
  readonly only: string;
  readonly way: string | undefined;
  readonly most: number;
  readonly seed: number;
}

/** Runs what was asked for, and resolves to the code to exit with. */
export function main(args: readonly string[]): Promise<number> {
  return command(USAGE, args, () => run(readOptions(args)));
}

async function run(options: Options): Promise<number> {
  const began = performance.now();
  const chosen = await choose(options);
  if (chosen.count === 0) refuse('No case is called that');
  const tally = new Tally();
  for (const [bench, cases] of chosen.benches) {
    for (const which of cases) {
      tally.add(which, await bench.run(which));
      show(tally, chosen.count, nameOf(which));
    }
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K');
  process.stdout.write(`${tally.table()}\n${((performance.now() - began) / 1000).toFixed(0)} s\n`);
  return report(tally.findings);
}

function readOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const;
  const { only = '', way, most, seed } = optionsOf(args, { only: text, way: text, most: text, seed: text });
  return { only, way, most: wholeNumber('most', most, Infinity, 1), seed: wholeNumber('seed', seed, 1) };
}

async function choose({ only, way, most, seed }: Options) {
  const [workload, stage] = only.split(':');
  const all: [Bench, FaultCase[]][] = [];
  const exact = caseOf(only);
  for (const name of Object.keys(WORKLOADS).filter((each) => each.startsWith(workload!))) {
    for (const kind of Object.keys(STAGES).filter((each) => each.startsWith(stage ?? ''))) {
      const bench = new Bench(name, kind, seed);
      const cases = exact === undefined ? await bench.cases() : [exact];
      const wanted = cases.filter(
        (which) => nameOf(which).startsWith(only) && (way ?? which.way.name) === which.way.name,
      );
      all.push([bench, wanted]);
    }
  }
  const count = all.reduce((sum, [, cases]) => sum + cases.length, 0);
  if (count <= most) return { benches: all, count };
  const random = new SeededRandom(seed);
  const benches = all.map(([bench, cases]) => {
    const picked = cases.filter(() => random.next() < most / count);
    return [bench, picked] as const;
  });
  return { benches, count: benches.reduce((sum, [, cases]) => sum + cases.length, 0) };
}

const EVERY = 200;

/** A bar on terminals, and lines elsewhere. */
function show(tally: Tally, all: number, name: string): void {
  const { cases, findings } = tally;
  const text = `${cases}/${all} cases, ${findings.length} failed, at ${name}`;
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${text}`);
  else if (cases % EVERY === 0) process.stderr.write(`${text}\n`);
}

function report(findings: readonly Finding[]): number {
  for (const { name, what } of findings.slice(0, 20)) {
    process.stdout.write(`\n${what}\n  again with: npm run test:faults -- --only ${name}\n`);
  }
  return findings.length > 0 ? 1 : 0;
}
