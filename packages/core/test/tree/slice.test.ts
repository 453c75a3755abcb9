import { Infinitree, Key, MemoryBackend, registerIndex, Serialized, VersionedMap } from '@infinitree/core';

interface Plant {
  readonly id: number;
  readonly temperature: number;
}

class Measurements {
  lastTime = new Serialized<number>(0);
  plants = new VersionedMap<number, Plant>();
}
registerIndex(Measurements, {
  fields: [
    { property: 'lastTime', name: 'last_time' },
    { property: 'plants', name: 'plants' },
  ],
});

const OBJECT_SIZE = 65_536;

describe.each(['cas', 'epoch'] as const)('a tree in memory with %s heads', (heads) => {
  const key = Key.random();

  async function create() {
    const backend = new MemoryBackend({ heads });
    const tree = await Infinitree.create(Measurements, { backend, key, objectSize: OBJECT_SIZE });
    return { backend, tree };
  }

  test('commits, opens again, loads and gets', async () => {
    const { backend, tree } = await create();
    tree.index.plants.insert(1, { id: 1, temperature: 23.5 });
    tree.index.lastTime.value = 7;
    const first = await tree.commit('first');
    expect(first).toMatchObject({ sequence: 1, message: 'first', parent: undefined });
    expect(await tree.commit('nothing')).toBeUndefined();
    await tree.close();

    const again = await Infinitree.open(Measurements, { backend, key });
    expect(again.index.plants.state).toBe('none');
    expect(await again.get('plants', 1)).toEqual({ id: 1, temperature: 23.5 });
    expect(await again.has('plants', 2)).toBe(false);
    await again.load();
    expect(again.index.plants.get(1)).toEqual({ id: 1, temperature: 23.5 });
    expect(again.index.lastTime.value).toBe(7);
    again.index.plants.set(2, { id: 2, temperature: 1 });
    await again.commit('second');
    const view = await again.at('HEAD~1');
    await view.load();
    expect([...view.index.plants.keys()]).toEqual([1]);
    await again.close();
  });

  test('many small commits fold and stay readable', async () => {
    const { backend, tree } = await create();
    for (let i = 1; i <= 400; i++) {
      tree.index.plants.set(i % 50, { id: i, temperature: i / 2 });
      await tree.commit(`commit ${i}`);
    }
    await tree.close();
    const again = await Infinitree.open(Measurements, { backend, key, readonly: true });
    const commits = await again.commits();
    expect(commits.map((commit) => commit.message)).toEqual(Array.from({ length: 400 }, (_, i) => `commit ${i + 1}`));
    await again.load('plants');
    expect(again.index.plants.size).toBe(50);
    expect(again.index.plants.get(0)).toEqual({ id: 400, temperature: 200 });
    const past = await again.at('HEAD~300');
    await past.load();
    expect(past.index.plants.get(0)).toEqual({ id: 100, temperature: 50 });
    await again.close();
  });

  test('a large commit goes into objects', async () => {
    const { backend, tree } = await create();
    for (let i = 0; i < 20_000; i++) tree.index.plants.set(i, { id: i, temperature: Math.sin(i) });
    await tree.commit('bulk');
    tree.index.plants.delete(5);
    await tree.commit('less');
    await tree.close();
    const again = await Infinitree.open(Measurements, { backend, key });
    expect(await again.get('plants', 12_345)).toEqual({ id: 12_345, temperature: Math.sin(12_345) });
    expect(await again.get('plants', 5)).toBeUndefined();
    const found: number[] = [];
    for await (const [id] of again.entries('plants', { gte: 3, lt: 9 })) found.push(id);
    expect(found).toEqual([3, 4, 6, 7, 8]);
    await again.load();
    expect(again.index.plants.size).toBe(19_999);
    await again.close();
  });
});
