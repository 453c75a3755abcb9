// Folding by itself: what a base holds of the commits behind the one before, and in which objects.
import { type BackendCall, InterceptedBackend, MemoryBackend, type ObjectId } from '@infinitree/core';
import { MemoryStore } from '../../../src/backend/memory-store.js';
import { ENTRY_KIND } from '../../../src/codec/block.js';
import type { CanonicalKey } from '../../../src/codec/index-key.js';
import type { Extent } from '../../../src/format/extent.js';
import { MAX_PAYLOAD_PLAIN } from '../../../src/format/limits.js';
import { ObjectReader } from '../../../src/object/object-reader.js';
import { ObjectWriter } from '../../../src/object/object-writer.js';
import { BlockStore } from '../../../src/tree/read/block-store.js';
import { type Base, decodeBase, EMPTY_BASE, logNodes, youngPack } from '../../../src/tree/records/base.js';
import { type CommitBody, encodeCommitBody, type FieldChange } from '../../../src/tree/records/commit.js';
import { decodeLogNode } from '../../../src/tree/records/log-node.js';
import type { RunRef } from '../../../src/tree/records/run.js';
import { Slices } from '../../../src/tree/slices.js';
import { fieldKey, makeSnapshot } from '../../../src/tree/snapshot.js';
import { encodeBlocks } from '../../../src/tree/write/block-plan.js';
import { type Folded, fold } from '../../../src/tree/write/fold.js';
import { RunWriter } from '../../../src/tree/write/run-writer.js';
import { failureOf, makeScene, noise, OBJECT_SIZE } from '../../object/scene.js';

const CARE = {
  credentials: [],
  olderHeads: [],
  replaced: [],
  sweepSequence: 0,
  fork: undefined,
  dropboxes: [],
  history: undefined,
  rotation: undefined,
  ended: undefined,
};
const POSITION = { id: 'a'.repeat(64) as ObjectId, keyEpoch: 0, epoch: 1, headSequence: 1, hash: noise(32) };
const GONE = Symbol('gone');

const map = (name: string, more: { type?: string; strategy?: string } = {}) => ({
  name,
  type: 'versioned-map',
  strategy: 'local',
  ...more,
});

/** Entries as they ride in a frame, in key order. */
function block(entries: readonly (readonly [CanonicalKey, unknown])[]): Uint8Array {
  const kinds = Uint8Array.from(entries, ([, value]) => (value === GONE ? ENTRY_KIND.tombstone : ENTRY_KIND.value));
  const values = entries.map(([, value]) => (value === GONE ? undefined : value));
  const keys = entries.map(([key]) => key);
  return [...encodeBlocks({ keys, values, kinds, sequences: undefined })][0]!.bytes;
}

function change(field: FieldChange['field'], ...entries: (readonly [CanonicalKey, unknown])[]): FieldChange {
  return { field, cleared: false, inline: entries.length === 0 ? undefined : block(entries), run: undefined };
}

/** A commit; all of one sequence are the same but for what is given. */
function commit(
  sequence: number,
  changes: readonly FieldChange[] = [],
  more: { message?: string; data?: Uint8Array | undefined } = {},
): CommitBody {
  const { message = '', data } = more;
  const record = { id: new Uint8Array(32), sequence, time: 1, message, parent: undefined, nonce: new Uint8Array(16) };
  return encodeCommitBody({ ...record, data }, changes);
}

