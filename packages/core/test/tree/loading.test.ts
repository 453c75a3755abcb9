import { Infinitree, InfinitreeError, Key, MemoryBackend, SnapshotMap } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import {
  code,
  codeOf,
  collect,
  createGarden,
  errorOf,
  Garden,
  OBJECT_SIZE,
  type Plant,
  plant,
  reopenedGarden,
} from './scene.js';

describe('a field of a tree just made', () => {
  test('is loaded, empty or at its initial value', async () => {
    const { tree } = await createGarden();

    expect(tree.index.plants.state).toBe('loaded');
    expect(tree.index.plants.size).toBe(0);
    expect(tree.index.lastTime.value).toBe(0);
  });
});

describe('a field that is not loaded', () => {
  test.each([
    ['get', (map: Map<number, Plant>) => map.get(1)],
    ['has', (map: Map<number, Plant>) => map.has(1)],
    ['size', (map: Map<number, Plant>) => map.size],
    ['entries', (map: Map<number, Plant>) => map.entries()],
    ['keys', (map: Map<number, Plant>) => map.keys()],
    ['values', (map: Map<number, Plant>) => map.values()],
    ['forEach', (map: Map<number, Plant>) => map.forEach(() => undefined)],
    ['iteration', (map: Map<number, Plant>) => [...map]],
  ])('throws at %s and names both ways out', async (_, read) => {
    const { tree } = await reopenedGarden(1);

    const error = await errorOf(() => read(tree.index.plants as never));

    expect(error).toMatchObject({ code: code('NOT_LOADED') });
    expect(error?.message).toContain("tree.load('plants')");
    expect(error?.message).toContain("tree.get('plants', key)");
    expect(error?.message).toContain("tree.entries('plants')");
  });

  test('throws at insert, update and retain, which would have to know', async () => {
    const { plants } = (await reopenedGarden(1)).tree.index;

    expect(await codeOf(() => plants.insert(1, plant(1)))).toBe(code('NOT_LOADED'));
    expect(await codeOf(() => plants.update(1, (old) => old))).toBe(code('NOT_LOADED'));
    expect(await codeOf(() => plants.retain(() => true))).toBe(code('NOT_LOADED'));
  });

  test('names only loading where it is a single value', async () => {
    const { tree } = await reopenedGarden(1);

    const error = await errorOf(() => tree.index.lastTime.value);

    expect(error).toMatchObject({ code: code('NOT_LOADED') });
    expect(error?.message).toContain("tree.load('lastTime')");
    expect(error?.message).not.toContain('tree.get');
  });

  test('takes blind writes, and reads what is staged', async () => {
    const { tree } = await reopenedGarden(2);
    const { plants } = tree.index;

    plants.set(1, plant(7)).set(9, plant(9));
    plants.delete(2);

    expect(plants.state).toBe('none');
    expect(plants.get(1)).toEqual(plant(7));
    expect(plants.has(2)).toBe(false);
    expect(plants.insert(9, plant(1))).toEqual(plant(9));
    expect(plants.update(9, () => plant(8))).toEqual(plant(8));
    await tree.commit('blind');
    expect(plants.state).toBe('none');
    expect(await collect(tree.entries('plants'))).toEqual([
      [1, plant(7)],
      [9, plant(8)],
    ]);
  });

  test('is as good as loaded once it was cleared', async () => {
    const { tree } = await reopenedGarden(2);

    tree.index.plants.clear();

    expect(tree.index.plants.state).toBe('loaded');
    expect(tree.index.plants.size).toBe(0);
  });
});

