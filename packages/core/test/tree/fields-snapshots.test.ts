import {
  type Backend,
  Infinitree,
  InfinitreeError,
  Key,
  MemoryBackend,
  registerIndex,
  SnapshotList,
  SnapshotMap,
  SnapshotSet,
} from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { code, codeOf, collect, errorOf } from './scene.js';

class Settings {
  map = new SnapshotMap<string, unknown>();
  set = new SnapshotSet<string>();
  list = new SnapshotList<unknown>();
}
registerIndex(Settings, {
  fields: [
    { property: 'map', name: 'map' },
    { property: 'set', name: 'set' },
    { property: 'list', name: 'list' },
  ],
});

const key = Key.random();

async function createSettings(backend: Backend = new MemoryBackend()) {
  return Infinitree.create(Settings, { backend, key, objectSize: 65_536 });
}

const openSettings = (backend: Backend) => Infinitree.open(Settings, { backend, key });

/** A tree whose fields were committed with some content. */
async function filled(backend: Backend = new MemoryBackend()) {
  const tree = await createSettings(backend);
  tree.index.map.set('a', { n: 1 }).set('b', { n: 2 });
  tree.index.set.add('a').add('b');
  tree.index.list.push('a', 'b');
  await tree.commit();
  return tree;
}

describe('snapshot fields', () => {
  test('a commit whose content did not change is no commit', async () => {
    const tree = await filled();
    const { map, set, list } = tree.index;
    map.set('a', { n: 1 });
    map.update('b', (old) => ({ ...(old as object) }));
    map.insert('a', 'lost');
    map.delete('z');
    set.add('a').delete('z');
    expect(await tree.commit()).toBeUndefined();
    map.clear();
    set.clear();
    list.clear();
    expect([map.size, set.size, list.size]).toEqual([0, 0, 0]);
    map.set('b', { n: 2 }).insert('a', { n: 1 });
    set.add('b').add('a');
    list.push('a');
    list.push('b');
    expect(await tree.commit()).toBeUndefined();
    map.set('a', 3).set('a', { n: 1 });
    map.delete('b');
    map.set('b', { n: 2 });
    expect(await tree.commit()).toBeUndefined();
  });

  // The original takes an empty map for one that did not change: the commit is skipped and the key comes back.
  test('deleting the last key is a change', async () => {
    const backend = new MemoryBackend();
    const tree = await createSettings(backend);
    tree.index.map.set('a', 1);
    await tree.commit();
    tree.index.map.delete('a');
    expect(await tree.commit()).toBeDefined();
    const again = await openSettings(backend);
    await again.load();
    expect(again.index.map.size).toBe(0);
  });

  test('what counts as the same is what is stored as the same', async () => {
    const tree = await createSettings();
    const { map } = tree.index;
    const same: [unknown, unknown][] = [
      [
        { a: 1, b: [2] },
        { b: [2], a: 1 },
      ],
      [new Date(5), new Date(5)],
      [new Uint8Array([1]), new Uint8Array([1])],
      [new Map([['a', { n: 1 }]]), new Map([['a', { n: 1 }]])],
      [new Set([1, 2]), new Set([1, 2])],
      [new Float64Array([Number.NaN, -0]), new Float64Array([Number.NaN, -0])],
      [Number.NaN, Number.NaN],
      [{ when: new Date(1) }, { when: new Date(1) }],
      [undefined, undefined],
      [null, null],
    ];
    for (const [first, second] of same) {
      map.set('x', first);
      await tree.commit();
      map.set('x', second);
      expect([first, await tree.commit()]).toEqual([first, undefined]);
    }
    const different: [unknown, unknown][] = [
      [0, -0],
      [1, 1n],
      [{ a: undefined }, {}],
      [{ a: undefined }, { b: undefined }],
      [{}, []],
      [{}, Object.create(null)],
      [new Date(1), new Date(2)],
      [new Date(1), 1],
      [{ d: new Date(1) }, { d: 1 }],
      [
        [1, 2],
        [2, 1],
      ],
      [[1], [1, 2]],
      [new Set([1, 2]), new Set([2, 1])],
      [new Uint8Array([1]), new Uint8Array([2])],
      [new Uint8Array([1]), new Int8Array([1])],
      [new Int16Array([1]), new Uint16Array([1])],
      [null, undefined],
      [null, {}],
    ];
    for (const [first, second] of different) {
      map.set('x', first);
      await tree.commit();
      map.set('x', second);
      expect([first, (await tree.commit()) !== undefined]).toEqual([first, true]);
    }
  });

  test('take no blind writes, and say how to make them', async () => {
    const backend = new MemoryBackend();
    await (await filled(backend)).close();
    const tree = await openSettings(backend);
    const { map, set, list } = tree.index;
    const changes = [
      () => map.set('a', 1),
      () => map.insert('a', 1),
      () => map.update('a', () => 1),
      () => map.delete('a'),
      () => map.clear(),
      () => map.retain(() => true),
      () => set.add('a'),
      () => set.delete('a'),
      () => set.clear(),
      () => set.retain(() => true),
      () => list.push('a'),
      () => list.clear(),
    ];
    for (const change of changes) {
      const error = await errorOf(change);
      expect(error?.code).toBe(code('NOT_LOADED'));
      expect(error?.message).toMatch(/load it with await tree\.load\('\w+'\)\.$/);
    }
    expect((await errorOf(() => map.get('a')))?.message).toContain("tree.get('map', key)");
    expect(await tree.commit()).toBeUndefined();
    await tree.load();
    for (const change of changes) expect(await codeOf(change)).toBe('ok');
  });

  test.each(['map', 'set', 'list'] as const)(
    '%s is not loaded in part, but read without being loaded',
    async (name) => {
      const backend = new MemoryBackend();
      await (await filled(backend)).close();
      const tree = await openSettings(backend);
      expect(await codeOf(() => tree.load(name, { where: () => true }))).toBe(code('INVALID_ARGUMENT'));
      expect(tree.index[name].state).toBe('none');
      expect((await collect(tree.entries(name))).length).toBe(2);
      expect(await tree.get('list', 1)).toBe('b');
      expect(await tree.get('set', 'b')).toBe('b');
      expect(await tree.get('map', 'b')).toEqual({ n: 2 });
      expect(await collect(tree.entries('list', { gte: 1 }))).toEqual([[1, 'b']]);
    },
  );

  test('of a million entries of which one changes less than 64 KiB are written', async () => {
    const inner = new MemoryBackend({ heads: 'epoch' });
    const backend = new FailingBackend(inner);
    class Million {
      map = new SnapshotMap<number, number>();
    }
    registerIndex(Million, { fields: [{ property: 'map', name: 'map' }] });
    const tree = await Infinitree.create(Million, { backend, key });
    for (let i = 0; i < 1_000_000; i++) tree.index.map.set(i, i);
    await tree.commit();
    let written = 0;
    const { put } = inner;
    inner.put = async (id, bytes, options) => {
      written += bytes.length;
      return put.call(inner, id, bytes, options);
    };
    const { append } = inner.heads;
    inner.heads.append = async (id, offset, bytes, options) => {
      written += bytes.length;
      return append.call(inner.heads, id, offset, bytes, options);
    };
    tree.index.map.set(500_000, -1);
    await tree.commit();
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(65_536);
  }, 120_000);

  test('everything is written where that is less than the difference', async () => {
    const inner = new MemoryBackend();
    const tree = await createSettings(inner);
    for (let i = 0; i < 3000; i++) tree.index.set.add(`element ${i}`);
    await tree.commit();
    for (let i = 0; i < 2990; i++) tree.index.set.delete(`element ${i}`);
    tree.index.set.add('new');
    await tree.commit();
    const left = [...tree.index.set];
    expect(left.length).toBe(11);
    const view = await tree.at('HEAD');
    await view.load({ commits: { single: 'HEAD' } });
    // What a commit wrote is what a filter for it alone shows.
    expect([...view.index.set]).toEqual(left);
    expect((await collect((await tree.at('HEAD~1')).entries('set'))).length).toBe(3000);
  });

  test('a commit that failed is given back, and is none where it changes nothing by then', async () => {
    const inner = new MemoryBackend({ heads: 'cas' });
    const backend = new FailingBackend(inner);
    const tree = await filled(backend);
    const { map } = tree.index;
    map.set('a', { n: 9 });
    map.delete('b');
    backend.fail({ verb: 'heads.cas', forever: true, error: () => new InfinitreeError('UNSUPPORTED', 'not today') });
    const failed = codeOf(() => tree.commit());
    map.set('a', { n: 1 });
    map.set('b', { n: 2 });
    expect(await failed).toBe(code('UNSUPPORTED'));
    backend.heal();
    expect(map.get('a')).toEqual({ n: 1 });
    expect(await tree.commit()).toBeUndefined();
  });

  test('any change of another writer conflicts with what is staged, which is made again or dropped', async () => {
    const backend = new MemoryBackend();
    const mine = await filled(backend);
    const theirs = await openSettings(backend);
    await theirs.load();
    theirs.index.map.set('theirs', 1);
    theirs.index.list.clear();
    await theirs.commit();

    mine.index.map.set('mine', 1);
    mine.index.list.push('c');
    expect(await codeOf(() => mine.commit())).toBe(code('CONFLICT'));
    const error = await errorOf(() => mine.refresh());
    expect(error?.code).toBe(code('CONFLICT'));
    expect(error?.conflicts?.map(({ field }) => field).sort()).toEqual(['list', 'map']);
    expect(await codeOf(() => mine.commit())).toBe(code('CONFLICT'));
    expect(await codeOf(() => mine.index.list.push('d'))).toBe(code('CONFLICT'));
    mine.index.map.set('mine', 2);
    mine.index.list.clear();
    mine.index.list.push('d');
    await mine.commit();
    expect([...mine.index.map.keys()]).toEqual(['a', 'b', 'mine', 'theirs']);
    expect([...mine.index.list]).toEqual(['d']);

    theirs.index.set.add('c');
    mine.index.set.delete('a');
    await mine.commit();
    expect(await codeOf(() => theirs.commit())).toBe(code('CONFLICT'));
    await theirs.refresh({ onConflict: 'drop' });
    expect([...theirs.index.set]).toEqual(['b']);
    expect(await theirs.commit()).toBeUndefined();
  });

  test('deleting again after a conflict deletes', async () => {
    const backend = new MemoryBackend();
    const mine = await filled(backend);
    const theirs = await openSettings(backend);
    await theirs.load();
    theirs.index.map.set('a', 'theirs');
    await theirs.commit();
    mine.index.map.delete('a');
    expect(await codeOf(() => mine.commit())).toBe(code('CONFLICT'));
    expect(await codeOf(() => mine.refresh())).toBe(code('CONFLICT'));
    mine.index.map.delete('a');
    await mine.commit();
    expect([...mine.index.map.keys()]).toEqual(['b']);
  });

  test('clearing after a conflict leaves nothing of it', async () => {
    const backend = new MemoryBackend();
    const mine = await filled(backend);
    const theirs = await openSettings(backend);
    await theirs.load();
    theirs.index.map.set('a', 'theirs');
    await theirs.commit();
    mine.index.map.set('a', 'mine');
    expect(await codeOf(() => mine.commit())).toBe(code('CONFLICT'));
    expect(await codeOf(() => mine.refresh())).toBe(code('CONFLICT'));
    mine.index.map.clear();
    await mine.commit();
    expect(await collect(mine.entries('map'))).toEqual([]);
  });

  test('a list is read in one order, also where nothing is left below what is staged', async () => {
    const backend = new MemoryBackend();
    const mine = await Infinitree.create(SnapshotList<string>, { backend, key, objectSize: 65_536 });
    await mine.commit({ mode: 'always' });
    mine.index.push('a');
    await mine.commit();
    mine.index.push('b');
    const expectOnly = (value: string) => {
      expect([...mine.index]).toEqual([value]);
      expect([mine.index.at(0), mine.index.at(-1), mine.index.at(1)]).toEqual([value, value, undefined]);
    };

    await mine.load({ commits: { single: 'HEAD~1' } });
    expectOnly('b');
    await mine.load();
    expect([...mine.index]).toEqual(['a', 'b']);

    const theirs = await Infinitree.open(SnapshotList<string>, { backend, key, takeover: true });
    await theirs.load();
    theirs.index.clear();
    await theirs.commit();
    expect(await codeOf(() => mine.refresh())).toBe(code('CONFLICT'));
    expectOnly('b');
  });

  test('without freezing, an object that was changed in place is saved when it is set again', async () => {
    class Loose {
      map = new SnapshotMap<string, { n: number }>({ freeze: false });
    }
    registerIndex(Loose, { fields: [{ property: 'map', name: 'map' }] });
    const backend = new MemoryBackend();
    const tree = await Infinitree.create(Loose, { backend, key });
    const value = { n: 1 };
    tree.index.map.set('a', value);
    await tree.commit();
    value.n = 2;
    tree.index.map.set('a', value);
    expect(await tree.commit()).toBeDefined();
    const again = await Infinitree.open(Loose, { backend, key });
    expect(await again.get('map', 'a')).toEqual({ n: 2 });
  });
});
