// Entries on their way into objects: how large they are taken to be, how they are cut into blocks, and where values go.
import { MemoryBackend } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { decodeBlock, ENTRY_KIND } from '../../../src/codec/block.js';
import { Copied } from '../../../src/codec/copied.js';
import { decodeValue } from '../../../src/codec/value-codec.js';
import type { ChunkPointer } from '../../../src/format/chunk-pointer.js';
import { BLOCK_MAX_ENTRIES, BLOCK_TARGET, SPARSE_CHUNK_TARGET } from '../../../src/format/limits.js';
import { ObjectReader } from '../../../src/object/object-reader.js';
import { ObjectWriter } from '../../../src/object/object-writer.js';
import type { RunRef } from '../../../src/tree/records/run.js';
import { decodeRunIndex } from '../../../src/tree/records/run-index.js';
import { readChunk, readPointer } from '../../../src/tree/records/sparse-pointer.js';
import { Slices } from '../../../src/tree/slices.js';
import { type Entries, encodeBlocks } from '../../../src/tree/write/block-plan.js';
import { ObjectWriters } from '../../../src/tree/write/object-writers.js';
import { roughSize } from '../../../src/tree/write/rough-size.js';
import { RunSink } from '../../../src/tree/write/run-sink.js';
import { RunWriter } from '../../../src/tree/write/run-writer.js';
import { moveValuesApart, putApart } from '../../../src/tree/write/sparse-writer.js';
import { failureOf, makeScene, noise } from '../../object/scene.js';

describe('the size of a value is taken to be', () => {
  class Plant {
    name = 'fern';
  }
  const long = 'n'.repeat(65);
  test.each<[string, unknown, number]>([
    ['that of a string', 'abc', 5],
    ['a number', 7, 5],
    ['nothing', undefined, 5],
    ['null', null, 1],
    ['bytes', new Uint8Array(10), 14],
    ['a list', [1, 'abc'], 2 + 7 + 7],
    ['an object', { a: 1, b: 'abc' }, 2 + 7 + 7],
    ['an instance', new Plant(), 2 + 2 + 6],
    ['one with long names', { [long]: 1 }, 2 + 7 + 65],
    ['one with names that are not', { [long.slice(1)]: 1 }, 2 + 7],
    ['a set', new Set([1, 2]), 2 + 7 + 7],
    ['a map', new Map([['abc', 1]]), 2 + 7 + 7],
    ['that of what is in a box', new Copied(new Uint8Array(3)), 7],
  ])('%s', (_, value, size) => {
    expect(roughSize(value)).toBe(size);
  });

  test('no more than it has to look at', () => {
    const parts = Array.from({ length: 10 }, () => 'x'.repeat(50_000));
    for (const value of [parts, Object.assign({}, parts)]) {
      expect(roughSize(value)).toBeGreaterThan(BLOCK_TARGET);
      expect(roughSize(value)).toBeLessThan(200_000);
    }
    // One that is just as large as a block is gone through.
    const exact = ['x'.repeat(BLOCK_TARGET - 2 - 4 - 9 - 2), 'xyzxyzx'];
    expect(roughSize(exact)).toBe(BLOCK_TARGET);
    for (const more of [[...exact, 1, 'x'.repeat(1000)], Object.assign({}, exact, { 2: 1, 3: 'x'.repeat(1000) })]) {
      expect(roughSize(more)).toBe(BLOCK_TARGET + 7);
    }
  });
});

const entriesOf = (values: readonly unknown[], more: Partial<Entries> = {}): Entries => ({
  keys: values.map((_, i) => i),
  values,
  kinds: undefined,
  sequences: undefined,
  ...more,
});

