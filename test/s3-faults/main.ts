import { FakeS3 } from '@infinitree/testing';
import { command, optionsOf, refuse, wholeNumber } from '../command-line.js';
import type { Access } from './bucket.js';
import { Matrix, nameOf } from './matrix.js';
import { playSchedule } from './schedule.js';
import { several } from './several.js';
import { Tally } from './tally.js';

const USAGE = `npm run test:s3-faults -- [options]
  --only <name>       cases of the matrix whose names begin so: workload:kind:nth:times
  --schedules <n>     how many random schedules follow (2000)
  --seed <n>          of the first schedule; the others count on from it (1)
  --no-matrix         schedules alone
  --cache <mode>      each program has a cache before the bucket: write-through or write-back
`;

const AT_ONCE = 3;

interface Options {
  readonly only: string;
  readonly schedules: number;
  readonly seed: number;
  readonly matrix: boolean;
  readonly access: Access;
}

/** Does everything that was asked for, and resolves to the code to exit with. */
export function main(args: readonly string[]): Promise<number> {
  return command(USAGE, args, () => run(readOptions(args)));
}

async function run({ only, schedules, seed, matrix, access }: Options): Promise<number> {
  const tallies = [matrix ? await runMatrix(only, access) : new Tally(), await runSchedules(seed, schedules, access)];
  const findings = tallies.flatMap((tally) => tally.findings);
  print(findings.slice(0, 50).join('\n'));
  return findings.length === 0 ? 0 : 1;
}

function readOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const;
  const options = { only: text, schedules: text, seed: text, cache: text, 'no-matrix': { type: 'boolean' } } as const;
  const { only = '', schedules, seed, cache, 'no-matrix': noMatrix = false } = optionsOf(args, options);
  if (cache !== undefined && cache !== 'write-through' && cache !== 'write-back') {
    refuse(`--cache takes write-through or write-back, not "${cache}"`);
  }
  return {
    only,
    schedules: wholeNumber('schedules', schedules, only === '' ? 2000 : 0),
    seed: wholeNumber('seed', seed, 1),
    matrix: !noMatrix,
    access: { cache },
  };
}

async function runMatrix(only: string, access: Access): Promise<Tally> {
  await using matrix = await Matrix.start({}, access);
  const cases = (await matrix.cases()).filter((each) => nameOf(each).startsWith(only));
  const tally = new Tally();
  await several(cases, AT_ONCE, async (each) => {
    tally.add(nameOf(each), await matrix.run(each));
    if (tally.cases % 200 === 0) print(`${tally.cases} of ${cases.length}: ${tally.line()}`);
  });
  print(`matrix: ${tally.line()}`);
  return tally;
}

async function runSchedules(first: number, count: number, access: Access): Promise<Tally> {
  await using s3 = await FakeS3.start();
  const tally = new Tally();
  await several(
    Array.from({ length: count }, (_, i) => first + i),
    AT_ONCE,
    async (seed) => {
      tally.add(`seed ${seed}`, await playSchedule(s3, seed, access));
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
