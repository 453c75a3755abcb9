// Merging by itself: whatever packs are merged in whatever order, every read of every commit finds what it did.
import { MemoryBackend, type ObjectId } from '@infinitree/core';
import fc from 'fast-check';
import type { CanonicalKey } from '../../../src/codec/index-key.js';
import { BLOCK_TARGET } from '../../../src/format/limits.js';
import { ObjectReader } from '../../../src/object/object-reader.js';
import { ObjectWriter } from '../../../src/object/object-writer.js';
import { checkPacks } from '../../../src/tree/care/invariants.js';
import { BlockStore } from '../../../src/tree/read/block-store.js';
import { TOMBSTONE } from '../../../src/tree/read/inline-table.js';
import { newestVersion } from '../../../src/tree/read/lookup.js';
import { scan } from '../../../src/tree/read/scan.js';
import { clearedAt, type Window } from '../../../src/tree/read/window.js';
import { type Base, leftBehind } from '../../../src/tree/records/base.js';
import type { Pack } from '../../../src/tree/records/pack.js';
import { Slices } from '../../../src/tree/slices.js';
import { type HeadPosition, makeSnapshot } from '../../../src/tree/snapshot.js';
import { mergePacks, withMerged } from '../../../src/tree/write/merge-packs.js';
import { RunSink } from '../../../src/tree/write/run-sink.js';
import { makeScene, noise } from '../../object/scene.js';
import { withRunsOf } from './few-blocks.js';

const FIELD = { name: 'field', type: 'versioned-map', strategy: 'local' };
const KEYS = ['a', 'b', 'c', 'd'];
const POSITION: HeadPosition = {
  id: 'a'.repeat(64) as ObjectId,
  keyEpoch: 0,
  epoch: 1,
  headSequence: 1,
  hash: noise(32),
};
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

/** What a commit does to each key it names: `undefined` takes it away. Sequences count from 1. */
interface Commit {
  readonly clears: boolean;
  readonly ops: ReadonlyMap<CanonicalKey, number | string | undefined>;
  /** In which pack its entries are. */
  readonly pack: number;
}

const commitOf = <T>(value: fc.Arbitrary<T>) =>
  fc.record({
    clears: fc.nat(9).map((n) => n === 0),
    ops: fc
      .dictionary(fc.constantFrom(...KEYS), fc.option(value, { nil: undefined }))
      .map((all) => new Map(Object.entries(all))),
    pack: fc.nat(4),
  });
const small = commitOf(fc.nat(99));
/** No two of them fit into one block. */
const large = commitOf(fc.nat(99).map((n) => `${n}`.padEnd(BLOCK_TARGET / 2)));

async function place() {
  const { context } = await makeScene({ backend: new MemoryBackend() });
  const reader = new ObjectReader(context);
  return { context, reader, blocks: new BlockStore(reader, 0), slices: new Slices('The test', undefined) };
}
type Place = Awaited<ReturnType<typeof place>>;

async function packOf({ context }: Place, commits: readonly Commit[], pack: number): Promise<Pack | undefined> {
  const objects = new ObjectWriter(context, 'index');
  const sink = new RunSink(objects);
  for (const key of KEYS) {
    for (const [i, { ops, pack: own }] of [...commits.entries()].reverse()) {
      if (own !== pack || !ops.has(key)) continue;
      const value = ops.get(key);
      sink.add(key, { sequence: i + 1, kind: value === undefined ? TOMBSTONE : 0, value });
    }
  }
  const runs = await sink.finish(undefined);
  await objects.flush();
  if (runs.length === 0) return undefined;
  // What a fold makes may have several versions of a key.
  return {
    objects: objects.objects,
    bytes: objects.written,
    runs: runs.map((run) => ({ field: FIELD, run: { ...run, isUnique: false } })),
    log: [],
  };
}

async function baseOf(at: Place, commits: readonly Commit[]): Promise<Base> {
  const packs: Pack[] = [];
  for (let pack = 0; pack < 5; pack++) {
    const made = await packOf(at, commits, pack);
    if (made !== undefined) packs.push(made);
  }
  const clears = [...commits.entries()].filter(([, each]) => each.clears).map(([i]) => i + 1);
  return { last: undefined, fields: [{ field: FIELD, clears }], packs, isYoung: false };
}

async function merged(at: Place, base: Base, packs: readonly Pack[]): Promise<Base> {
  const objects = new ObjectWriter(at.context, 'index');
  const tools = { ...at, objects, signal: undefined, onEntries: () => undefined };
  const one = await mergePacks(tools, base, packs);
  await objects.flush();
  return withMerged(base, packs, one);
}

/** What the commits of a window have made of a key: its value, that it is gone, or that they say nothing of it. */
function expected(commits: readonly Commit[], key: CanonicalKey, { from, to }: Window): unknown {
  let found: unknown = 'nothing';
  for (const { clears, ops } of commits.slice(from - 1, to)) {
    if (clears) found = 'nothing';
    if (ops.has(key)) found = ops.get(key) ?? 'gone';
  }
  return found;
}