describe('blocks', () => {
  const counts = (entries: Entries): number[] => [...encodeBlocks(entries)].map(({ count }) => count);

  test('hold so many entries at most', () => {
    const values = Array.from({ length: 2 * BLOCK_MAX_ENTRIES + 5 }, (_, i) => i);
    const blocks = [...encodeBlocks(entriesOf(values))];
    expect(blocks.map(({ count, firstKey, lastKey }) => [count, firstKey, lastKey])).toEqual([
      [BLOCK_MAX_ENTRIES, 0, BLOCK_MAX_ENTRIES - 1],
      [BLOCK_MAX_ENTRIES, BLOCK_MAX_ENTRIES, 2 * BLOCK_MAX_ENTRIES - 1],
      [5, 2 * BLOCK_MAX_ENTRIES, values.length - 1],
    ]);
    expect(blocks.flatMap(({ bytes }) => [...decodeBlock(bytes).values])).toEqual(values);
    expect(counts(entriesOf([]))).toEqual([]);
  });

  test('are about as large as they should be, and have one entry at least', () => {
    const half = 'x'.repeat(BLOCK_TARGET / 2 - 2);
    expect(counts(entriesOf([half, half, half, half, half]))).toEqual([2, 2, 1]);
    expect(counts(entriesOf([half, `${half}x`, half]))).toEqual([1, 1, 1]);
    expect(counts(entriesOf([1, 'x'.repeat(2 * BLOCK_TARGET), 2]))).toEqual([1, 1, 1]);
  });

  test('have of each column what belongs to their keys', () => {
    const half = 'x'.repeat(BLOCK_TARGET / 2);
    const kinds = Uint8Array.of(0, ENTRY_KIND.tombstone, 0, ENTRY_KIND.tombstone);
    const entries = entriesOf([half, undefined, half, undefined], { kinds, sequences: [4, 3, 2, 1] });
    const blocks = [...encodeBlocks(entries)].map(({ bytes }) => decodeBlock(bytes));
    expect(blocks.flatMap(({ keys }) => [...keys])).toEqual(entries.keys);
    expect(blocks.flatMap((block) => Array.from(block.kinds!))).toEqual(Array.from(kinds));
    expect(blocks.flatMap((block) => Array.from(block.sequences!))).toEqual([4, 3, 2, 1]);
    expect(blocks.length).toBe(2);
    const [plain] = [...encodeBlocks(entriesOf([1, 2]))].map(({ bytes }) => decodeBlock(bytes));
    expect([plain?.kinds, plain?.sequences]).toEqual([undefined, undefined]);
  });
});

describe('blocks of pointers', () => {
  const pointersTo = (chunks: readonly string[]): Entries =>
    entriesOf(
      chunks.map((chunk, at) => ({ chunk, at: at % 16 })),
      { kinds: new Uint8Array(chunks.length).fill(ENTRY_KIND.pointer) },
    );
  /** As long as that of a chunk in one piece. */
  const chunk = (i: number): string => i.toString(16).padStart(114, '0');
  const shared = (count: number, each: number, from = 0): string[] =>
    Array.from({ length: count }, (_, i) => chunk(from + Math.floor(i / each)));
  const sizes = (entries: Entries): [number, number][] =>
    [...encodeBlocks(entries)].map(({ count, bytes }) => [count, bytes.length]);

  test('count a chunk once that several have', () => {
    const blocks = sizes(pointersTo(shared(10_000, 16)));
    // As many chunks as a block keeps once, with all their values.
    expect(blocks.map(([count]) => count)).toEqual([4096, 4096, 1808]);
    for (const [, size] of blocks) expect(size).toBeLessThan(BLOCK_TARGET / 2);
  });

  test('do so where a strategy stores them as values, and nothing else is among them', () => {
    const { keys, values } = pointersTo(shared(4096, 16));
    expect(sizes({ keys, values, kinds: undefined, sequences: undefined }).map(([count]) => count)).toEqual([4096]);
    const mixed = [...values, 'another'];
    for (const all of [mixed, mixed.toReversed()]) {
      for (const [, size] of sizes(entriesOf(all))) expect(size).toBeLessThan(1.2 * BLOCK_TARGET);
    }
  });

  test.each([
    ['that one has alone', shared(3000, 1)],
    ['of which the first ones do not repeat', [...shared(100, 1), ...shared(4000, 16, 1000)]],
    ['that come back too late', Array.from({ length: 3000 }, (_, i) => chunk(i % 300))],
  ])('count a chunk for each %s', (_, chunks) => {
    const blocks = sizes(pointersTo(chunks));
    for (const [, size] of blocks) expect(size).toBeLessThan(BLOCK_TARGET);
    for (const [count] of blocks.slice(0, -1)) expect(count).toBeGreaterThan(900);
  });

  test('that name objects, too, count with all that they say', () => {
    const objects = [noise(32)];
    const pointers = shared(3000, 16).map((one, at) => ({ chunk: one, at: at % 16, ...(at > 200 ? { objects } : {}) }));
    const kinds = new Uint8Array(pointers.length).fill(ENTRY_KIND.pointer);
    for (const [, size] of sizes(entriesOf(pointers, { kinds }))) expect(size).toBeLessThan(1.1 * BLOCK_TARGET);
  });
});