/** `flush`: whether the storage has one, as a cache has. */
async function scene(flush = false) {
  const calls: BackendCall[] = [];
  const store = new MemoryStore();
  const inner = new MemoryBackend({}, store);
  if (flush) Object.assign(inner, { flush: () => Promise.resolve() });
  const backend = new InterceptedBackend(inner, {
    call: (call, work) => (calls.push(call), work()),
    walk: (_, list) => list(),
  });
  const { context } = await makeScene({ backend });
  const reader = new ObjectReader(context);
  const blocks = new BlockStore(reader, 1 << 20);
  return {
    context,
    store,
    calls,
    puts: () => calls.filter(({ verb }) => verb === 'put').flatMap(({ ids }) => ids),
    /** The base after further commits. */
    fold: (tail: readonly CommitBody[], before: Folded = EMPTY, signal?: AbortSignal) => {
      const tools = { context, reader, blocks, slices: new Slices('The test', signal), signal };
      return fold(tools, makeSnapshot(POSITION, before.base, before.baseExtent, tail, CARE));
    },
    /** What a run holds: keys, sequences, and values, of which none is that of a key that is gone. */
    async entriesOf(run: RunRef) {
      const entries: unknown[] = [];
      for (const ref of await blocks.blocks(run)) {
        const { keys, values, kinds, sequences } = await blocks.scan(ref);
        keys.forEach((key, i) => {
          const kind = kinds?.[i] ?? ENTRY_KIND.value;
          entries.push([key, sequences?.[i], kind === ENTRY_KIND.value ? values.at(i) : `kind ${kind}`]);
        });
      }
      return entries;
    },
    firstBlock: async (run: RunRef) => blocks.scan((await blocks.blocks(run))[0]!),
    /** The sequences in each node of the log, the newest node first. */
    async log(base: Base) {
      const nodes: number[][] = [];
      for (const { extent, firstSequence, lastSequence } of logNodes(base)) {
        const commits = decodeLogNode(await reader.read(extent, MAX_PAYLOAD_PLAIN));
        nodes.push(commits.map(({ sequence }) => sequence));
        expect([firstSequence, lastSequence]).toEqual([commits[0]?.sequence, commits.at(-1)?.sequence]);
      }
      return nodes;
    },
    read: (extent: Extent) => reader.read(extent, MAX_PAYLOAD_PLAIN),
  };
}

const EMPTY: Folded = { base: EMPTY_BASE, baseExtent: undefined };

/** The runs of a field, in the order in which they were written. */
function runsOf({ packs }: Base, field: FieldChange['field']): RunRef[] {
  const runs = packs.flatMap((pack) => pack.runs);
  return runs.filter((each) => fieldKey(each.field) === fieldKey(field)).map(({ run }) => run);
}

/** The objects of the young pack, and how much of them is used. */
function young(base: Base) {
  const { objects = [], bytes = 0 } = youngPack(base) ?? {};
  return { objects, bytes };
}

const books = map('books');

