import {
  Infinitree,
  Key,
  MemoryBackend,
  registerIndex,
  type SchemaWarning,
  Serialized,
  SnapshotMap,
  VersionedList,
  VersionedMap,
  VersionedSet,
} from '@infinitree/core';
import { hooked } from './commit/scene.js';

class Before {
  lastTime = new Serialized<string>('');
  plants = new VersionedMap<number, string>();
  words = new VersionedSet<string>();
  lines = new VersionedList<string>();
}
registerIndex(Before, {
  fields: [
    { property: 'lastTime', name: 'last_time' },
    { property: 'plants', name: 'plants' },
    { property: 'words', name: 'words' },
    { property: 'lines', name: 'lines' },
  ],
});

class After {
  time = new Serialized<number>(0);
  herbs = new SnapshotMap<number, { readonly name: string }>();
  terms = new VersionedSet<string>();
  rows = new VersionedList<string>();
}
registerIndex(After, {
  fields: [
    { property: 'time', name: 'last_time2', from: 'last_time', migrate: (old: string) => Number(old) },
    { property: 'herbs', name: 'herbs', from: 'plants', migrate: (old: string) => ({ name: old }) },
    { property: 'terms', name: 'terms', from: 'words' },
    { property: 'rows', name: 'rows', from: 'lines' },
  ],
});

