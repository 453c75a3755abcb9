import { type Commit, Infinitree, Key, VersionedMap } from '@infinitree/core';
import { SeededRandom, TestClock } from '@infinitree/testing';
import {
  code,
  codeOf,
  collect,
  createGarden,
  errorOf,
  Garden,
  KINDS,
  plant,
  reopenedGarden,
  type Tree,
} from './scene.js';

const idsIn = async (tree: Pick<Tree, 'entries'>): Promise<number[]> =>
  (await collect(tree.entries('plants', { keysOnly: true }))).map(([id]) => id);

describe.each(KINDS)('the history, %s heads', (heads) => {
  test('a fresh tree has none, and an idle commit makes none', async () => {
    const { tree } = await createGarden(heads);

    expect(await tree.commit('nothing')).toBeUndefined();
    expect(await tree.commits()).toEqual([]);
    expect(await collect(tree.log())).toEqual([]);
    expect(await codeOf(() => tree.at('HEAD'))).toBe(code('INVALID_ARGUMENT'));
  });

  test('commits() is oldest first, log() newest first, both of frozen commits that name their parents', async () => {
    const { tree } = await reopenedGarden(3, heads);

    const commits = await tree.commits();
    const log = await collect(tree.log());

    expect(commits.map(({ message }) => message)).toEqual(['plant 1', 'plant 2', 'plant 3']);
    expect(log).toEqual([...commits].reverse());
    expect(commits.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(commits.map(({ parent }) => parent)).toEqual([undefined, commits[0]!.id, commits[1]!.id]);
    for (const commit of commits) {
      expect(Object.keys(commit).sort()).toEqual(['data', 'id', 'message', 'parent', 'sequence', 'time']);
      expect(commit.id).toMatch(/^[0-9a-f]{64}$/);
      expect(commit.time).toBeInstanceOf(Date);
      expect(commit.data).toBeUndefined();
      expect(Object.isFrozen(commit)).toBe(true);
    }
    expect(new Set(commits.map(({ id }) => id)).size).toBe(3);
  });

  test('at() takes an id, a unique beginning of one, HEAD, HEAD~n and a Commit', async () => {
    const { tree } = await reopenedGarden(3, heads);
    const [first, second, third] = (await tree.commits()) as [Commit, Commit, Commit];

    for (const [ref, ids] of [
      [first.id, [1]],
      [second.id.slice(0, 20), [1, 2]],
      [second.id.slice(0, 20).toUpperCase(), [1, 2]],
      ['HEAD', [1, 2, 3]],
      ['HEAD~0', [1, 2, 3]],
      ['HEAD~2', [1]],
      [second, [1, 2]],
      [third.id, [1, 2, 3]],
    ] as const) {
      expect(await idsIn(await tree.at(ref))).toEqual(ids);
    }
  });

  test('a Date means the last commit at or before it', async () => {
    const clock = new TestClock(1_000);
    const { tree } = await createGarden(heads, { environment: { clock } });
    for (const id of [1, 2, 3]) {
      clock.set(id * 1_000);
      tree.index.plants.set(id, plant(id));
      await tree.commit(`at ${id}`);
    }
    expect((await tree.commits()).map(({ time }) => time.getTime())).toEqual([1_000, 2_000, 3_000]);

    expect(await idsIn(await tree.at(new Date(2_000)))).toEqual([1, 2]);
    expect(await idsIn(await tree.at(new Date(2_999)))).toEqual([1, 2]);
    expect(await idsIn(await tree.at(new Date(9_000)))).toEqual([1, 2, 3]);
    expect(await codeOf(() => tree.at(new Date(999)))).toBe(code('INVALID_ARGUMENT'));
    expect(await codeOf(() => tree.at(new Date(Number.NaN)))).toBe(code('INVALID_ARGUMENT'));
  });

  test('a clock that was set back puts no commit before its parent', async () => {
    const clock = new TestClock(5_000);
    const { tree } = await createGarden(heads, { environment: { clock } });
    await tree.commit('one', { mode: 'always' });
    clock.set(1_000);

    expect((await tree.commit('two', { mode: 'always' }))?.time).toEqual(new Date(5_000));
  });

  test('refuses what names no commit', async () => {
    const { tree } = await reopenedGarden(2, heads);
    const strange = (await (await reopenedGarden(1, heads)).tree.commits())[0]!;

    for (const ref of [
      'HEAD~2',
      'HEAD~-1',
      'HEAD^',
      'head',
      '',
      'abc',
      'main',
      '0'.repeat(64),
      'f'.repeat(65),
      strange,
      strange.id,
      null,
      undefined,
      5,
      {},
      Symbol('HEAD'),
    ]) {
      expect(await codeOf(() => tree.at(ref as never))).toBe(code('INVALID_ARGUMENT'));
    }
  });
});

test('a beginning that several ids share names none of them', async () => {
  // Of so many ids some share four digits; which ones, the test finds out.
  const environment = { random: new SeededRandom(7), clock: new TestClock() };
  const { tree } = await createGarden('epoch', { environment, objectSize: 4_194_304 });
  for (let i = 0; i < 1000; i++) await tree.commit(String(i), { mode: 'always' });
  const byStart = new Map<string, Commit[]>();
  for (const commit of await tree.commits()) {
    const start = commit.id.slice(0, 4);
    byStart.set(start, [...(byStart.get(start) ?? []), commit]);
  }
  const [start, twins] = [...byStart].find(([, commits]) => commits.length > 1)!;

  const error = await errorOf(() => tree.at(start));
  expect(error).toMatchObject({ code: code('INVALID_ARGUMENT') });
  expect(error?.message).toContain('more than one');
  const [alone] = [...byStart].find(([, commits]) => commits.length === 1)!;
  expect(await codeOf(() => tree.at(alone))).toBe('ok');
  for (const twin of twins) expect(await codeOf(() => tree.at(twin.id))).toBe('ok');
});

describe('a view', () => {
  test('has nothing loaded until it is asked to, and reads like a tree', async () => {
    const { tree } = await reopenedGarden(3);
    const view = await tree.at('HEAD~1');

    expect(view.index.plants.state).toBe('none');
    expect(await codeOf(() => view.index.plants.get(1))).toBe(code('NOT_LOADED'));
    expect(await view.get('plants', 2)).toEqual(plant(2));
    expect(await view.has('plants', 3)).toBe(false);
    expect(await view.getMany('plants', [3, 1])).toEqual([undefined, plant(1)]);
    expect(await idsIn(view)).toEqual([1, 2]);
    await view.load();
    expect(view.index.plants.size).toBe(2);
    expect(view.index.lastTime.value).toBe(2);
    expect(tree.index.plants.state).toBe('none');
  });

  test('cannot be changed, loaded or not', async () => {
    const { tree } = await reopenedGarden(2);
    const view = await tree.at('HEAD');

    for (const load of [() => undefined, () => view.load(), () => view.load({ commits: { single: 'HEAD' } })]) {
      await load();
      expect(await codeOf(() => view.index.plants.set(1, plant(9)))).toBe(code('READONLY'));
      expect(await codeOf(() => view.index.plants.delete(1))).toBe(code('READONLY'));
      expect(await codeOf(() => view.index.plants.clear())).toBe(code('READONLY'));
      expect(
        await codeOf(() => {
          view.index.lastTime.value = 1;
        }),
      ).toBe(code('READONLY'));
    }
    tree.index.plants.set(1, plant(9));
    expect(await tree.commit()).toBeDefined();
  });

  test('stays as it is while the tree goes on, stages and folds', async () => {
    const { tree } = await reopenedGarden(3);
    const view = await tree.at('HEAD~1');
    tree.index.plants.set(1, plant(99)).set(7, plant(7));
    expect(await idsIn(view)).toEqual([1, 2]);
    expect(await view.get('plants', 1)).toEqual(plant(1));
    for (let i = 0; i < 300; i++) {
      tree.index.plants.set(i % 5, plant(1000 + i));
      await tree.commit();
    }

    expect(await collect(view.entries('plants'))).toEqual([
      [1, plant(1)],
      [2, plant(2)],
    ]);
    await view.load();
    expect([...view.index.plants.keys()]).toEqual([1, 2]);
  });

  test('knows the commits up to its own, and no later ones', async () => {
    const { tree } = await reopenedGarden(4);
    const view = await tree.at('HEAD~1');
    const all = await tree.commits();

    expect(await view.commits()).toEqual(all.slice(0, 3));
    expect((await collect(view.log())).map(({ sequence }) => sequence)).toEqual([3, 2, 1]);
    await view.load('plants', { commits: { range: ['HEAD~1', 'HEAD'] } });
    expect([...view.index.plants.keys()]).toEqual([2, 3]);
    expect(await codeOf(() => view.load({ commits: { upTo: all[3]! } }))).toBe(code('INVALID_ARGUMENT'));
    expect(await codeOf(() => view.load('nope' as never))).toBe(code('INVALID_ARGUMENT'));
  });

  test('of a class that is a single field is that field', async () => {
    const { backend, key } = await reopenedGarden(1);
    await using tree = await Infinitree.create(VersionedMap<string, number>, {
      backend,
      key: Key.random(),
      objectSize: 65_536,
    });
    tree.index.set('a', 1);
    await tree.commit('a');
    tree.index.set('a', 2);
    await tree.commit('b');

    expect(await (await tree.at('HEAD~1')).get('root', 'a')).toBe(1);
    expect(await codeOf(() => Infinitree.open(Garden, { backend, key }))).toBe('ok');
  });
});
