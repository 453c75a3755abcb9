// What somebody sees who looks at the directory: noise of one size under random names, and nothing that was stored. All
// randomness comes from a seed, so that a test of chance has one outcome.
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Infinitree, Key, registerIndex, Serialized, VersionedMap } from '@infinitree/core';
import { SeededRandom, TestClock } from '@infinitree/testing';
import { DirectoryBackend } from '../src/directory.js';
import { nodeSystem } from '../src/process-identity.js';
import { NGrams } from './n-grams.js';
import { inDirectory } from './scene.js';

const OBJECT_SIZE = 4_194_304;
const USER = 'username-visible-nowhere';
const PASSWORD = 'password-visible-nowhere';

class Diary {
  pages = new VersionedMap<string, string>();
  places = new VersionedMap<number, { readonly placeName: string; readonly temperature: number }>();
  mood = new Serialized<string>('initial mood of the diary');
}
registerIndex(Diary, {
  fields: [
    { property: 'pages', name: 'stored_name_of_pages' },
    { property: 'places', name: 'stored_name_of_places', strategy: 'sparse' },
    { property: 'mood', name: 'stored_name_of_mood' },
  ],
});

/** All that was put in, as the texts whose parts must not be found again. */
type Stored = string[];

const WORDS = 'harbour lighthouse afternoon yesterday strawberry thunderstorm neighbour telephone umbrella'.split(' ');

/** Text that compresses about as well as prose. */
function prose(random: SeededRandom, words: number): string {
  return Array.from({ length: words }, () => `${random.pick(WORDS)} ${random.int(40)}`).join(' ');
}