describe('what rides in frames', () => {
  test('becomes one run of all versions of all keys, the newest of each first', async () => {
    const at = await scene();
    const tail = [
      commit(1, [change(books, ['a', 1], ['b', 2])]),
      commit(2, [change(books, ['a', GONE], ['c', 3])]),
      commit(3, [change(books, ['a', 4])]),
    ];
    const { base } = await at.fold(tail);
    expect(base.last).toBe(tail[2]?.commit);
    const runs = runsOf(base, books);
    expect([base.fields, base.packs.length, runs.length]).toEqual([[{ field: books, clears: [] }], 1, 1]);
    expect(runs[0]).toMatchObject({
      firstKey: 'a',
      lastKey: 'c',
      count: 5,
      firstSequence: 1,
      lastSequence: 3,
      sequenced: true,
      isUnique: false,
      shadowedBy: undefined,
    });
    expect(await at.entriesOf(runs[0]!)).toEqual([
      ['a', 3, 4],
      ['a', 2, `kind ${ENTRY_KIND.tombstone}`],
      ['a', 1, 1],
      ['b', 1, 2],
      ['c', 2, 3],
    ]);
  });

  test('is in key order, whatever the order of the commits, and in as many blocks as it takes', async () => {
    const at = await scene();
    const large = 'x'.repeat(150_000);
    const tail = [
      commit(1, [change(books, ['d', large])]),
      commit(2, [change(books, ['a', large])]),
      commit(3, [change(books, ['c', large])]),
      commit(4, [change(books, ['e', 1])]),
    ];
    const { base } = await at.fold(tail);
    const entries = (await at.entriesOf(runsOf(base, books)[0]!)) as unknown[][];
    expect(entries.map(([key, sequence]) => [key, sequence])).toEqual([
      ['a', 2],
      ['c', 3],
      ['d', 1],
      ['e', 4],
    ]);
    expect(runsOf(base, books)).toMatchObject([{ firstKey: 'a', lastKey: 'e', count: 4, isUnique: true }]);
  });

  test('of each field is apart, in the order of their names and types', async () => {
    const at = await scene();
    const list = map('a', { type: 'versioned-list' });
    const [a, z] = [map('a'), map('z')];
    const { base } = await at.fold([
      commit(1, [change(z, ['k', 'z'])]),
      commit(2, [change(a, ['k', 'a'])]),
      commit(3, [change(list, ['k', 'list'])]),
    ]);
    expect(base.fields.map(({ field }) => field)).toEqual([list, a, z]);
    const runs = base.fields.map(({ field }) => runsOf(base, field)[0]!);
    expect(await Promise.all(runs.map(at.entriesOf))).toEqual([[['k', 3, 'list']], [['k', 2, 'a']], [['k', 1, 'z']]]);
    // Where there are values alone no kinds are stored.
    const blocks = await Promise.all(runs.map(at.firstBlock));
    expect(blocks.map(({ kinds }) => kinds)).toEqual([undefined, undefined, undefined]);
  });

  test('leaves what says nothing of values as it is', async () => {
    const at = await scene();
    const { base } = await at.fold([commit(1, [{ ...change(books), cleared: true }]), commit(2)]);
    expect([base.fields, runsOf(base, books)]).toEqual([[{ field: books, clears: [1] }], []]);
    const more = await at.fold([commit(3, [{ ...change(books, ['a', 1]), cleared: true }])], { ...EMPTY, base });
    expect(more.base.fields[0]?.clears).toEqual([1, 3]);
    expect(runsOf(more.base, books)).toMatchObject([{ firstSequence: 3, lastSequence: 3, count: 1 }]);
  });

  test('has values apart where its field keeps them so, and those only once', async () => {
    const at = await scene();
    const apart = map('apart', { strategy: 'sparse' });
    const pointer = `kind ${ENTRY_KIND.pointer}`;
    const first = await at.fold([commit(1, [change(apart, ['a', noise(20_000)], ['b', GONE])])]);
    expect(at.puts().length).toBe(2);
    expect(await at.entriesOf(runsOf(first.base, apart)[0]!)).toEqual([
      ['a', 1, pointer],
      ['b', 1, `kind ${ENTRY_KIND.tombstone}`],
    ]);
    // The index is young and written again; the value stays where it is.
    const second = await at.fold([commit(2, [change(apart, ['c', noise(1000)])])], first);
    expect(await at.entriesOf(runsOf(second.base, apart)[0]!)).toEqual([
      ['a', 1, pointer],
      ['b', 1, `kind ${ENTRY_KIND.tombstone}`],
      ['c', 2, pointer],
    ]);
    expect(young(second.base).bytes).toBeLessThan(2000);
    expect(at.puts().length).toBe(4);
  });
});