async function check(at: Place, base: Base, commits: readonly Commit[]): Promise<void> {
  const sources = makeSnapshot(POSITION, base, undefined, [], CARE).fields.get('field\0versioned-map')!;
  for (let from = 1; from <= commits.length; from++) {
    for (let to = from; to <= commits.length; to++) {
      const window = { from, to };
      const scanned = new Map<CanonicalKey, unknown>();
      for await (const { keys, values, kinds } of scan(at.blocks, sources, window, {})) {
        keys.forEach((key, i) => scanned.set(key, kinds?.[i] === TOMBSTONE ? 'gone' : values.at(i)));
      }
      for (const key of KEYS) {
        const version = await newestVersion(at.blocks, sources, key, window);
        const looked = version === undefined ? 'nothing' : version.kind === TOMBSTONE ? 'gone' : version.value;
        const found = [looked, scanned.get(key) ?? 'nothing'];
        const should = expected(commits, key, window);
        // From the first commit on nobody can tell what is gone from what never was.
        const shown = (one: unknown) => (from === 1 && one === 'gone' ? 'nothing' : one);
        expect([window, key, ...found.map(shown)]).toEqual([window, key, shown(should), shown(should)]);
      }
    }
  }
}

async function anyMerges(
  commit: fc.Arbitrary<Omit<Commit, 'ops'> & { readonly ops: Map<string, number | string | undefined> }>,
  numRuns: number,
): Promise<number> {
  const order = fc.array(fc.tuple(fc.nat(9), fc.nat(9), fc.boolean()), { minLength: 1, maxLength: 5 });
  let most = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(commit, { minLength: 1, maxLength: 9 }), order, async (commits, merges) => {
      const at = await place();
      let base = await baseOf(at, commits);
      await check(at, base, commits);
      for (const [a, b, all] of merges) {
        if (base.packs.length === 0) return;
        const [one, other] = [a % base.packs.length, b % base.packs.length];
        const packs = all ? base.packs : base.packs.filter((_, i) => i === one || i === other);
        const before = base;
        base = await merged(at, before, packs);
        checkPacks(base, commits.length);
        most = Math.max(most, ...base.packs.map(({ runs }) => runs.length));
        expect(base.packs.length).toBe(before.packs.length - packs.length + 1);
        expect(new Set(leftBehind(before, base, []))).toEqual(new Set(packs.flatMap(({ objects }) => objects)));
        // What is left behind is not needed.
        await at.context.backend.delete(leftBehind(before, base, []));
        await check(at, base, commits);
      }
    }),
    { numRuns },
  );
  return most;
}

test('whatever is merged, every window of commits shows what it did', async () => {
  expect(await anyMerges(small, 150)).toBe(2);
});

test.each([1, 2])('and so it does where runs have no more than about %i blocks', async (blocks) => {
  expect(await withRunsOf({ blocks }, () => anyMerges(large, 5))).toBeGreaterThan(2);
});

describe('what is live', () => {
  const set = (...pairs: [string, number | undefined][]): Commit => ({ clears: false, ops: new Map(pairs), pack: 0 });
  const live = (base: Base) => base.packs.flatMap(({ runs }) => runs).filter(({ run }) => run.shadowedBy === undefined);
  const history = (base: Base) =>
    base.packs.flatMap(({ runs }) => runs).filter(({ run }) => run.shadowedBy !== undefined);

  test('is in one run, with each key once, and what was in another', async () => {
    const at = await place();
    const commits = [set(['a', 1], ['b', 1]), { ...set(['a', 2]), pack: 1 }, { ...set(['a', 3]), pack: 2 }];
    const base = await baseOf(at, commits);
    const all = await merged(at, base, base.packs);
    expect(live(all)).toMatchObject([{ run: { count: 2, firstSequence: 1, lastSequence: 3, isUnique: true } }]);
    expect(history(all)).toMatchObject([{ run: { count: 2, firstSequence: 1, lastSequence: 2, shadowedBy: 3 } }]);
  });

  test('holds nothing of keys that are gone, once nothing older of them is anywhere else', async () => {
    const at = await place();
    const commits = [
      set(['a', 1], ['d', 1]),
      { ...set(['a', undefined], ['b', 1]), pack: 1 },
      { ...set(['b', undefined]), pack: 2 },
    ];
    const base = await baseOf(at, commits);
    // The first pack spans both keys, and what it holds of them is older.
    const later = await merged(at, base, base.packs.slice(1));
    expect(live(later).map(({ run }) => run.count)).toEqual([2, 2]);
    const all = await merged(at, later, later.packs);
    expect(live(all)).toMatchObject([{ run: { firstKey: 'd', count: 1 } }]);
    expect(history(all)).toMatchObject([{ run: { count: 4, shadowedBy: 3 } }]);
  });

  test('is nothing of what was before a clear', async () => {
    const at = await place();
    const commits = [set(['a', 1]), { ...set(['b', 2]), clears: true, pack: 1 }];
    const base = await baseOf(at, commits);
    expect(clearedAt(base.fields[0]!.clears, { from: 1, to: 2 })).toBe(2);
    const all = await merged(at, base, base.packs);
    expect(live(all)).toMatchObject([{ run: { firstKey: 'b', count: 1 } }]);
    expect(history(all)).toMatchObject([{ run: { firstKey: 'a', count: 1, shadowedBy: 2 } }]);
  });

  test('is there once, though two runs have the same of one commit', async () => {
    const at = await place();
    const commits = [set(['a', 1], ['b', 1]), set(['a', 2])];
    const { packs, ...base } = await baseOf(at, commits);
    const all = await merged(at, { ...base, packs: [...packs, ...packs] }, [...packs, ...packs]);
    expect([live(all)[0]?.run.count, history(all)[0]?.run.count]).toEqual([2, 1]);
    await check(at, all, commits);
  });

  test('takes as many blocks as it takes, and so does one key with many versions', async () => {
    const at = await place();
    const commits = Array.from({ length: 60 }, (_, i) => set(['a', i], ['b', i]));
    const large = { ...at, base: await baseOf(at, commits) };
    const all = await merged(at, large.base, large.base.packs);
    expect(history(all)[0]?.run.count).toBe(118);
    await check(at, all, commits.slice(0, 3));
  });
});
