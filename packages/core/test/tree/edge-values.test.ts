// Values and keys at the edges of what there is, from the call to a tree that was opened again.
import {
  type IndexKey,
  Infinitree,
  Key,
  MemoryBackend,
  registerIndex,
  Serialized,
  SnapshotList,
  SnapshotMap,
  VersionedList,
  VersionedMap,
  VersionedSet,
} from '@infinitree/core';
import { SeededRandom } from '@infinitree/testing';
import fc from 'fast-check';
import { anyKey } from '../codec/key-arbitraries.js';
import { expectSame } from '../codec/same.js';
import { anyValue } from '../codec/value-arbitraries.js';
import { code, collect, errorOf, KINDS, OBJECT_SIZE } from './scene.js';
import { compareKeys, nameOf } from './tree-model.js';

class Edge {
  local = new VersionedMap<IndexKey, unknown>();
  sparse = new VersionedMap<IndexKey, unknown>();
  snapshot = new SnapshotMap<IndexKey, unknown>();
  list = new VersionedList<unknown>();
  snapshotList = new SnapshotList<unknown>();
  set = new VersionedSet<IndexKey>();
  cell = new Serialized<unknown>('initial');
}
registerIndex(Edge, {
  fields: ['local', 'sparse', 'snapshot', 'list', 'snapshotList', 'set', 'cell'].map((property) => ({
    property,
    name: property,
    ...(property === 'sparse' ? { strategy: 'sparse' } : {}),
  })),
});

const MAPS = ['local', 'sparse', 'snapshot'] as const;
const LISTS = ['list', 'snapshotList'] as const;
const key = Key.random();

/** Bytes that cannot be compressed: beside them nothing rides in a frame, and values go into blocks and chunks. */
const BALLAST = new SeededRandom(3).bytes(40_000);

async function create(heads: (typeof KINDS)[number] = 'cas') {
  const backend = new MemoryBackend<'cas' | 'epoch'>({ heads });
  const tree = await Infinitree.create(Edge, { backend, key, objectSize: OBJECT_SIZE });
  return { backend, tree };
}

/** Checks that a tree holds these entries in each map, however it is asked. */
async function expectEntries(tree: Infinitree<Edge>, entries: readonly (readonly [IndexKey, unknown])[]) {
  for (const name of MAPS) {
    for (const [at, value] of entries) {
      expectSame(await tree.get(name, at), value);
      expect(await tree.has(name, at)).toBe(true);
    }
    expectSame(
      (await collect(tree.entries(name))).filter(([at]) => at !== 'ballast'),
      entries,
    );
  }
  await tree.load();
  for (const name of MAPS) {
    expectSame(
      [...tree.index[name]].filter(([at]) => at !== 'ballast'),
      entries,
    );
    for (const [at, value] of entries) expectSame(tree.index[name].get(at), value);
  }
}

describe.each(KINDS)('with %s heads', (heads) => {
  test.each([
    ['riding in a frame', false],
    ['in objects', true],
  ])(
    'every value comes back as it was, %s, from every kind of field',
    async (_, apart) => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyValue, { minLength: 1, maxLength: 12 }), async (values) => {
          const { backend, tree } = await create(heads);
          const { index } = tree;
          for (const name of MAPS) {
            values.forEach((value, i) => index[name].set(i, value));
            if (apart) index[name].set('ballast', BALLAST);
          }
          for (const name of LISTS) index[name].push(...values);
          index.cell.value = values[0];
          await tree.commit();
          await tree.close();

          const again = await Infinitree.open(Edge, { backend, key });
          await expectEntries(
            again,
            values.map((value, i) => [i, value] as const),
          );
          for (const name of LISTS) expectSame([...again.index[name]], values);
          expectSame(again.index.cell.value, values[0]);
          await again.close();
        }),
        { numRuns: 60, endOnFailure: true },
      );
    },
    60_000,
  );

  test('every key comes back as it was, in order, from every kind of field', async () => {
    const keys = fc.uniqueArray(anyKey, { minLength: 1, maxLength: 20, selector: (one) => nameOf(one) });
    await fc.assert(
      fc.asyncProperty(keys, async (given) => {
        const { backend, tree } = await create(heads);
        for (const one of given) {
          for (const name of MAPS) tree.index[name].set(one, one);
          tree.index.set.add(one);
        }
        await tree.commit();
        await tree.close();

        const again = await Infinitree.open(Edge, { backend, key });
        // -0 is kept as 0 where it is a key, and as itself where it is a value.
        const ordered = given.toSorted(compareKeys);
        const names = ordered.map(nameOf);
        for (const name of MAPS) {
          const found = await collect(again.entries(name));
          expect(found.map(([at]) => nameOf(at))).toEqual(names);
          expectSame(
            found.map(([, value]) => value),
            ordered,
          );
          expectSame(await again.getMany(name, given), given);
        }
        await again.load('set');
        expect([...again.index.set].map(nameOf)).toEqual(names);
        await again.close();
      }),
      { numRuns: 60, endOnFailure: true },
    );
  }, 60_000);
});