test('what comes entry by entry makes the blocks that all of it would', async () => {
  const { context } = await makeScene();
  const objects = new ObjectWriter(context, 'index');
  const values = Array.from({ length: 700 }, (_, i) => 'v'.repeat(i === 350 ? 2 * BLOCK_TARGET : 998));
  const sink = new RunSink(objects);
  for (const [key, value] of values.entries()) {
    if (sink.add(key, { sequence: 1, kind: ENTRY_KIND.value, value })) await sink.flush();
  }
  const [run] = await sink.finish(undefined);
  await objects.flush();
  const { blocks } = decodeRunIndex(await new ObjectReader(context).read(run!.index));
  const counts = blocks.map(({ count }) => count);
  expect(counts).toEqual([131, 131, 88, 1, 131, 131, 87]);
  expect(counts).toEqual([...encodeBlocks(entriesOf(values))].map(({ count }) => count));
});

test('a run says what its blocks hold, those too that stood there before', async () => {
  const { context } = await makeScene();
  const objects = new ObjectWriter(context, 'index');
  const span = { firstSequence: 3, lastSequence: 5, sequenced: false, isUnique: true, shadowedBy: undefined };
  const first = new RunWriter(objects);
  for (const block of encodeBlocks(entriesOf(['a'.repeat(100_000), 'b'.repeat(100_000)]))) await first.add(block);
  const [run] = (await first.finish(span)) as [RunRef];
  await objects.flush();
  const reader = new ObjectReader(context);
  const blocksOf = async (of: typeof run) => decodeRunIndex(await reader.read(of.index)).blocks;
  const blocks = await blocksOf(run);
  expect(run).toMatchObject({ firstKey: 0, lastKey: 1, count: 2, ...span });
  expect(blocks.map(({ firstKey, lastKey, count }) => [firstKey, lastKey, count])).toEqual([
    [0, 0, 1],
    [1, 1, 1],
  ]);
  expect(run.plainLength).toBe(blocks[0]!.plainLength + blocks[1]!.plainLength);
  for (const [i, { extent, plainLength }] of blocks.entries()) {
    const bytes = await reader.read(extent, plainLength);
    expect([bytes.length, decodeBlock(bytes).keys]).toEqual([plainLength, [i]]);
  }
  const second = new RunWriter(objects);
  await second.keep(blocks[1]!, [1]);
  const [kept] = (await second.finish(span)) as [RunRef];
  await objects.flush();
  expect([kept.firstKey, kept.lastKey, kept.count]).toEqual([1, 1, 1]);
  expect(await blocksOf(kept)).toEqual([blocks[1]]);
});

