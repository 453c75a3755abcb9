import { SeededRandom } from '@infinitree/testing';
import { command, optionsOf, wholeNumber } from '../command-line.js';
import { byteFlips, type Flip, Flipper, headerFlips, placeFlips, rangeFlips } from './flips.js';
import { headPlaces } from './metadata.js';
import { Progress } from './progress.js';
import { makeScene, type Scene, type SceneOptions } from './scene.js';
import { damageAll } from './structural.js';
import { Tally } from './tally.js';
import { UnreadFlips } from './unread.js';

const USAGE = `npm run test:flips -- [options]

  --seed N        (default 1)
  --only NAME     trees whose name contains this: 'cas', 'epoch', '64 KiB', '4096 KiB'
  --most N        at most so many flips of each kind in each tree, spread evenly (default: all)
  --damages N     damages other than flips in each tree of small objects (default 1500)
`;

const SMALL = 65_536;
const LARGE = 4_194_304;
const SCENES: readonly SceneOptions[] = [
  { kind: 'cas', objectSize: SMALL, commits: 16 },
  { kind: 'epoch', objectSize: SMALL, commits: 16 },
  { kind: 'cas', objectSize: LARGE, commits: 6 },
  { kind: 'epoch', objectSize: LARGE, commits: 6 },
];
/** Those of the flips that no read minds. */
const UNREAD = 'of these, read by none';
/** Random places in each tree of large objects. */
const PLACES = 5000;

interface Options {
  readonly seed: number;
  readonly only: string;
  readonly most: number;
  readonly damages: number;
}

/** Gives the exit code: 1 where anything failed, 2 where it was called wrongly. */
export function main(args: readonly string[]): Promise<number> {
  return command(USAGE, args, () => damageTrees(readOptions(args)));
}

async function damageTrees(options: Options): Promise<number> {
  let failed = 0;
  for (const which of SCENES) {
    const scene = await makeScene(which);
    if (!scene.name.includes(options.only)) continue;
    const tally = new Tally();
    const begun = performance.now();
    await damage(scene, tally, options);
    const seconds = (performance.now() - begun) / 1000;
    process.stdout.write(`\n${scene.name}, ${Math.round(seconds)} s\n${tally.table()}\n`);
    for (const { what, detail } of tally.failures.slice(0, 10))
      process.stdout.write(`  ${what}\n    ${shown(detail)}\n`);
    failed += tally.failures.length;
  }
  process.stdout.write(failed === 0 ? '\nnothing failed\n' : `\n${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

async function damage(scene: Scene, tally: Tally, { seed, most, damages }: Options): Promise<void> {
  const random = new SeededRandom(seed);
  const flipper = await Flipper.over(scene, random);
  const unread = new UnreadFlips(scene);
  const progress = new Progress(scene.name);
  const isSmall = scene.objectSize === SMALL;
  const metadata = isSmall ? [] : [...(await headPlaces(scene)), ...flipper.touches];
  const kinds: Readonly<Record<string, readonly Flip[]>> = {
    'bits of headers': [...headerFlips(scene)],
    'bytes of all objects': isSmall ? [...byteFlips(scene, random)] : [],
    'bytes of metadata': [...rangeFlips(metadata, random)],
    'bytes anywhere': isSmall ? [] : [...placeFlips(scene, random, PLACES)],
  };
  for (const [kind, flips] of Object.entries(kinds)) {
    const step = Math.max(1, flips.length / most);
    for (let at = 0; at < flips.length; at += step) {
      progress.show(kind, at, flips.length, tally.failures.length);
      const flip = flips[Math.floor(at)]!;
      if (await flipper.flip(tally, kind, flip)) unread.add(flip);
    }
  }
  await flipper.close();
  await unread.verify(tally, UNREAD, (done) => progress.show(UNREAD, done, unread.count, tally.failures.length));
  if (isSmall) await damageAll(scene, random, damages, tally);
  progress.end();
}

function readOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const;
  const { seed, only = '', most, damages } = optionsOf(args, { seed: text, only: text, most: text, damages: text });
  return {
    seed: wholeNumber('seed', seed, 1),
    only,
    most: wholeNumber('most', most, Infinity, 1),
    damages: wholeNumber('damages', damages, 1500),
  };
}

function shown(detail: unknown): string {
  return detail instanceof Error ? (detail.stack ?? detail.message) : String(detail);
}
