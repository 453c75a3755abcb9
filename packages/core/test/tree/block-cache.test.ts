import { Infinitree, InterceptedBackend, Key, MemoryBackend, type ObjectId } from '@infinitree/core';
import { SeededRandom } from '@infinitree/testing';
import { code, codeOf, mapClass, OBJECT_SIZE } from './scene.js';

const One = mapClass<string>('map');
const Apart = mapClass<string>('apart', 'sparse');

/** How many objects, or parts of some, are fetched to look up keys twice. */
async function fetched(memory?: { readonly blockCache?: number }): Promise<number[]> {
  const key = Key.random();
  let gets = 0;
  const backend = new InterceptedBackend(new MemoryBackend(), {
    call: ({ verb }, work) => {
      if (verb === 'get') gets += 1;
      return work();
    },
    walk: (_, list) => list(),
  });
  await using tree = await Infinitree.create(One, { backend, key, objectSize: OBJECT_SIZE });
  for (let i = 0; i < 20_000; i++) tree.index.map.set(`key ${i}`, `value ${i}`);
  await tree.commit();
  await using again = await Infinitree.open(One, { backend, key, readonly: true, memory });
  const counts: number[] = [];
  for (const _ of [1, 2]) {
    gets = 0;
    for (let i = 0; i < 20_000; i += 500) expect(await again.get('map', `key ${i}`)).toBe(`value ${i}`);
    counts.push(gets);
  }
  return counts;
}

test('what was read is kept within the budget', async () => {
  const [first, second] = await fetched();
  expect(first).toBeGreaterThan(3);
  expect(second).toBe(0);
  const [, again] = await fetched({ blockCache: 0 });
  expect(again).toBeGreaterThan(5);
  expect((await fetched({}))[1]).toBe(0);
});

test.each([[{ blockCache: -1 }], [{ blockCache: Number.NaN }], [{ blockCache: '1' }], [1]])(
  'a budget of %j is refused',
  async (memory) => {
    const open = () =>
      Infinitree.open(One, {
        backend: new MemoryBackend(),
        key: Key.random(),
        memory: memory as { blockCache: number },
      });
    expect(await codeOf(open)).toBe(code('INVALID_ARGUMENT'));
  },
);

/** A tree of one map, of which neighbours by key came with different commits; and the ids of what is fetched of it. */
async function interleaved(target: typeof One, entries: number, valueOf: (i: number) => string) {
  const key = Key.random();
  const fetched: ObjectId[] = [];
  const backend = new InterceptedBackend(new MemoryBackend(), {
    call: ({ verb, ids }, work) => {
      if (verb === 'get') fetched.push(...ids);
      return work();
    },
    walk: (_, list) => list(),
  });
  const tree = await Infinitree.create(target, { backend, key, objectSize: OBJECT_SIZE });
  for (let from = 0; from < 4; from++) {
    for (let i = from; i < entries; i += 4) tree.index.map.set(`key ${i}`, valueOf(i));
    await tree.commit();
  }
  await tree.close();
  return { fetched, open: () => Infinitree.open(target, { backend, key, memory: { blockCache: 4 * 1024 * 1024 } }) };
}

test('many keys are looked up in their order, so that a block is read for all of its keys at once', async () => {
  const valueOf = (i: number) => `${i} `.repeat(40);
  const { fetched, open } = await interleaved(One, 20_000, valueOf);
  await using tree = await open();
  // As far from their order as can be, each twice, some that are not there, and one that is staged.
  const asked = Array.from({ length: 10_000 }, (_, i) => ((i * 7919) % 10_000) * 2);
  const keys = [6, ...asked, -1, ...asked, 20_001];
  fetched.length = 0;
  const found = tree.getMany(
    'map',
    keys.map((i) => `key ${i}`),
  );
  tree.index.map.set('key 6', 'changed behind the call');
  expect(await found).toEqual(keys.map((i) => (i < 0 || i > 20_000 ? undefined : valueOf(i))));
  expect(fetched.length).toBeLessThan(500);
  expect(await tree.getMany('map', ['key 8', 'key 6'])).toEqual([valueOf(8), 'changed behind the call']);
});

test('values that stand apart are read where they lie, one after the other', async () => {
  const text = Buffer.from(new SeededRandom(1).bytes(20_000)).toString('latin1');
  // It does not pack.
  const valueOf = (i: number) => text.slice(i, i + 1100);
  const { fetched, open } = await interleaved(Apart, 1000, valueOf);
  await using tree = await open();
  fetched.length = 0;
  const keys = Array.from({ length: 1000 }, (_, i) => (i * 7919) % 1000);
  const names = keys.map((i) => `key ${i}`);
  expect(await tree.getMany('map', names)).toEqual(keys.map(valueOf));
  // What says where they are has been read before.
  const last = [...new Set(fetched)].slice(-12);
  expect(last).toEqual(last.toSorted());
});