describe('values that are put apart', () => {
  const slices = (): Slices => new Slices('The test', undefined);

  async function moved(values: readonly unknown[], kinds?: Uint8Array) {
    const { context } = await makeScene();
    const objects = new ObjectWriter(context, 'storage');
    const entries = entriesOf(values, { kinds, sequences: values.map((_, i) => i) });
    const result = await moveValuesApart(context.keys, objects, slices(), entries);
    await objects.flush();
    const reader = new ObjectReader(context);
    const listAt = async (pointers: readonly ChunkPointer[]) =>
      decodeValue(await reader.readDetached(pointers)).value as unknown[];
    const read = await Promise.all(
      result.values.map(async (value, i) => {
        if (result.kinds?.[i] !== ENTRY_KIND.pointer) return value;
        const { chunk, at } = readPointer(value);
        return (await listAt(readChunk(chunk)))[at];
      }),
    );
    const chunks = result.values.map((value, i) =>
      result.kinds?.[i] === ENTRY_KIND.pointer ? readPointer(value).chunk : undefined,
    );
    const places = chunks.map((chunk) => chunks.indexOf(chunk));
    return { entries, result, read, chunks: places, written: objects.written };
  }

  test('share chunks with their neighbours, and are found there', async () => {
    const values = ['a', 'b', { c: 1 }, 'd'];
    const { entries, result, read, chunks } = await moved(values);
    expect([read, chunks]).toEqual([values, [0, 0, 0, 0]]);
    expect([result.keys, result.sequences, Array.from(result.kinds!)]).toEqual([
      entries.keys,
      entries.sequences,
      [1, 1, 1, 1].map(() => ENTRY_KIND.pointer),
    ]);
    // What was given is left as it was.
    expect([entries.values, entries.kinds]).toEqual([values, undefined]);
  });

  test('fill a chunk, and have it alone where they are large', async () => {
    const half = 'h'.repeat(SPARSE_CHUNK_TARGET / 2 - 2);
    const large = 'l'.repeat(SPARSE_CHUNK_TARGET - 2);
    const { read, chunks } = await moved([half, half, 'a', large, 'b', `${large}l`]);
    expect(read).toEqual([half, half, 'a', large, 'b', `${large}l`]);
    expect(chunks).toEqual([0, 0, 2, 3, 4, 5]);
    expect((await moved(['a', large.slice(1), 'b'])).chunks).toEqual([0, 0, 2]);
  });

  test('are not those that are apart already, or gone', async () => {
    const kinds = Uint8Array.of(ENTRY_KIND.tombstone, ENTRY_KIND.value, ENTRY_KIND.tombstone);
    const { result, read } = await moved([undefined, 'a', undefined], kinds);
    expect(Array.from(result.kinds!)).toEqual([ENTRY_KIND.tombstone, ENTRY_KIND.pointer, ENTRY_KIND.tombstone]);
    expect(read).toEqual([undefined, 'a', undefined]);
    expect(Array.from(kinds)).toEqual([ENTRY_KIND.tombstone, ENTRY_KIND.value, ENTRY_KIND.tombstone]);
    const none = await moved([]);
    expect([none.result.kinds, none.written]).toEqual([undefined, 0]);
  });

  test('pack themselves, if that makes them smaller', async () => {
    const { context } = await makeScene();
    const objects = new ObjectWriter(context, 'storage');
    const value = { text: 'again and '.repeat(3000) };
    const { chunk, at } = await putApart(context.keys, objects, value);
    await objects.flush();
    expect(Object.isFrozen(value)).toBe(false);
    const pointers = readChunk(chunk);
    expect([at, pointers.length]).toEqual([0, 1]);
    expect(pointers[0]!.size).toBeLessThan(1000);
    expect(decodeValue(await new ObjectReader(context).readDetached(pointers)).value).toEqual([value]);
  });
});

describe('the objects of one write', () => {
  test('are begun where they are needed, and counted together', async () => {
    const { context, store } = await makeScene();
    const none = new ObjectWriters(context, {});
    await none.flush();
    expect([none.written, store.entries.size]).toEqual([0, 0]);
    for (const kind of ['index', 'storage'] as const) {
      const writers = new ObjectWriters(context, {});
      const before = store.entries.size;
      await writers[kind].write(0, noise(100));
      expect(writers[kind]).toBe(writers[kind]);
      // The tags of index chunks stand behind them.
      expect(writers.written).toBe(kind === 'index' ? 116 : 100);
      await writers.flush();
      expect(store.entries.size).toBe(before + 1);
      await writers[kind === 'index' ? 'storage' : 'index'].write(0, noise(100));
      expect(writers.written).toBe(216);
    }
  });

  test('are waited for, and the first failure is told', async () => {
    const backend = new FailingBackend(new MemoryBackend());
    const { context } = await makeScene({ backend });
    for (const nth of [1, 2]) {
      const writers = new ObjectWriters(context, {});
      await writers.index.write(0, noise(100));
      await writers.storage.write(0, noise(100));
      backend.fail({ verb: 'put', nth });
      expect(await failureOf(() => writers.flush())).toContain('BACKEND');
      backend.heal();
    }
  });

  test('are not begun for who has given up', async () => {
    const { context } = await makeScene();
    const writers = new ObjectWriters(context, { signal: AbortSignal.abort() });
    for (const kind of ['index', 'storage'] as const) {
      const failure = failureOf(async () => {
        await writers[kind].write(0, noise(100));
        await writers.flush();
      });
      expect(await failure).toContain('ABORTED');
    }
  });
});
