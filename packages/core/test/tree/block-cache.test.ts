import { Infinitree, InterceptedBackend, Key, MemoryBackend } from '@infinitree/core';
import { code, codeOf, mapClass, OBJECT_SIZE } from './scene.js';

const One = mapClass<string>('map');

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
  expect(again).toBeGreaterThan(20);
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
