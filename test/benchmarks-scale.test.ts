// What `npm run bench -- scale` builds upon: a tree whose storage is made up costs what a real one does, and holds together.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Backend, type BlobRef, Infinitree, type Key, type VersionedMap } from '@infinitree/core';
import { ROOT } from './docs/repository.js';

type Counts = Readonly<Record<'put' | 'heads' | 'dropped' | 'commits', number>>;

interface Counting extends Backend {
  readonly madeUp: number;
  reopen(): Counting;
  take(): Counts;
}

interface Growth {
  readonly backend: Counting;
  to(entries: number): Promise<Counts>;
}

interface Scale {
  readonly CountingBackend: new () => Counting;
  readonly Files: new () => { files: VersionedMap<number, BlobRef> };
  readonly KEY: Key;
  growth(options: { shape: string; perCommit: number; shuffled: boolean; total: number }): Growth;
  askReader(backend: Counting, entries: number): Promise<Readonly<Record<string, number>>>;
  askCare(backend: Counting): Promise<Readonly<Record<string, number>>>;
  fits(points: readonly never[]): readonly unknown[];
  lineThrough(points: readonly object[]): { at(entries: number): number } | undefined;
}

// They are JavaScript, and no part of what is compiled here.
const scale = {} as Scale;
for (const file of ['counting-backend.js', 'grow.js', 'ask.js', 'fit.js']) {
  Object.assign(scale, await import(pathToFileURL(join(ROOT, 'benchmarks', 'scale', file)).href));
}
const { CountingBackend, Files, KEY } = scale;

/** More than a head carries on, so that some are folded. */
const ENTRIES = 6000;
const PER_COMMIT = 300;
/** Blobs of 1 MiB share an object. */
const PER_OBJECT = 4;
const HEADS = 2;

test('a tree of made-up blobs has all its entries, and the objects that these would take', async () => {
  const { backend, to } = scale.growth({ shape: 'photos', perCommit: PER_COMMIT, shuffled: true, total: ENTRIES });
  const { commits, put, heads, dropped } = await to(ENTRIES);
  expect(commits).toBe(ENTRIES / PER_COMMIT);
  // One for each commit, and those of merging.
  expect(heads).toBeGreaterThanOrEqual(commits);
  expect(put).toBeGreaterThan(0);
  expect([dropped, backend.madeUp]).toEqual([0, ENTRIES / PER_OBJECT]);

  const tree = await Infinitree.open(Files, { backend: backend.reopen(), key: KEY });
  let count = 0;
  for await (const _ of tree.entries('files')) count += 1;
  expect(count).toBe(ENTRIES);
  const { inUse } = await tree.gc({ dryRun: true });
  await tree.close();

  const { indexObjects = 0, blocks = 0, openRequests } = await scale.askReader(backend, ENTRIES);
  // And perhaps what the older head consists of, where merging came between it and the newest one.
  const newest = backend.madeUp + indexObjects + HEADS;
  expect([0, 1, 2, 3]).toContain(inUse.count - newest);
  // A key object in either slot, and a head in either slot.
  expect(openRequests).toBe(4);
  // Rejects where anything of what was made up does not hold.
  const { verifyRequests } = await scale.askCare(backend);
  expect(verifyRequests).toBeGreaterThan(blocks);
}, 120_000);

test('what is really stored is counted and dropped, and index objects stay', async () => {
  const backend = new CountingBackend();
  const tree = await Infinitree.create(Files, { backend, key: KEY });
  for (let i = 0; i < 9; i++) {
    const bytes = Buffer.alloc(1024 * 1024);
    for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
    tree.index.files.set(i, await tree.blobs.put(bytes));
  }
  await tree.commit();
  await tree.close();
  const { put, heads, dropped } = backend.take();
  expect([put, heads, dropped]).toEqual([3, 2, 3]);

  const reader = await Infinitree.open(Files, { backend: backend.reopen(), key: KEY, readonly: true });
  const { faults } = await reader.verify();
  await reader.close();
  expect(faults.map(({ kind }) => kind)).toEqual(['missing', 'missing', 'missing']);
}, 60_000);

test('the line through two sizes says what comes next where growth is even', () => {
  const at = (entries: number, value: number) => ({ entries, value });
  expect(scale.lineThrough([at(10, 105), at(20, 205)])?.at(100)).toBe(1005);
  expect(scale.lineThrough([at(10, 105)])).toBeUndefined();
  expect(scale.fits([])).toEqual([]);
});