describe('a field that was moved', () => {
  const key = Key.random();

  async function stored() {
    const backend = new MemoryBackend();
    await using tree = await Infinitree.create(Before, { backend, key, objectSize: 65_536 });
    tree.index.lastTime.value = '7';
    tree.index.plants.set(1, 'mint').set(2, 'sage');
    tree.index.words.add('b').add('a');
    tree.index.lines.push('x', 'y');
    await tree.commit('old names');
    return backend;
  }

  test('is read under its old name, in memory, before it is moved', async () => {
    const backend = await stored();
    await using tree = await Infinitree.open(After, { backend, key, readonly: true });
    expect(await tree.get('herbs', 2)).toEqual({ name: 'sage' });
    expect(await tree.has('terms', 'a')).toBe(true);
    const rows: unknown[] = [];
    for await (const entry of tree.entries('rows')) rows.push(entry);
    expect(rows).toEqual([
      [0, 'x'],
      [1, 'y'],
    ]);
    await tree.load();
    expect(tree.index.time.value).toBe(7);
    expect([...tree.index.herbs.values()]).toEqual([{ name: 'mint' }, { name: 'sage' }]);
  });

  test('moves with the commit that follows its load, and old commits are read as before', async () => {
    const backend = await stored();
    {
      await using tree = await Infinitree.open(After, { backend, key });
      expect(() => {
        tree.index.time.value = 1;
      }).toThrow(expect.objectContaining({ code: 'INFINITREE_NOT_LOADED' }) as Error);
      await tree.load();
      tree.index.herbs.set(3, { name: 'dill' });
      tree.index.herbs.delete(1);
      tree.index.rows.push('z');
      const seen: unknown[] = [];
      for await (const [id] of tree.entries('herbs')) seen.push(id);
      expect(seen).toEqual([2, 3]);
      expect(await tree.has('herbs', 1)).toBe(false);
      await tree.commit('new names');
      expect(await tree.commit('nothing more')).toBeUndefined();
      expect(tree.schema().undeclared).toEqual([]);
    }
    {
      await using tree = await Infinitree.open(After, { backend, key });
      tree.index.time.value = 8;
      await tree.commit();
      await tree.load();
      expect(tree.index.time.value).toBe(8);
      expect([...tree.index.herbs.keys()]).toEqual([2, 3]);
      expect([...tree.index.terms]).toEqual(['a', 'b']);
      expect([...tree.index.rows]).toEqual(['x', 'y', 'z']);
      const past = await tree.at('HEAD~2');
      await past.load();
      expect(past.index.time.value).toBe(7);
      expect([...past.index.herbs.keys()]).toEqual([1, 2]);
      await tree.load('herbs', { commits: { upTo: 'HEAD~2' } });
      expect([...tree.index.herbs.keys()]).toEqual([1, 2]);
    }
    await using old = await Infinitree.open(Before, { backend, key, readonly: true });
    expect(await old.has('plants', 1)).toBe(false);
    expect(await (await old.at('HEAD~2')).get('plants', 1)).toBe('mint');
  });

  test('is not moved over what another writer did meanwhile', async () => {
    const backend = await stored();
    await using mine = await Infinitree.open(After, { backend, key });
    await mine.load();
    {
      await using other = await Infinitree.open(Before, { backend, key });
      other.index.plants.set(9, 'thyme');
      await other.commit();
    }
    await expect(mine.commit()).rejects.toMatchObject({ code: 'INFINITREE_CONFLICT' });
    await expect(mine.refresh()).rejects.toMatchObject({
      code: 'INFINITREE_CONFLICT',
      conflicts: expect.arrayContaining([expect.objectContaining({ field: 'herbs' })]) as unknown,
    });
    await mine.load();
    await mine.commit();
    expect(await mine.get('herbs', 9)).toEqual({ name: 'thyme' });
  });

  test('is read again where another writer changed it while it was read', async () => {
    const backend = new MemoryBackend();
    let release: (() => void) | undefined;
    let hold = false;
    // What does not fit into a head is read by `get`.
    const slow = hooked(backend, (verb, phase) => {
      if (verb !== 'get' || phase !== 'before' || !hold) return;
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    });
    {
      await using tree = await Infinitree.create(Before, { backend, key, objectSize: 65_536 });
      for (let i = 0; i < 2000; i++) tree.index.plants.set(i, `plant ${i} ${Math.sin(i)}`);
      await tree.commit();
    }
    await using mine = await Infinitree.open(After, { backend: slow, key });
    hold = true;
    const loading = mine.load('herbs');
    while (release === undefined) await new Promise(setImmediate);
    {
      await using other = await Infinitree.open(Before, { backend, key });
      other.index.plants.set(9, 'thyme').delete(1);
      await other.commit();
    }
    hold = false;
    await mine.refresh();
    release();
    await loading;
    await mine.commit();
    expect(await mine.get('herbs', 9)).toEqual({ name: 'thyme' });
    expect(await mine.has('herbs', 1)).toBe(false);
    expect(mine.index.herbs.size).toBe(1999);
  });

  test('stays moved where the past was looked at before the commit', async () => {
    const backend = await stored();
    await using tree = await Infinitree.open(After, { backend, key });
    await tree.load();
    await tree.load('herbs', { commits: { single: 'HEAD' } });
    await tree.load('herbs');

    expect([...tree.index.herbs.keys()]).toEqual([1, 2]);
    tree.index.herbs.delete(1);
    await tree.commit();
    expect([...tree.index.herbs.keys()]).toEqual([2]);
    expect(await tree.has('herbs', 1)).toBe(false);
  });

  test('is moved as a whole, even by a load of a part', async () => {
    const backend = await stored();
    await using tree = await Infinitree.open(After, { backend, key });
    await tree.load({ where: () => false });
    await tree.commit();
    await tree.load();
    expect([...tree.index.herbs.keys()]).toEqual([1, 2]);
    expect([...tree.index.terms]).toEqual(['a', 'b']);
  });

  test('a migration that throws is SCHEMA, and nothing is changed', async () => {
    const backend = await stored();
    const boom = new Error('boom');
    class Broken {
      time = new Serialized<number>(0);
    }
    registerIndex(Broken, {
      fields: [
        {
          property: 'time',
          name: 'new',
          from: 'last_time',
          migrate: () => {
            throw boom;
          },
        },
      ],
    });
    await using tree = await Infinitree.open(Broken, { backend, key });
    await expect(tree.load()).rejects.toMatchObject({ code: 'INFINITREE_SCHEMA', cause: boom });
    expect(tree.index.time.state).toBe('none');
  });

  test('cannot change its kind on the way', async () => {
    const backend = await stored();
    class Wrong {
      time = new VersionedMap<number, number>();
    }
    registerIndex(Wrong, { fields: [{ property: 'time', name: 'new', from: 'last_time' }] });
    await expect(Infinitree.open(Wrong, { backend, key })).rejects.toMatchObject({ code: 'INFINITREE_SCHEMA' });
  });
});

test('an accidental rename is told when the tree is opened', async () => {
  const backend = new MemoryBackend();
  const key = Key.random();
  {
    await using tree = await Infinitree.create(Before, { backend, key, objectSize: 65_536 });
    tree.index.plants.set(1, 'mint');
    await tree.commit();
  }
  class Renamed {
    herbs = new VersionedMap<number, string>();
  }
  registerIndex(Renamed, { fields: [{ property: 'herbs', name: 'herbs' }] });
  const warnings: SchemaWarning[] = [];
  await using tree = await Infinitree.open(Renamed, { backend, key, onWarning: (warning) => warnings.push(warning) });
  expect(warnings).toEqual([
    expect.objectContaining({ suspectedRenames: [{ stored: 'plants', property: 'herbs' }] }) as unknown,
  ]);
  expect(tree.schema()).toMatchObject({
    declared: [{ property: 'herbs', name: 'herbs', type: 'versioned-map', strategy: 'local', stored: false }],
    undeclared: [{ name: 'plants', type: 'versioned-map', strategy: 'local' }],
  });
});
