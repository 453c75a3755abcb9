// A field whose entries take several runs at once: how these are cut, and that nothing in the life of a tree minds.
import {
  copyTree,
  Dropbox,
  Infinitree,
  Key,
  MemoryBackend,
  type ObjectId,
  registerIndex,
  VersionedList,
  VersionedMap,
} from '@infinitree/core';
import { MemoryStore } from '../../../src/backend/memory-store.js';
import { encodeCbor } from '../../../src/codec/cbor.js';
import type { CanonicalKey } from '../../../src/codec/index-key.js';
import { KeyFilter } from '../../../src/codec/key-filter.js';
import { DEFAULT_MAX_ITEMS } from '../../../src/codec/prescan.js';
import { BLOCK_TARGET, MAX_EXTENT_PLAIN, RUN_TARGET_BLOCKS, RUN_TARGET_SIZE } from '../../../src/format/limits.js';
import { ObjectReader } from '../../../src/object/object-reader.js';
import { ObjectWriter } from '../../../src/object/object-writer.js';
import type { CommitBody } from '../../../src/tree/records/commit.js';
import { type BlockRef, decodeRunIndex, encodeRunIndex } from '../../../src/tree/records/run-index.js';
import { partsOf } from '../../../src/tree/tree-parts.js';
import { RUN_BOUND } from '../../../src/tree/write/open-run.js';
import { RunWriter } from '../../../src/tree/write/run-writer.js';
import { failureOf, makeScene, noise, OBJECT_SIZE } from '../../object/scene.js';
import { collect, type Heads, KINDS } from '../scene.js';
import { withRunsOf } from './few-blocks.js';

const SPAN = { firstSequence: 1, lastSequence: 9, sequenced: true, isUnique: false, shadowedBy: undefined };
const EXTENT = { codec: 0, segments: [{ object: 'ab'.repeat(32) as ObjectId, offset: 1000, length: 60_000 }] };

function blockOf(firstKey: CanonicalKey, lastKey: CanonicalKey = firstKey): BlockRef {
  return { firstKey, lastKey, count: 2, plainLength: 100_000, extent: EXTENT };
}

async function runsOf(blocks: Iterable<BlockRef>) {
  const { context } = await makeScene();
  const objects = new ObjectWriter(context, 'index');
  const writer = new RunWriter(objects);
  for (const block of blocks) await writer.keep(block, []);
  const runs = await writer.finish(SPAN);
  await objects.flush();
  const reader = new ObjectReader(context);
  return Promise.all(
    runs.map(async (run) => {
      const { blocks: own, filters } = decodeRunIndex(await reader.read(run.index));
      expect(run).toMatchObject({ ...SPAN, firstKey: own[0]!.firstKey, lastKey: own.at(-1)!.lastKey });
      expect([run.count, run.plainLength]).toEqual([2 * own.length, 100_000 * own.length]);
      expect(filters.reduce((sum, filter) => sum + filter.blocks, 0)).toBe(own.length > 64 ? own.length : 0);
      return own.length;
    }),
  );
}

test.each([64, 65, 150])('a run of %i blocks has filters for all of them, if it has many', async (count) => {
  const { context } = await makeScene();
  const objects = new ObjectWriter(context, 'index');
  const writer = new RunWriter(objects);
  const keysOf = (i: number) => Array.from({ length: 2000 }, (_, k) => 2 * (2000 * i + k));
  for (let i = 0; i < count; i++) await writer.keep(blockOf(keysOf(i)[0]!, keysOf(i).at(-1)), keysOf(i));
  const [run] = await writer.finish(SPAN);
  await objects.flush();
  const reader = new ObjectReader(context);
  const { filters } = decodeRunIndex(await reader.read(run!.index));
  expect(filters.reduce((sum, { blocks }) => sum + blocks, 0)).toBe(count > 64 ? count : 0);
  let [first, passed] = [0, 0];
  for (const { blocks, extent, length } of filters) {
    const filter = new KeyFilter(await reader.read(extent, length));
    for (let i = first; i < first + blocks; i++) {
      expect(keysOf(i).every((key) => filter.mayHold(key))).toBe(true);
      passed += keysOf(i).filter((key) => filter.mayHold(key + 1)).length;
    }
    first += blocks;
  }
  expect(passed).toBeLessThan(2000 * count * 0.01);
});