describe('load', () => {
  test('brings all fields, or those named, staged changes on top', async () => {
    const { tree } = await reopenedGarden(3);
    tree.index.plants.set(2, plant(22)).delete(3);

    await tree.load('plants');
    expect(tree.index.plants.state).toBe('loaded');
    expect(tree.index.lastTime.state).toBe('none');
    expect([...tree.index.plants]).toEqual([
      [1, plant(1)],
      [2, plant(22)],
    ]);
    await tree.load();
    expect(tree.index.lastTime.value).toBe(3);
    expect(tree.index.notes.size).toBe(0);
  });

  test('with `where` brings some keys: the field is partial and knows those only', async () => {
    const { tree } = await reopenedGarden(5);

    await tree.load('plants', { where: (id) => id > 2 && (id < 5 ? 'take' : 'skip') });

    const { plants } = tree.index;
    expect(plants.state).toBe('partial');
    expect(plants.get(3)).toEqual(plant(3));
    expect(plants.update(4, (old) => ({ ...old, tags: [] }))).toEqual({ id: 4, tags: [] });
    expect(await codeOf(() => plants.get(1))).toBe(code('NOT_LOADED'));
    expect(await codeOf(() => plants.get(99))).toBe(code('NOT_LOADED'));
    expect(await codeOf(() => plants.size)).toBe(code('NOT_LOADED'));
    expect(await codeOf(() => plants.retain(() => true))).toBe(code('NOT_LOADED'));
    await tree.load('plants', { where: (id) => id === 1 });
    expect([1, 3, 4].map((id) => plants.has(id))).toEqual([true, true, true]);
    await tree.load('plants');
    expect(plants.state).toBe('loaded');
    expect(plants.get(4)).toEqual({ id: 4, tags: [] });
  });

  test('a predicate that says "abort" ends the loading where it is', async () => {
    const { tree } = await reopenedGarden(5);

    await tree.load('plants', { where: (id) => (id < 3 ? true : 'abort') });

    expect(await codeOf(() => tree.index.plants.get(2))).toBe('ok');
    expect(await codeOf(() => tree.index.plants.get(4))).toBe(code('NOT_LOADED'));
  });

  test('a predicate that returns no verdict is refused, not taken for "no"', async () => {
    const { tree } = await reopenedGarden(2);

    expect(await codeOf(() => tree.load('plants', { where: (() => undefined) as never }))).toBe(
      code('INVALID_ARGUMENT'),
    );
    expect(tree.index.plants.state).toBe('none');
  });

  test('refuses fields there are not, stored names and plain properties among them', async () => {
    const { tree } = await reopenedGarden(1);

    for (const name of ['stored_plants', 'last_time', 'nope', 'toString', 5, null, Symbol('plants')]) {
      const error = await errorOf(() => tree.load(name as never));
      expect(error).toMatchObject({ code: code('INVALID_ARGUMENT') });
      expect(error?.message).toContain('"plants"');
    }
    expect(await codeOf(() => tree.load('plants', 'nope' as never))).toBe(code('INVALID_ARGUMENT'));
    expect(tree.index.plants.state).toBe('none');
  });

  test('reports how far it is, counting the entries of all fields', async () => {
    const { tree } = await reopenedGarden(5);
    const seen: number[] = [];

    await tree.load({ onProgress: ({ done }) => seen.push(done) });

    expect(seen.at(-1)).toBe(6);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });
});

