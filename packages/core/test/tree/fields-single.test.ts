import {
  Infinitree,
  Key,
  MemoryBackend,
  Serialized,
  SnapshotList,
  SnapshotMap,
  SnapshotSet,
  VersionedList,
  VersionedMap,
  VersionedSet,
} from '@infinitree/core';
import { collect } from './scene.js';

interface Plant {
  readonly id: number;
}

// That these lines compile is half of what is tested.
describe('a class that is a single field', () => {
  const options = () => ({ backend: new MemoryBackend(), key: Key.random() });

  test('is a map called root', async () => {
    const given = options();
    const tree = await Infinitree.create(VersionedMap<number, Plant>, given);
    tree.index.set(1, { id: 1 });
    // @ts-expect-error the wrong kind of key
    tree.index.set('x', { id: 1 });
    await tree.commit();
    const again = await Infinitree.open(VersionedMap<number, Plant>, given);
    expect((await again.get('root', 1))?.id satisfies number | undefined).toBe(1);
    const snapshots = await Infinitree.create(SnapshotMap<string, Plant>, options());
    snapshots.index.set('a', { id: 2 });
    expect(await collect(snapshots.entries('root'))).toEqual([['a', { id: 2 }]]);
  });

  test('or a set, a list or a single value', async () => {
    const set = await Infinitree.create(VersionedSet<string>, options());
    set.index.add('a');
    for await (const [k, v] of set.entries('root'))
      expect([k satisfies string, v satisfies string]).toEqual(['a', 'a']);
    const snapshotSet = await Infinitree.create(SnapshotSet<bigint>, options());
    snapshotSet.index.add(1n);
    expect((await snapshotSet.get('root', 1n)) satisfies bigint | undefined).toBe(1n);
    for (const List of [VersionedList<Plant>, SnapshotList<Plant>]) {
      const list = await Infinitree.create(List, options());
      list.index.push({ id: 1 }, { id: 2 });
      await list.commit();
      expect((await list.get('root', 1))?.id satisfies number | undefined).toBe(2);
      for await (const [i, plant] of list.entries('root')) expect((i satisfies number) + 1).toBe(plant.id);
      // @ts-expect-error places are numbers
      expect(await list.get('root', 'a')).toBeUndefined();
    }
    class Count extends Serialized<number> {
      constructor() {
        super(0);
      }
    }
    const cell = await Infinitree.create(Count, options());
    cell.index.value += 1;
    await cell.commit();
    expect(cell.index.value).toBe(1);
    // @ts-expect-error a single value has no entries
    expect(() => cell.entries('root')).toThrow('single value');
  });
});
