import {
  Infinitree,
  Key,
  MemoryBackend,
  registerIndex,
  SnapshotMap,
  VersionedList,
  VersionedMap,
} from '@infinitree/core';
import { KINDS, OBJECT_SIZE } from './scene.js';

interface Reading {
  n: number;
  at?: Date;
}

class Loose {
  versioned = new VersionedMap<string, Reading>({ freeze: false });
  sparse = new VersionedMap<string, Reading>({ freeze: false });
  snapshot = new SnapshotMap<string, Reading>({ freeze: false });
  list = new VersionedList<Reading>({ freeze: false });
}
const MAPS = ['versioned', 'sparse', 'snapshot'] as const;
registerIndex(Loose, {
  fields: [...MAPS, 'list'].map((name) => ({
    property: name,
    name,
    ...(name === 'sparse' ? { strategy: 'sparse' as const } : {}),
  })),
});

/** With something that cannot be frozen in it, and without. */
const KEYS = ['rich', 'plain'] as const;
const reading = (key: string, n: number): Reading => (key === 'rich' ? { n, at: new Date(n) } : { n });

function change(value: Reading): void {
  value.n = 2;
  value.at?.setTime(2);
}

async function reopened(heads: 'cas' | 'epoch') {
  const options = { backend: new MemoryBackend<'cas' | 'epoch'>({ heads }), key: Key.random() };
  const tree = await Infinitree.create(Loose, { ...options, objectSize: OBJECT_SIZE });
  for (const key of KEYS) {
    for (const name of MAPS) tree.index[name].set(key, reading(key, 1));
    tree.index.list.push(reading(key, 1));
  }
  await tree.commit();
  await tree.close();
  const again = await Infinitree.open(Loose, options);
  await again.load();
  return again;
}

describe.each(KINDS)('values of a field that freezes nothing, %s heads', (heads) => {
  test.each([...KEYS.entries()])(
    'are after loading what they were before: one object each, not frozen',
    async (place, key) => {
      const { index } = await reopened(heads);

      for (const read of [...MAPS.map((name) => () => index[name].get(key)), () => index.list.at(place)]) {
        const value = read() as Reading;
        expect(value).toEqual(reading(key, 1));
        expect(read()).toBe(value);
        change(value);
        expect(read()).toEqual(reading(key, 2));
      }
    },
  );

  test.each([...KEYS.entries()])(
    'may be changed in place, and the past stays even where it is stored anew',
    async (place, key) => {
      const tree = await reopened(heads);
      for (const name of MAPS) {
        const value = tree.index[name].get(key) as Reading;
        change(value);
        tree.index[name].set(key, value);
      }
      change(tree.index.list.at(place) as Reading);
      await tree.commit();

      const expectPast = async (ref: string) => {
        for (const name of MAPS) {
          expect([name, await tree.get(name, key)]).toEqual([name, reading(key, 2)]);
          expect([name, await (await tree.at(ref)).get(name, key)]).toEqual([name, reading(key, 1)]);
        }
        expect(await tree.get('list', place)).toEqual(reading(key, 1));
      };
      await expectPast('HEAD~1');
      for (let i = 0; i < 300; i++) await tree.commit({ mode: 'always' });
      await expectPast('HEAD~301');
    },
  );

  test('are stored as they were committed, though they are changed before they are folded', async () => {
    const options = { backend: new MemoryBackend<'cas' | 'epoch'>({ heads }), key: Key.random() };
    const tree = await Infinitree.create(Loose, { ...options, objectSize: OBJECT_SIZE });
    const values = KEYS.map((key) => [key, reading(key, 1)] as const);
    for (const [key, value] of values) for (const name of MAPS) tree.index[name].set(key, value);
    await tree.commit();
    for (const [, value] of values) change(value);
    for (let i = 0; i < 300; i++) await tree.commit({ mode: 'always' });
    await tree.close();

    const again = await Infinitree.open(Loose, options);
    for (const key of KEYS) {
      for (const name of MAPS) expect([name, await again.get(name, key)]).toEqual([name, reading(key, 1)]);
    }
  });
});