describe('a key', () => {
  // Three bytes of its encoding are framing.
  const longest: readonly (readonly [string, (length: number) => IndexKey])[] = [
    ['text', (length) => 'k'.repeat(length - 3)],
    ['bytes', (length) => new Uint8Array(length - 3).fill(7)],
    ['a tuple', (length) => ['k'.repeat(length - 5)]],
  ];

  test.each(longest)('of %s is at most 4 KiB long, and refused at the call beyond that', async (_, make) => {
    const { backend, tree } = await create();
    const { index } = tree;
    const [most, more] = [make(4096), make(4097)];
    const calls: (() => unknown)[] = [
      ...MAPS.flatMap((name) => [
        () => index[name].set(more, 1),
        () => index[name].insert(more, 1),
        () => index[name].get(more),
        () => index[name].delete(more),
        () => tree.get(name, more),
        () => tree.has(name, more),
        () => tree.entries(name, { gte: more }),
      ]),
      () => index.set.add(more),
    ];
    for (const call of calls) {
      const error = await errorOf(call);
      expect(error?.code).toBe(code('INVALID_ARGUMENT'));
      expect(error?.message).toContain('longer than 4096 bytes');
    }
    expect(await tree.commit()).toBeUndefined();

    for (const name of MAPS) index[name].set(most, 'longest');
    await tree.commit();
    // Through a fold, where the run's first and last key stand in the head.
    for (let i = 0; i < 300; i++) await tree.commit('fold', { mode: 'always' });
    await tree.close();
    const again = await Infinitree.open(Edge, { backend, key });
    await expectEntries(again, [[most, 'longest']]);
    const view = await again.at('HEAD~300');
    expect(await view.get('sparse', most)).toBe('longest');
    await again.close();
  });

  test('of an inherited name is a key like others', async () => {
    const { backend, tree } = await create();
    const names = ['', '__proto__', 'constructor', 'hasOwnProperty', 'prototype', 'toString'];
    for (const name of names) {
      for (const map of MAPS) {
        expect(tree.index[map].get(name)).toBeUndefined();
        tree.index[map].set(name, name);
      }
    }
    await tree.commit();
    await tree.close();
    const again = await Infinitree.open(Edge, { backend, key });
    expect(await again.get('sparse', 'valueOf')).toBeUndefined();
    await expectEntries(
      again,
      names.map((name) => [name, name] as const),
    );
    await again.close();
  });
});

test('records of one shape may have properties of inherited names', async () => {
  const { backend, tree } = await create();
  const record = (i: number): unknown =>
    JSON.parse(`{"__proto__": {"polluted": ${i}}, "constructor": ${i}, "toString": "x", "": ${i}}`);
  const entries = Array.from({ length: 10 }, (_, i) => [i, record(i)] as const);
  for (const map of MAPS) for (const [i, value] of entries) tree.index[map].set(i, value);
  await tree.commit();
  await tree.close();
  const again = await Infinitree.open(Edge, { backend, key });
  await expectEntries(again, entries);
  expect('polluted' in {}).toBe(false);
  await again.close();
});

describe('what cannot be stored', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = [cycle];
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = [deep];

  test.each<[string, unknown]>([
    ['a symbol', { a: Symbol('secret') }],
    ['a function', [() => 'secret']],
    ['an instance of a class', { a: new (class Secret {})() }],
    ['an invalid date', new Date(Number.NaN)],
    ['a sparse array', [1, , 'secret']],
    ['an enormous sparse array', new Array(2 ** 32 - 1)],
    ['a cycle', cycle],
    ['a very deep value', deep],
    ['a promise', Promise.resolve('secret')],
    ['a weak map', new WeakMap()],
    ['half a character', 'secret\ud800'],
  ])('is refused at the call and leaves nothing staged: %s', async (_, value) => {
    const { tree } = await create();
    const { index } = tree;
    for (const name of MAPS) index[name].set('there', 1);
    await tree.commit();
    const calls: (() => unknown)[] = [
      ...MAPS.flatMap((name) => [
        () => index[name].set('a', value),
        () => index[name].insert('a', value),
        () => index[name].update('there', () => value),
      ]),
      ...LISTS.map((name) => () => index[name].push(1, value)),
      () => {
        index.cell.value = value;
      },
      () => tree.commit({ data: value, mode: 'always' }),
    ];
    for (const call of calls) {
      const error = await errorOf(call);
      expect(error?.code).toBe(code('INVALID_ARGUMENT'));
      expect(error?.message).not.toContain('secret');
    }
    expect(await tree.commit()).toBeUndefined();
    for (const name of MAPS) expect([...index[name]]).toEqual([['there', 1]]);
    await tree.close();
  });
});
