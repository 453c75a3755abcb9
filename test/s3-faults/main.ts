import { FakeS3 } from '@infinitree/testing';
import { command, optionsOf, wholeNumber } from '../command-line.js';
import { Matrix, nameOf } from './matrix.js';
import { playSchedule } from './schedule.js';
import { several } from './several.js';
import { Tally } from './tally.js';

const USAGE = `npm run test:s3-faults -- [options]
  --only <name>       cases of the matrix whose names begin so: workload:kind:nth:times
  --schedules <n>     how many random schedules follow (2000)
  --seed <n>          of the first schedule; the others count on from it (1)
  --no-matrix         schedules alone
`;

const AT_ONCE = 3;

interface Options {
  readonly only: string;
  readonly schedules: number;
  readonly seed: number;
  readonly matrix: boolean;
}

/** Does everything that was asked for, and resolves to the code to exit with. */
export function main(args: readonly string[]): Promise<number> {
  return command(USAGE, args, () => run(readOptions(args)));
}

async function run({ only, schedules, seed, matrix }: Options): Promise<number> {
  const tallies = [matrix ? await runMatrix(only) : new Tally(), await runSchedules(seed, schedules)];
  const findings = tallies.flatMap((tally) => tally.findings);
  print(findings.slice(0, 50).join('\n'));
  return findings.length === 0 ? 0 : 1;
}

function readOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const;
  const options = { only: text, schedules: text, seed: text, 'no-matrix': { type: 'boolean' } } as const;
  const { only = '', schedules, seed, 'no-matrix': noMatrix = false } = optionsOf(args, options);
  return {
    only,
    schedules: wholeNumber('schedules', schedules, only === '' ? 2000 : 0),
    seed: wholeNumber('seed', seed, 1),
    matrix: !noMatrix,
  };
}

async function runMatrix(only: string): Promise<Tally> {
  await using matrix = await Matrix.start();
  const cases = (await matrix.cases()).filter((each) => nameOf(each).startsWith(only));
  const tally = new Tally();
  await several(cases, AT_ONCE, async (each) => {
    tally.add(nameOf(each), await matrix.run(each));
    if (tally.cases % 200 === 0) print(`${tally.cases} of ${cases.length}: ${tally.line()}`);
  });
  print(`matrix: ${tally.line()}`);
  return tally;
}

async function runSchedules(first: number, count: number): Promise<Tally> {
  await using s3 = await FakeS3.start();
  const tally = new Tally();
  await several(
    Array.from({ length: count }, (_, i) => first + i),
    AT_ONCE,
    async (seed) => {
      tally.add(`seed ${seed}`, await playSchedule(s3, seed));
      s3.log.length = 0;
      if (tally.cases % 200 === 0) print(`${tally.cases} of ${count}: ${tally.line()}`);
    },
  );
  print(`schedules: ${tally.line()}`);
  return tally;
}

function print(line: string): void {
  if (line !== '') process.stdout.write(`${line}\n`);
}
