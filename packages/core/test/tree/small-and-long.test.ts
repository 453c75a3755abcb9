// Trees without a commit, of many fields, and of a long history.
import { Infinitree, Key, MemoryBackend, registerIndex, VersionedMap } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { code, codeOf, collect, Garden, KINDS, mapClass, OBJECT_SIZE } from './scene.js';

const key = Key.random();

describe.each(KINDS)('a tree without a commit, %s heads', (heads) => {
  test('can be closed, opened and asked for everything, and has nothing', async () => {
    const backend = new MemoryBackend<'cas' | 'epoch'>({ heads });
    await (await Infinitree.create(Garden, { backend, key, objectSize: OBJECT_SIZE })).close();

    for (const readonly of [false, true]) {
      const tree = await Infinitree.open(Garden, { backend, key, readonly });
      expect(await tree.commits()).toEqual([]);
      expect(await collect(tree.log())).toEqual([]);
      expect(await tree.get('plants', 1)).toBeUndefined();
      expect(await tree.has('plants', 1)).toBe(false);
      expect(await tree.getMany('notes', ['a', 'b'])).toEqual([undefined, undefined]);
      expect(await collect(tree.entries('plants'))).toEqual([]);
      expect(await collect(tree.entries('plants', { reverse: true }))).toEqual([]);
      expect(await collect(tree.entries('plants', { keysOnly: true }))).toEqual([]);
      for (const ref of ['HEAD', 'HEAD~1', new Date(), 'ab'.repeat(32)]) {
        expect(await codeOf(() => tree.at(ref))).toBe(code('INVALID_ARGUMENT'));
      }
      await tree.refresh();
      await tree.load();
      expect([tree.index.plants.size, tree.index.notes.size, tree.index.lastTime.value]).toEqual([0, 0, 0]);
      if (!readonly) expect(await tree.commit()).toBeUndefined();
      await tree.close();
    }
  });

  test('can be committed to after it was opened again', async () => {
    const backend = new MemoryBackend<'cas' | 'epoch'>({ heads });
    await (await Infinitree.create(Garden, { backend, key, objectSize: OBJECT_SIZE })).close();
    const tree = await Infinitree.open(Garden, { backend, key });
    tree.index.notes.set('', '');
    expect(await tree.commit()).toMatchObject({ sequence: 1, message: '', parent: undefined });
    await tree.close();
    const again = await Infinitree.open(Garden, { backend, key });
    expect(await again.get('notes', '')).toBe('');
    await again.close();
  });
});

test.each(KINDS)(
  'a tree of 50 fields is committed, opened, folded and loaded as one of few, %s heads',
  async (heads) => {
    const names = Array.from({ length: 50 }, (_, i) => `field${i}`);
    class Fifty {
      constructor() {
        for (const name of names) Reflect.set(this, name, new VersionedMap<string, unknown>());
      }
    }
    registerIndex(Fifty, {
      fields: names.map((property, i) => ({
        property,
        name: property,
        ...(i % 2 === 1 ? { strategy: 'sparse' } : {}),
      })),
    });
    type Index = Record<string, VersionedMap<string, unknown>>;
    const open = async () => (await Infinitree.open(Fifty, { backend, key })) as unknown as Infinitree<Index>;
    const backend = new MemoryBackend<'cas' | 'epoch'>({ heads });
    await (await Infinitree.create(Fifty, { backend, key, objectSize: OBJECT_SIZE })).close();

    const tree = await open();
    // What one commit brings to all of them is more than it may carry; then small ones, until they are folded.
    const text = 'x'.repeat(1000);
    for (const name of names) for (let i = 0; i < 20; i++) tree.index[name]!.set(`${name} ${i}`, { text, i });
    await tree.commit('all');
    for (let i = 0; i < 300; i++) {
      tree.index[names[i % 50]!]!.set('last', i);
      await tree.commit(String(i));
    }
    await tree.close();

    const again = await open();
    const view = await again.at('HEAD~300');
    for (const [i, name] of names.entries()) {
      expect(await again.get(name, `${name} 19`)).toEqual({ text, i: 19 });
      expect(await again.get(name, 'last')).toBe(250 + i);
      expect(await view.has(name, 'last')).toBe(false);
    }
    await again.load();
    for (const name of names) expect(again.index[name]!.size).toBe(21);
    await again.close();
  },
  60_000,
);

// `npm run test:scale -- --only commits` does it with 10,000.
test.each([
  ['epoch', 5000],
  ['cas', 1500],
] as const)(
  'with %s heads, %d commits of one record keep all of history, and open with few reads',
  async (heads, count) => {
    const Log = mapClass<number>('log');
    const backend = new FailingBackend(new MemoryBackend<'cas' | 'epoch'>({ heads }));
    const tree = await Infinitree.create(Log, { backend, key, objectSize: OBJECT_SIZE });
    for (let i = 1; i <= count; i++) {
      tree.index.map.set(`key ${i % 100}`, i);
      await tree.commit(`commit ${i}`);
    }
    await tree.close();

    backend.clearLog();
    const again = await Infinitree.open(Log, { backend, key });
    const reads = ['get', 'heads.read', 'keyObjects.get'] as const;
    // The credential's object, both slots or the newest epochs, and if at all one base that stands apart.
    expect(reads.reduce((sum, verb) => sum + backend.count(verb), 0)).toBeLessThanOrEqual(4);
    const commits = await again.commits();
    expect(commits.length).toBe(count);
    expect(commits.every(({ sequence, message }, i) => sequence === i + 1 && message === `commit ${i + 1}`)).toBe(true);
    const first = await again.at(`HEAD~${count - 1}`);
    expect(await collect(first.entries('map'))).toEqual([['key 1', 1]]);
    expect(await codeOf(() => again.at(`HEAD~${count}`))).toBe(code('INVALID_ARGUMENT'));
    const middle = await again.at(commits[999]!.id);
    expect(await middle.get('map', 'key 0')).toBe(1000);
    expect(await middle.get('map', 'key 1')).toBe(901);
    await again.load();
    expect([...again.index.map.values()].toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, i) => count - 99 + i),
    );
    await again.close();
  },
  120_000,
);