describe('loading through a commit filter', () => {
  test.each([
    ['single', { single: 'HEAD~1' }, [2], 2],
    ['upTo', { upTo: 'HEAD~1' }, [1, 2], 2],
    ['range', { range: ['HEAD~1', 'HEAD'] as const }, [2, 3], 3],
  ])('%s shows what those commits say, and the field is read-only', async (_, commits, ids, lastTime) => {
    const { tree } = await reopenedGarden(3);

    await tree.load({ commits });

    expect([...tree.index.plants.keys()]).toEqual(ids);
    expect(tree.index.lastTime.value).toBe(lastTime);
    for (const change of [
      () => tree.index.plants.set(1, plant(1)),
      () => tree.index.plants.insert(9, plant(1)),
      () => tree.index.plants.update(2, (old) => old),
      () => tree.index.plants.delete(1),
      () => tree.index.plants.clear(),
      () => tree.index.plants.retain(() => true),
      () => {
        tree.index.lastTime.value = 1;
      },
    ]) {
      expect(await codeOf(change)).toBe(code('READONLY'));
    }
    expect(await tree.commit()).toBeUndefined();
  });

  test('loading without one afterwards shows the present again, and allows changes', async () => {
    const { tree } = await reopenedGarden(3);
    await tree.load('plants', { commits: { single: 'HEAD~2' } });

    await tree.load('plants');

    expect([...tree.index.plants.keys()]).toEqual([1, 2, 3]);
    tree.index.plants.set(4, plant(4));
    expect(await tree.commit()).toBeDefined();
  });

  test('replaces what was loaded before, also where only some keys are asked for', async () => {
    const { tree } = await reopenedGarden(3);
    await tree.load('plants');

    await tree.load('plants', { commits: { upTo: 'HEAD~1' }, where: (id) => id !== 1 });

    expect(tree.index.plants.state).toBe('partial');
    expect(tree.index.plants.get(2)).toEqual(plant(2));
    expect(await codeOf(() => tree.index.plants.get(3))).toBe(code('NOT_LOADED'));
    await tree.load('plants', { commits: { single: 'HEAD' }, where: () => true });
    expect(await codeOf(() => tree.index.plants.get(2))).toBe(code('NOT_LOADED'));
  });

  test('leaves nothing of the past behind when some keys are loaded as they are now', async () => {
    const { tree } = await reopenedGarden(2);
    tree.index.plants.set(1, plant(11));
    await tree.commit('changed');
    await tree.load('plants', { commits: { upTo: 'HEAD~1' } });
    expect(tree.index.plants.get(1)).toEqual(plant(1));

    await tree.load('plants', { where: (id) => id < 3 });

    expect(tree.index.plants.state).toBe('partial');
    expect(tree.index.plants.get(1)).toEqual(plant(11));
  });

  test('shows the same after a refresh; loading without one then shows what came', async () => {
    const { tree, backend, key } = await reopenedGarden(2);
    const other = await Infinitree.open(Garden, { backend, key, takeover: true });
    await tree.load({ commits: { single: 'HEAD~1' } });
    other.index.plants.set(3, plant(3)).delete(1);
    other.index.lastTime.value = 3;
    await other.commit();

    expect((await tree.refresh())?.sequence).toBe(3);

    expect([...tree.index.plants.keys()]).toEqual([1]);
    expect(tree.index.lastTime.value).toBe(1);
    expect(await codeOf(() => tree.index.plants.set(1, plant(1)))).toBe(code('READONLY'));
    expect(await collect(tree.entries('plants', { keysOnly: true }))).toEqual([
      [2, undefined],
      [3, undefined],
    ]);
    await tree.load();
    expect([...tree.index.plants.keys()]).toEqual([2, 3]);
    expect(tree.index.lastTime.value).toBe(3);
  });

  test('shows what is staged on top until that is committed, which is none of those commits', async () => {
    const { tree } = await reopenedGarden(2);
    tree.index.plants.set(3, plant(3));
    await tree.load('plants', { commits: { single: 'HEAD' } });
    expect([...tree.index.plants.keys()]).toEqual([2, 3]);
    expect(tree.index.plants.size).toBe(2);

    expect((await tree.commit())?.sequence).toBe(3);

    expect([...tree.index.plants.keys()]).toEqual([2]);
    expect(tree.index.plants.size).toBe(1);
    await tree.load('plants');
    expect([...tree.index.plants.keys()]).toEqual([1, 2, 3]);
  });

  test('changes nothing of what a snapshot field commits', async () => {
    const tree = await Infinitree.create(SnapshotMap<number, number>, {
      backend: new MemoryBackend(),
      key: Key.random(),
      objectSize: OBJECT_SIZE,
    });
    for (let i = 0; i < 4; i++) await (tree.index.set(i, i), tree.commit());
    tree.index.delete(0);
    tree.index.delete(1);

    await tree.load({ commits: { single: 'HEAD~3' } });
    await tree.commit();

    expect(await collect(tree.entries('root'))).toEqual([
      [2, 2],
      [3, 3],
    ]);
  });

  test('takes nothing back of a commit that failed', async () => {
    const backend = new FailingBackend(new MemoryBackend({ heads: 'cas' }));
    const tree = await Infinitree.create(SnapshotMap<number, string>, {
      backend,
      key: Key.random(),
      objectSize: OBJECT_SIZE,
    });
    for (const value of ['old', 'new']) await (tree.index.set(1, value), tree.commit());
    tree.index.set(1, 'old');
    await tree.load({ commits: { upTo: 'HEAD~1' } });
    backend.fail({ verb: 'heads.cas', error: () => new InfinitreeError('UNSUPPORTED', 'not today') });
    expect(await codeOf(() => tree.commit())).toBe(code('UNSUPPORTED'));

    expect((await tree.commit())?.sequence).toBe(3);

    expect(await tree.get('root', 1)).toBe('old');
  });

  test('refuses a filter that is none, and a range that goes backwards', async () => {
    const { tree } = await reopenedGarden(3);

    for (const commits of [
      {},
      { range: [] },
      { range: ['HEAD', 'HEAD~2'] },
      { single: 'HEAD~3' },
      { upTo: undefined },
      5,
      'HEAD',
    ]) {
      expect(await codeOf(() => tree.load({ commits: commits as never }))).toBe(code('INVALID_ARGUMENT'));
    }
    expect(tree.index.plants.state).toBe('none');
  });
});