describe('the last pack', () => {
  test('is written again while it is small, together with what is new', async () => {
    const at = await scene();
    const first = await at.fold([commit(1, [change(books, ['a', 1], ['c', 3])])]);
    expect(young(first.base).objects).toEqual(at.puts());
    expect(young(first.base).bytes).toBeGreaterThan(50);
    const second = await at.fold([commit(2, [change(books, ['a', GONE], ['b', 2])])], first);
    // Nothing needs the objects of before.
    for (const id of young(first.base).objects) at.store.entries.delete(id);
    expect(runsOf(second.base, books).length).toBe(1);
    expect(await at.entriesOf(runsOf(second.base, books)[0]!)).toEqual([
      ['a', 2, `kind ${ENTRY_KIND.tombstone}`],
      ['a', 1, 1],
      ['b', 2, 2],
      ['c', 1, 3],
    ]);
    expect(await at.log(second.base)).toEqual([[1, 2]]);
    expect(young(second.base).objects).toEqual(at.puts().slice(1));
    expect(runsOf(second.base, books)).toMatchObject([{ firstSequence: 1, lastSequence: 2 }]);
  });

  test('is left alone once it is more than half an object', async () => {
    const at = await scene();
    /** What is as long as it says; of the first byte that is too much on. */
    const sized = (length: number) => at.fold([commit(1, [change(books, ['a', noise(length)])])]);
    const { base: smaller } = await sized(30_000);
    const rest = OBJECT_SIZE / 2 - young(smaller).bytes;
    const { base: half } = await sized(30_000 + rest);
    expect([half.isYoung, half.packs[0]?.bytes, half.packs.length]).toEqual([true, OBJECT_SIZE / 2, 1]);
    const grown = await sized(30_000 + rest + 1);
    const { base } = grown;
    expect([base.isYoung, base.packs[0]?.bytes, base.packs.length]).toEqual([false, OBJECT_SIZE / 2 + 1, 1]);

    const next = await at.fold([commit(2, [change(books, ['a', 2])])], grown);
    expect(next.base.packs[0]).toBe(base.packs[0]);
    expect(await at.entriesOf(runsOf(next.base, books)[1]!)).toEqual([['a', 2, 2]]);
    expect(await at.log(next.base)).toEqual([[2], [1]]);
    // What had grown before stays so, with nothing new in it.
    const last = await at.fold([commit(3, [change(map('other'), ['b', 1])])], next);
    expect([last.base.isYoung, last.base.packs.length, last.base.packs[0]]).toEqual([true, 2, base.packs[0]]);
    expect(runsOf(last.base, books).length).toBe(2);
    expect(await at.log(last.base)).toEqual([[2, 3], [1]]);
  });

  test('may have entries without sequences, which are of the one commit', async () => {
    const at = await scene();
    const objects = new ObjectWriter(at.context, 'index');
    const run = new RunWriter(objects);
    const keys = ['a', 'b'];
    for (const each of encodeBlocks({ keys, values: [1, 2], kinds: undefined, sequences: undefined })) {
      await run.add(each);
    }
    const span = { firstSequence: 7, lastSequence: 7, sequenced: false, isUnique: true, shadowedBy: undefined };
    const runs = (await run.finish(span)).map((ref) => ({ field: books, run: ref }));
    await objects.flush();
    const packs = [{ objects: objects.objects, bytes: 1, runs, log: [] }];
    const base = { last: commit(7).commit, fields: [{ field: books, clears: [] }], packs, isYoung: true };
    const folded = await at.fold([commit(8, [change(books, ['a', 3])])], { base, baseExtent: undefined });
    expect(await at.entriesOf(runsOf(folded.base, books)[0]!)).toEqual([
      ['a', 8, 3],
      ['a', 7, 1],
      ['b', 7, 2],
    ]);
  });

  test('holds nothing where nothing was committed', async () => {
    const at = await scene();
    const { base, baseExtent } = await at.fold([]);
    expect([base, baseExtent]).toEqual([EMPTY_BASE, undefined]);
    expect(at.puts()).toEqual([]);
    const next = await at.fold([commit(1)], { base, baseExtent });
    expect(await at.log(next.base)).toEqual([[1]]);
  });
});