describe('a further run begins', () => {
  test('behind as many blocks as one should have, which are as many as the format says', async () => {
    expect(RUN_BOUND).toEqual({ blocks: RUN_TARGET_BLOCKS, bytes: RUN_TARGET_SIZE });
    const blocks = Array.from({ length: 1001 }, (_, i) => blockOf(i));
    await withRunsOf({ blocks: 1000 }, async () => expect(await runsOf(blocks)).toEqual([1000, 1]));
  });

  test('long before nobody would read what there is, whatever the blocks are', () => {
    // A block has 8 items besides its segments, and each of these 4 in 37 bytes at least.
    const most = 2 * RUN_TARGET_BLOCKS * 8 + (2 * RUN_TARGET_SIZE * 4) / 37;
    expect(most).toBeLessThan(DEFAULT_MAX_ITEMS);
    expect(2 * RUN_TARGET_SIZE).toBeLessThan(MAX_EXTENT_PLAIN);
  });

  test('with the next key, and within one where there are twice as many', async () => {
    await withRunsOf({ blocks: 3 }, async () => {
      expect(await runsOf([blockOf('a'), blockOf('b'), blockOf('b', 'c'), blockOf('d')])).toEqual([3, 1]);
      expect(await runsOf([blockOf('a'), blockOf('b'), blockOf('b', 'c'), blockOf('c'), blockOf('d')])).toEqual([4, 1]);
      expect(await runsOf(Array.from({ length: 8 }, () => blockOf('a')))).toEqual([6, 2]);
      expect(await runsOf([])).toEqual([]);
    });
  });

  test('where the index has the bytes that it should have', async () => {
    const long = Array.from({ length: 9 }, (_, i) => blockOf(`${i}`.padEnd(1000), `${i}`.padEnd(1001)));
    await withRunsOf({ bytes: 4000 }, async () => expect(await runsOf(long)).toEqual([2, 2, 2, 2, 1]));
    const pieces = { codec: 0, segments: Array.from({ length: 50 }, () => EXTENT.segments[0]!) };
    const blocks = Array.from({ length: 3 }, (_, i) => ({ ...blockOf(i), extent: pieces }));
    await withRunsOf({ bytes: 4000 }, async () => expect(await runsOf(blocks)).toEqual([2, 1]));
  });
});

test('an index that nobody would read is not written, and one that was is refused', async () => {
  const most = Math.floor((2 ** 24 - 3) / 12);
  const blocks = new Array<BlockRef>(most + 1).fill(blockOf(1));
  expect(await failureOf(() => encodeRunIndex({ blocks, filters: [] }))).toMatch(/UNSUPPORTED.* 1398102 blocks/);
  const row = new Uint8Array(2 ** 24 + 1);
  const encoded = encodeCbor(Array.from(row));
  expect(await failureOf(() => decodeRunIndex(encoded))).toMatch(/CORRUPT.*more than the 16777216 items/);
}, 60_000);

class Shelf {
  books = new VersionedMap<string, string>();
  apart = new VersionedMap<number, string>();
  events = new VersionedList<string>();
}
registerIndex(Shelf, {
  fields: [
    { property: 'books', name: 'books' },
    { property: 'apart', name: 'apart', strategy: 'sparse' },
    { property: 'events', name: 'events' },
  ],
});
type Tree = Infinitree<Shelf>;

/** Of which no two fit into one block. */
const text = (name: string): string => `${name} `.padEnd(BLOCK_TARGET / 2, '.');

/** What a tree says at each of its large commits, by keys, ranges and places. */
async function contentOf(tree: Tree, at: readonly number[]): Promise<unknown> {
  const said: unknown[] = [];
  const commits = (await tree.commits()).reverse();
  for (const nth of at) {
    await using past = await tree.at(commits[nth]!);
    const books = await collect(past.entries('books'));
    const down = await collect(past.entries('books', { gte: 'b2', lt: 'b7', reverse: true }));
    const gets = await Promise.all(['b0', 'b3', 'b8', 'none'].map((key) => past.get('books', key)));
    said.push([books, down, gets, await collect(past.entries('events')), await collect(past.entries('apart'))]);
  }
  return said;
}

function bookRuns(tree: Tree): number[] {
  const { base } = partsOf(tree).session.snapshot;
  return base.packs.map(({ runs }) => runs.filter(({ field }) => field.name === 'books').length);
}

