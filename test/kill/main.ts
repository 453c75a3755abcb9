import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom } from '@infinitree/testing';
import { command, optionsOf, refuse, wholeNumber } from '../command-line.js';
import { playContest } from './contest.js';
import { Crew } from './crew.js';
import { playOutage } from './outage.js';
import { playRound } from './round.js';
import { behindCache, withFolder } from './storage.js';
import { Tally } from './tally.js';
import { CASTS, playTogether } from './together.js';

const USAGE = `npm run test:kill -- [options]
  --rounds <n>     rounds of three writers, two readers and a collector (100)
  --blows <n>      how many of them are killed or held up in each round (8)
  --storage <url>  a bucket to do it in, in a folder for each round; default: directories
  --cache <mode>   everybody sees the bucket through a cache in one directory: write-through or write-back
  --outage <cmd>   instead of rounds, 200 commits, and in the middle of them a command that ends a part of the store
  --contest <n>    instead of rounds, two processes that commit to one bucket at once, so often
  --readers        instead of rounds, five readers beside one writer that nobody disturbs
  --threads        instead of rounds, writers, readers and a collector as threads of one process
  --seconds <n>    for how long (60)
  --seed <n>       what decides who, when and how
`;

interface Options {
  readonly rounds: number;
  readonly blows: number;
  readonly seconds: number;
  readonly seed: number;
  readonly cast: keyof typeof CASTS | undefined;
  readonly contest: number;
  readonly storage: string | undefined;
  readonly cache: string | undefined;
  readonly outage: string | undefined;
}

/** Does everything that was asked for, and resolves to the code to exit with. */
export function main(args: readonly string[], program: string, contender: string): Promise<number> {
  return command(USAGE, args, () => play(readOptions(args), program, contender));
}

async function play(options: Options, program: string, contender: string): Promise<number> {
  print(`seed ${options.seed}`);
  const tally = new Tally();
  if (options.outage !== undefined) {
    tally.add({ ...(await playOutage(folderIn(options, `outage-${options.seed}`) ?? '', options.outage)) });
  } else if (options.contest > 0) {
    await playContests(contender, options, tally);
  } else {
    await using crew = new Crew(program);
    await (options.cast === undefined ? playRounds : playCast)(crew, options, tally);
  }
  print(tally.table());
  return tally.complaints === 0 ? 0 : 1;
}

async function playCast(crew: Crew, { cast = 'readers', seconds, seed }: Options, tally: Tally): Promise<void> {
  const report = await playTogether({ crew, random: new SeededRandom(seed), seconds, cast: CASTS[cast] });
  tally.add({ ...report });
  print(report.complaints.slice(0, 20).join('\n'));
}

async function playContests(program: string, options: Options, tally: Tally): Promise<void> {
  const storage = folderIn(options, `contest-${options.seed}`) ?? '';
  const report = await playContest({ program, rounds: options.contest, storage });
  tally.add({ ...report });
  print(report.complaints.slice(0, 20).join('\n'));
}

async function playRounds(crew: Crew, options: Options, tally: Tally): Promise<void> {
  const { rounds, blows, seed } = options;
  for (let round = 1; round <= rounds; round++) {
    const report = await playRound({
      crew,
      random: new SeededRandom(seed + round),
      blows,
      storage: folderIn(options, `round-${seed}-${round}`),
    });
    tally.add({ rounds: 1, ...report });
    if (report.complaints.length > 0) print(`round ${round}:\n  ${report.complaints.slice(0, 20).join('\n  ')}`);
    if (round % 10 === 0) print(`${round} of ${rounds} rounds: ${tally.line()}`);
  }
}

function readOptions(args: readonly string[]): Options {
  const [text, flag] = [{ type: 'string' }, { type: 'boolean' }] as const;
  const { storage, cache, outage, readers, threads, ...numbers } = optionsOf(args, {
    rounds: text,
    blows: text,
    seconds: text,
    seed: text,
    storage: text,
    cache: text,
    outage: text,
    contest: text,
    readers: flag,
    threads: flag,
  });
  const contest = wholeNumber('contest', numbers.contest, 0);
  if (storage === undefined) {
    for (const [option, isGiven] of [
      ['contest', contest > 0],
      ['cache', cache !== undefined],
      ['outage', outage !== undefined],
    ] as const) {
      if (isGiven) refuse(`--${option} needs a bucket: name it with --storage`);
    }
  }
  if (cache !== undefined && cache !== 'write-through' && cache !== 'write-back') {
    refuse(`--cache takes write-through or write-back, not "${cache}"`);
  }
  return {
    rounds: wholeNumber('rounds', numbers.rounds, 100),
    blows: wholeNumber('blows', numbers.blows, 8),
    seconds: wholeNumber('seconds', numbers.seconds, 60),
    seed: wholeNumber('seed', numbers.seed, Date.now() >>> 0),
    cast: readers === true ? 'readers' : threads === true ? 'threads' : undefined,
    contest,
    storage,
    cache,
    outage,
  };
}

/** A part of the storage for one play, which is empty; undefined for a directory. */
function folderIn({ storage, cache }: Options, folder: string): string | undefined {
  if (storage === undefined) return undefined;
  const url = withFolder(storage, folder);
  if (cache === undefined) return url;
  const directory = mkdtempSync(join(tmpdir(), 'infinitree-kill-cache-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  return behindCache(url, directory, cache);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