describe('the log', () => {
  const commits = (count: number, more?: { message?: string; data?: Uint8Array }): CommitBody[] =>
    Array.from({ length: count }, (_, i) => commit(i + 1, [], more));
  const lengths = (nodes: readonly number[][]): number[] => nodes.map(({ length }) => length);

  test('begins a new node once one has as many commits as it may', async () => {
    const at = await scene();
    const full = await at.fold(commits(1024));
    expect(lengths(await at.log(full.base))).toEqual([1024]);
    const over = await at.fold(commits(1025));
    expect(await at.log(over.base)).toEqual([[1025], Array.from({ length: 1024 }, (_, i) => i + 1)]);
  });

  test('goes on in a short node, and takes over a full one as it is', async () => {
    const at = await scene();
    const first = await at.fold(commits(1200));
    expect(lengths(await at.log(first.base))).toEqual([176, 1024]);
    const second = await at.fold([commit(1201), commit(1202)], first);
    expect(lengths(await at.log(second.base))).toEqual([178, 1024]);
    const third = await at.fold([commit(1203), commit(1300)], second);
    expect(await at.log(third.base)).toEqual([
      [1300],
      Array.from({ length: 179 }, (_, i) => 1025 + i),
      Array.from({ length: 1024 }, (_, i) => i + 1),
    ]);
  });

  const part = 16_384;
  test.each([
    ['messages', (size: number) => ({ message: 'm'.repeat(size) })],
    ['data', (size: number) => ({ data: new Uint8Array(size) })],
    ['both', (size: number) => ({ message: 'm'.repeat(size - 100), data: new Uint8Array(100) })],
  ])('begins one where as many bytes of %s are in one as there may be', async (_, of) => {
    const at = await scene();
    const exact = await at.fold(commits(256, of(part)));
    expect(lengths(await at.log(exact.base))).toEqual([256]);
    const over = await at.fold([...commits(255, of(part)), commit(256, [], of(part + 1)), commit(257)]);
    expect(lengths(await at.log(over.base))).toEqual([2, 255]);
  });

  test('has a node to itself for what is larger alone', async () => {
    const at = await scene();
    const data = new Uint8Array(4_194_305);
    const behind = await at.fold([...commits(1025), commit(1026, [], { data })]);
    expect(lengths(await at.log(behind.base))).toEqual([1, 1, 1024]);
    const { base } = await at.fold([commit(1, [], { data }), commit(2, [], { data }), commit(3)]);
    expect(lengths(await at.log(base))).toEqual([1, 1, 1]);
  });
});

describe('a base that has grown', () => {
  const named = (count: number) =>
    Array.from({ length: count }, (_, i) => change(map(Buffer.from(noise(300, i)).toString('base64')), ['a', i]));

  test('is put apart where it would take more than half of a head’s room', async () => {
    const at = await scene();
    const small = await at.fold([commit(1, named(10))]);
    expect(small.baseExtent).toBeUndefined();
    const before = at.puts().length;
    const large = await at.fold([commit(1, named(60))]);
    expect(large.baseExtent).toBeDefined();
    const apart = new Set(large.baseExtent!.segments.map(({ object }) => object));
    expect([...apart].every((id) => at.puts().includes(id) && !young(large.base).objects.includes(id))).toBe(true);
    expect(at.puts().length).toBeGreaterThan(before + 1);
    const read = decodeBase(await at.read(large.baseExtent!));
    expect(read).toEqual(large.base);
  });
});

describe('folding', () => {
  test('does all under its signal, and hands over what is on its way at the end', async () => {
    const at = await scene(true);
    const { signal } = new AbortController();
    const first = await at.fold([commit(1, [change(books, ['a', 1])])]);
    at.calls.length = 0;
    const large = Array.from({ length: 60 }, (_, i) =>
      change(map(Buffer.from(noise(300, i)).toString('base64')), ['a', i]),
    );
    await at.fold([commit(2, [...large, change(map('s', { strategy: 'sparse' }), ['a', 1])])], first, signal);
    const verbs = at.calls.map(({ verb }) => verb);
    expect(verbs.filter((verb) => verb === 'put').length).toBeGreaterThan(2);
    expect(verbs.filter((verb) => verb === 'flush')).toEqual(['flush']);
    expect(verbs.at(-1)).toBe('flush');
    const log = logNodes(first.base)[0]!.extent.segments[0]!;
    const read = at.calls.filter(({ verb, ids }) => verb === 'get' && ids.includes(log.object));
    expect(read.some((call) => call.signal === signal)).toBe(true);
    for (const call of at.calls) if (call.verb !== 'get') expect([call.verb, call.signal]).toEqual([call.verb, signal]);
  });

  test('ends where its signal says so', async () => {
    const at = await scene();
    const tail = [commit(1, [change(books, ['a', 1])])];
    expect(await failureOf(() => at.fold(tail, EMPTY, AbortSignal.abort()))).toContain('ABORTED');
    expect(at.calls.filter(({ verb }) => verb === 'flush')).toEqual([]);
  });
});