/** Large commits that overlap, and then small ones until all is folded. */
async function filled(tree: Tree): Promise<number[]> {
  const large: number[] = [];
  for (let round = 0; round < 3; round++) {
    for (let i = round; i < 9; i++) tree.index.books.set(`b${i}`, text(`${round} ${i}`));
    for (let i = 0; i < 3; i++) tree.index.events.push(text(`${round} event ${i}`));
    for (let i = 0; i < 9; i++) tree.index.apart.set(i, `${round} apart ${i}`);
    if (round === 2) tree.index.books.delete('b4');
    large.push((await tree.commits()).length);
    await tree.commit();
  }
  const [{ changes }] = partsOf(tree).session.snapshot.tail.list() as [CommitBody];
  expect(changes.filter(({ field }) => field.name === 'books').length).toBe(Math.ceil(9 / RUN_BOUND.blocks));
  for (let i = 0; bookRuns(tree).length < 4; i++) {
    tree.index.books.set(`b${i % 9}`, Buffer.from(noise(500, i)).toString('hex'));
    await tree.commit();
  }
  large.push((await tree.commits()).length - 1);
  return large;
}

describe.each(KINDS)('several runs of a field, %s heads', (heads: Heads) => {
  async function scene() {
    const store = new MemoryStore();
    const backend = new MemoryBackend<Heads>({ heads }, store);
    const key = Key.random();
    const tree = await Infinitree.create(Shelf, { backend, key, objectSize: OBJECT_SIZE });
    const { onWritten } = partsOf(tree).committer;
    partsOf(tree).committer.onWritten = undefined;
    const at = await filled(tree);
    partsOf(tree).committer.onWritten = onWritten;
    return { store, backend, key, tree, at, content: await contentOf(tree, at) };
  }

  test('are read as one is, after merging, rotating and copying too', async () => {
    await withRunsOf({ blocks: 2 }, async () => {
      const { backend, key, tree, at, content } = await scene();
      const whole = async () => {
        expect(await contentOf(tree, at)).toEqual(content);
        expect((await tree.verify({ readData: true })).faults).toEqual([]);
      };
      await whole();
      await tree.compact();
      expect(Math.max(...bookRuns(tree))).toBeGreaterThan(4);
      await whole();
      // Nothing of it is left to be done.
      expect(await tree.compact()).toEqual({ packs: 0, bytes: 0 });
      const target = new MemoryBackend<Heads>({ heads });
      await copyTree(tree, target);
      await tree.rotate({ policy: 'all' });
      await whole();
      await tree.gc({ olderThan: 0 });
      await tree.close();
      for (const place of [backend, target]) {
        await using again = await Infinitree.open(Shelf, { backend: place, key, readonly: true });
        expect(await contentOf(again, at)).toEqual(content);
        expect((await again.verify()).faults).toEqual([]);
      }
    });
  }, 60_000);

  test('come out of what a dropbox holds, and are loaded', async () => {
    await withRunsOf({ blocks: 2 }, async () => {
      const { backend, tree } = await scene();
      const { key } = await tree.dropboxes.add({ label: 'worker' });
      const worker = await Dropbox.open(Shelf, { backend, key });
      for (let i = 0; i < 7; i++) worker.index.books.set(`d${i}`, text(`from the dropbox ${i}`));
      await worker.send();
      await worker.close();
      expect((await tree.dropboxes.merge()).merged).toHaveLength(1);
      await tree.load('books');
      for (let i = 0; i < 7; i++) expect(tree.index.books.get(`d${i}`)).toBe(text(`from the dropbox ${i}`));
      await tree.close();
    });
  }, 60_000);

  test('are repaired each for itself, and again with fewer blocks to a run', async () => {
    const { store, tree, at } = await withRunsOf({ blocks: 4 }, scene);
    const { session } = partsOf(tree);
    await withRunsOf({ blocks: 2 }, async () => {
      const [run] = session.snapshot.base.packs[0]!.runs.filter(({ field }) => field.name === 'books');
      const blocks = await session.blocks.blocks(run!.run);
      const gone = blocks[1]!.extent.segments[0]!;
      const stored = store.entries.get(gone.object) as { bytes: Uint8Array };
      stored.bytes[gone.offset]! ^= 1;
      expect((await tree.verify()).faults).toHaveLength(1);
      const { remaining } = await tree.repair();
      expect(remaining).toEqual([]);
      expect((await tree.verify({ readData: true })).faults).toEqual([]);
      expect(await contentOf(tree, at)).toBeDefined();
      await tree.close();
    });
  }, 60_000);
});
