import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Backend, InterceptedBackend, isInfinitreeError } from '@infinitree/core';
import { SeededRandom } from '@infinitree/testing';
import { command, optionsOf, refuse, wholeNumber } from '../command-line.js';
import { objectsOfEarlierEpochs } from './earlier.js';
import { type Killed, kill } from './kills.js';
import { differences, opened, type Place, planted, type Tree } from './orchard.js';

const MEBIBYTE = 2 ** 20;
const HOUR_MS = 3_600_000;
/** What a rotation of the index alone may write: that share of all that the tree holds, or so many objects of a small one. */
const MOST_SHARE = 0.02;
const MOST_OBJECTS = 10;

const USAGE = `npm run test:rotate -- [options]
  --mib <n>        how much the tree holds, in MiB (1024); it takes three times as much of the disk for a time
  --object-kib <n> size of its objects, in KiB (1024)
  --kills <n>      how many processes are killed while they give it new keys (20)
  --seed <n>       what decides when
  --dir <path>     where to make the temporary folder (${tmpdir()})
`;

interface Options {
  readonly mebibytes: number;
  readonly objectSize: number;
  readonly kills: number;
  readonly seed: number;
  readonly dir: string;
}

/** Does everything that was asked for, and resolves to the code to exit with. */
export function main(args: readonly string[], program: string): Promise<number> {
  return command(USAGE, args, () => rotate(readOptions(args), program));
}

function readOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const;
  const given = optionsOf(args, { mib: text, 'object-kib': text, kills: text, seed: text, dir: text });
  return {
    mebibytes: wholeNumber('mib', given.mib, 1024, 1),
    objectSize: wholeNumber('object-kib', given['object-kib'], 1024, 64) * 1024,
    kills: wholeNumber('kills', given.kills, 20),
    seed: wholeNumber('seed', given.seed, Date.now() >>> 0),
    dir: given.dir ?? tmpdir(),
  };
}

async function rotate(options: Options, program: string): Promise<number> {
  const { mebibytes, kills, seed, dir } = options;
  print(`seed ${seed}`);
  const folder = await mkdtemp(join(dir, 'infinitree-rotate-')).catch((error: unknown) => refuse(String(error)));
  try {
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize < 3.5 * mebibytes * MEBIBYTE) refuse(`${folder} has no room. Choose another folder with --dir`);
    const random = new SeededRandom(seed);
    const keys = [0, 1].map(() => Buffer.from(random.bytes(32)).toString('hex'));
    const place: Place = { folder, keys, mebibytes, seed };
    await planted(place, options.objectSize);
    const takesMs = { index: await measured(place, 'index'), all: await measured(place, 'all') };
    const bytes = mebibytes * MEBIBYTE;
    figure('tree in MiB', mebibytes);
    figure('written by the index alone in %', (takesMs.index.written / bytes) * 100);
    figure('index alone in ms', takesMs.index.ms);
    figure('written by all of it in %', (takesMs.all.written / bytes) * 100);
    figure('all of it in ms', takesMs.all.ms);
    const killed = await kill({
      program,
      place,
      random,
      kills,
      takesMs: { index: takesMs.index.ms, all: takesMs.all.ms },
      say: (line) => process.stderr.write(`${line}\n`),
    });
    figure('kills', killed.kills);
    figure('came through', killed.through);
    const complaints = [...killed.complaints, ...(await finished(place, killed))];
    const most = Math.max(MOST_SHARE * bytes, MOST_OBJECTS * options.objectSize);
    if (takesMs.index.written >= most) complaints.push('the index alone has written more than it may');
    figure('complaints', complaints.length);
    print(complaints.slice(0, 20).join('\n'));
    return complaints.length === 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** How long a rotation takes by itself, and how many bytes it writes. */
async function measured(
  place: Place,
  policy: 'all' | 'index',
): Promise<{ readonly ms: number; readonly written: number }> {
  let written = 0;
  const counting = (inner: Backend): Backend =>
    new InterceptedBackend(inner, {
      call: ({ content }, work) => {
        written += content?.length ?? 0;
        return work();
      },
      walk: (_, list) => list(),
    });
  await using handle = await opened(place, 0, 0, counting);
  const began = performance.now();
  await handle.tree.rotate({ policy });
  return { ms: performance.now() - began, written };
}

/** Finishes what the last one has begun, in the presence of a writer with the secret of before; what is wrong then. */
async function finished(place: Place, { aheadMs }: Killed): Promise<string[]> {
  const complaints: string[] = [];
  await using old = await opened(place, 1, aheadMs);
  // What processes that were killed had sealed again has the keys of then: behind it, all of it gets the same ones.
  for (const nth of [0, 1]) {
    await using handle = await opened(place, nth, aheadMs + HOUR_MS);
    const { kept } = await handle.tree.rotate({ policy: 'all' });
    if (kept > 0) complaints.push(`${kept} objects have kept their keys`);
  }
  complaints.push(...(await refused(old.tree, place, aheadMs + 2 * HOUR_MS)));
  for (let day = 3; day < 6; day++) {
    await using handle = await opened(place, day, aheadMs + day * HOUR_MS);
    await handle.tree.commit(`day ${day}`, { mode: 'always' });
    await handle.tree.gc({ olderThan: 0 });
  }
  await using last = await opened(place, 0, aheadMs + 6 * HOUR_MS);
  const { tree } = last;
  await tree.gc({ olderThan: 0 });
  const wrong = [...(await differences(tree, place)), ...(await objectsOfEarlierEpochs(tree))];
  const { faults } = await tree.verify({ readData: true });
  figure('key epoch at the end', tree.keyEpoch);
  figure('faults', faults.length);
  return [...complaints, ...wrong, ...faults.map(({ message }) => message)];
}

/** What a writer who has the secret of before gets acknowledged; nothing, as it should be. */
async function refused(old: Tree, place: Place, aheadMs: number): Promise<string[]> {
  const message = 'with the secret of before';
  old.index.notes.set('old', message);
  let acknowledged = 0;
  for (let i = 0; i < 3; i++) {
    try {
      await old.commit(message);
      acknowledged += 1;
    } catch (error) {
      if (!isInfinitreeError(error, 'CONFLICT') && !isInfinitreeError(error, 'COMMIT_UNKNOWN')) throw error;
    }
  }
  await using handle = await opened(place, 0, aheadMs);
  const stored = (await handle.tree.commits()).filter((commit) => commit.message === message).length;
  figure('commits with the secret of before', acknowledged + stored);
  return acknowledged + stored === 0 ? [] : ['a writer with the secret of before had a commit acknowledged'];
}

function figure(name: string, value: number): void {
  print(`${name} ${Number.isInteger(value) ? value : value.toFixed(2)}`);
}

function print(text: string): void {
  if (text !== '') process.stdout.write(`${text}\n`);
}