/** A bulk of records, then large commits until the journal is full and folded, then a few small ones. */
async function fill(tree: Infinitree<Diary>, random: SeededRandom): Promise<Stored> {
  const stored: Stored = ['stored_name_of_pages', 'stored_name_of_places', 'stored_name_of_mood', USER, PASSWORD];
  stored.push('versioned-map', 'serialized', 'placeName', 'temperature', 'commit message number');
  for (let i = 0; i < 20_000; i++) tree.index.places.set(i, { placeName: random.pick(WORDS), temperature: i / 7 });
  await tree.commit('commit message number zero');
  for (let i = 0; i < 100; i++) {
    const [name, text] = [`page of the diary, ${random.pick(WORDS)} ${i}`, prose(random, 16_000)];
    tree.index.pages.set(name, text);
    await tree.commit(`commit message number ${i}`, { data: { weather: `custom data ${i}` } });
    // A part will do: its words and numbers come again and again.
    stored.push(name, text.slice(0, 5000), `custom data ${i}`);
  }
  tree.index.mood.value = 'a mood that was set';
  tree.index.places.delete(77);
  await tree.commit('commit message number last');
  return [...stored, 'a mood that was set', 'initial mood of the diary', ...WORDS];
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Chi-square of byte values against the uniform distribution, of 255 degrees of freedom. */
function chiSquare(counts: Float64Array): number {
  const expected = counts.reduce((a, b) => a + b) / 256;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** Outside of these a chi-square of 255 degrees of freedom lies once in 10^9 times, on either side. */
const CHI_SQUARE_LIMITS = [141, 416] as const;

/** Long: a short name of a machine stands somewhere in random bytes by chance. */
const HOST = 'greenhouse-controller.example';

describe('a directory', () => {
  let files: { readonly name: string; readonly bytes: Uint8Array }[];
  let stored: Stored;
  let names: string[];
  let claims: number[];
  let notes: Uint8Array[];
  let left: string[];

  beforeAll(async () => {
    await inDirectory(async (root) => {
      const random = new SeededRandom(20_240_101);
      const environment = { random, clock: new TestClock() };
      const backend = await DirectoryBackend.open(root, {
        durability: 'append',
        system: { ...nodeSystem, hostname: () => HOST },
      });
      const key = Key.fromCredentials(USER, PASSWORD);
      const tree = await Infinitree.create(Diary, { backend, key, environment });
      stored = await fill(tree, new SeededRandom(5));
      const locks = await filesBelow(join(root, 'locks'));
      notes = await Promise.all(locks.map((path) => readFile(path)));
      names = (await readdir(root, { recursive: true })).flatMap((path) => path.split('/'));
      await tree.close();
      await backend.close();
      const objects = await filesBelow(join(root, 'objects'));
      files = await Promise.all(
        objects.map(async (path) => ({ name: basename(path), bytes: new Uint8Array(await readFile(path)) })),
      );
      const epochs = await filesBelow(join(root, 'epochs'));
      claims = await Promise.all(epochs.map(async (path) => (await stat(path)).size));
      left = [...(await filesBelow(join(root, 'tmp'))), ...(await filesBelow(join(root, 'locks')))];
    });
  }, 120_000);

  test('holds files of exactly 4 MiB, named by 64 hex digits, at least one of each kind', () => {
    // A key object, two heads or more, index objects of the bulk and of the fold, storage objects.
    expect(files.length).toBeGreaterThan(5);
    expect(files.map(({ bytes }) => bytes.length)).toEqual(files.map(() => OBJECT_SIZE));
    for (const { name } of files) expect(name).toMatch(/^[0-9a-f]{64}$/);
  });

  test('holds empty claims, a note per writer while it writes, and nothing unfinished', () => {
    expect(claims.length).toBeGreaterThan(0);
    expect(new Set(claims)).toEqual(new Set([0]));
    expect(notes).toHaveLength(1);
    expect(left).toEqual([]);
  });

  test('shows byte values that are uniform, in each file, in each part and over all', () => {
    const all = new Float64Array(256);
    for (const { name, bytes } of files) {
      const counts = new Float64Array(256);
      for (const byte of bytes) counts[byte]! += 1;
      counts.forEach((count, byte) => (all[byte]! += count));
      inLimits(name, chiSquare(counts));
      // The beginnings, where headers and boxes are.
      const first = new Float64Array(256);
      for (const byte of bytes.subarray(0, 16_384)) first[byte]! += 1;
      inLimits(`the beginning of ${name}`, chiSquare(first));
    }
    inLimits('all files', chiSquare(all));
  });

  test('repeats no block of 16 bytes, wherever it stands in whichever file', () => {
    // Eight bytes that differ differ in sixteen too; by chance, eight bytes repeat once in ten million such directories.
    const blocks = new BigUint64Array((files.length * OBJECT_SIZE) / 16);
    let at = 0;
    for (const { bytes } of files) {
      const words = new BigUint64Array(bytes.buffer, bytes.byteOffset, OBJECT_SIZE / 8);
      for (let i = 0; i < words.length; i += 2) blocks[at++] = words[i]!;
    }
    blocks.sort();
    expect(blocks.findIndex((block, i) => i > 0 && block === blocks[i - 1])).toBe(-1);
    // Those above stand at multiples of 16. These stand anywhere, behind a byte that was picked at random.
    const seen = new Set<string>();
    let repeated = 0;
    for (const { bytes } of files) {
      for (let i = bytes.indexOf(0x5a); i >= 0 && i + 16 < bytes.length; i = bytes.indexOf(0x5a, i + 1)) {
        const block = String.fromCharCode(...bytes.subarray(i + 1, i + 9));
        if (seen.has(block)) repeated += 1;
        seen.add(block);
      }
    }
    expect(repeated).toBe(0);
    expect(seen.size).toBeGreaterThan(50_000);
  });

  test('shows no eight bytes of what was stored, of names, messages or credentials, in files or in names', () => {
    const parts = new NGrams(stored);
    expect(parts.size).toBeGreaterThan(5_000);
    expect(parts.firstIn(Buffer.from(`noise, then ${WORDS[0]!} and more`))).toBeDefined();
    for (const { name, bytes } of files) expect([name, parts.firstIn(bytes)]).toEqual([name, undefined]);
    expect(parts.firstIn(Buffer.from(names.join('\n')))).toBeUndefined();
  });

  test('shows of the writer neither process nor host', () => {
    const parts = new NGrams([HOST, `pid ${process.pid} on host`, process.execPath]);
    for (const note of notes) expect(parts.firstIn(note)).toBeUndefined();
    expect(parts.firstIn(Buffer.from(names.join('\n')))).toBeUndefined();
  });
});

function inLimits(what: string, value: number): void {
  const [low, high] = CHI_SQUARE_LIMITS;
  if (value < low || value > high) throw new Error(`${what}: chi-square ${value} is not in ${low}…${high}`);
}
