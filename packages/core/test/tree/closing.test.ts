import { Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { code, codeOf, createGarden, Garden, KINDS, OBJECT_SIZE, plant, reopenedGarden, type Tree } from './scene.js';

/** Every call there is; a closed tree refuses each. */
const CALLS: Record<string, (tree: Tree) => unknown> = {
  'load()': (tree) => tree.load(),
  'load(name)': (tree) => tree.load('plants', { where: () => true }),
  get: (tree) => tree.get('plants', 1),
  getMany: (tree) => tree.getMany('plants', []),
  has: (tree) => tree.has('plants', 1),
  entries: (tree) => tree.entries('plants'),
  commits: (tree) => tree.commits(),
  log: (tree) => tree.log(),
  at: (tree) => tree.at('HEAD'),
  commit: (tree) => tree.commit('late'),
  'commit that would do nothing': (tree) => tree.commit({ mode: 'on-change' }),
  refresh: (tree) => tree.refresh(),
  storageWriter: (tree) => tree.storageWriter(),
  storageReader: (tree) => tree.storageReader(),
  'blobs.put': (tree) => tree.blobs.put(new Uint8Array(1)),
  'field get': (tree) => tree.index.plants.get(1),
  'field has': (tree) => tree.index.plants.has(1),
  'field set': (tree) => tree.index.plants.set(1, plant(1)),
  'field insert': (tree) => tree.index.plants.insert(1, plant(1)),
  'field update': (tree) => tree.index.plants.update(1, (old) => old),
  'field delete': (tree) => tree.index.plants.delete(1),
  'field clear': (tree) => tree.index.plants.clear(),
  'field retain': (tree) => tree.index.plants.retain(() => true),
  'field size': (tree) => tree.index.plants.size,
  'field iteration': (tree) => [...tree.index.plants],
  'field value': (tree) => tree.index.lastTime.value,
  'field value set': (tree) => {
    tree.index.lastTime.value = 1;
  },
};

describe.each(KINDS)('close, %s heads', (heads) => {
  test.each(Object.entries(CALLS))('after it %s is CLOSED', async (_, call) => {
    const { tree } = await reopenedGarden(1, heads);
    await tree.load();

    await tree.close();

    expect(await codeOf(() => call(tree))).toBe(code('CLOSED'));
  });

  test('a second close does nothing', async () => {
    const { tree, backend, key } = await createGarden(heads);

    await Promise.all([tree.close(), tree.close()]);
    await tree.close();

    expect(await codeOf(() => Infinitree.open(Garden, { backend, key }))).toBe('ok');
  });

  test('`await using` closes, and never commits', async () => {
    const { tree: first, backend, key } = await createGarden(heads);
    await first.close();
    let kept: Tree;
    {
      await using tree = await Infinitree.open(Garden, { backend, key });
      tree.index.plants.set(1, plant(1));
      kept = tree;
    }

    expect(await codeOf(() => kept.commit())).toBe(code('CLOSED'));
    const again = await Infinitree.open(Garden, { backend, key });
    expect(await again.commits()).toEqual([]);
    expect(await again.has('plants', 1)).toBe(false);
  });

  test('waits for the commits under way, which are kept', async () => {
    const { tree, backend, key } = await createGarden(heads);
    tree.index.plants.set(1, plant(1));
    const commit = tree.commit('under way');

    await tree.close();

    expect((await commit)?.message).toBe('under way');
    expect(await (await Infinitree.open(Garden, { backend, key })).has('plants', 1)).toBe(true);
  });

  test('ends what is being read with CLOSED', async () => {
    const { tree } = await reopenedGarden(5, heads);
    const entries = tree.entries('plants')[Symbol.asyncIterator]();
    await entries.next();
    const log = tree.log()[Symbol.asyncIterator]();
    await log.next();

    await tree.close();

    expect(await codeOf(() => entries.next())).toBe(code('CLOSED'));
  });
});

describe('closing a view', () => {
  test('ends the view alone; a second close does nothing', async () => {
    const { tree } = await reopenedGarden(2);
    const view = await tree.at('HEAD');
    await view.load();
    await view.close();
    await view.close();

    expect(await codeOf(() => view.load())).toBe(code('CLOSED'));
    expect(await codeOf(() => view.get('plants', 1))).toBe(code('CLOSED'));
    expect(await codeOf(() => view.getMany('plants', [1]))).toBe(code('CLOSED'));
    expect(await codeOf(() => view.has('plants', 1))).toBe(code('CLOSED'));
    expect(await codeOf(() => view.entries('plants'))).toBe(code('CLOSED'));
    expect(await codeOf(() => view.commits())).toBe(code('CLOSED'));
    expect(await codeOf(() => view.log())).toBe(code('CLOSED'));
    expect(await codeOf(() => view.index.plants.get(1))).toBe(code('CLOSED'));
    expect(await tree.has('plants', 1)).toBe(true);
    await using other = await tree.at('HEAD~1');
    expect(await other.has('plants', 2)).toBe(false);
  });

  test('is done by `await using`', async () => {
    const { tree } = await reopenedGarden(1);
    const kept = await (async () => {
      await using view = await tree.at('HEAD');
      return view;
    })();

    expect(await codeOf(() => kept.load())).toBe(code('CLOSED'));
  });

  test('the tree closes its views with it', async () => {
    const { tree } = await reopenedGarden(1);
    const view = await tree.at('HEAD');
    await view.load();

    await tree.close();

    expect(await codeOf(() => view.get('plants', 1))).toBe(code('CLOSED'));
    expect(await codeOf(() => view.load())).toBe(code('CLOSED'));
    expect(await codeOf(() => view.index.plants.get(1))).toBe(code('CLOSED'));
    await view.close();
  });
});

test.each([
  ['heads.sync', 'ok'],
  ['locks.remove', code('BACKEND')],
] as const)('a tree whose closing fails at %s is closed all the same', async (verb, closing) => {
  const inner = new MemoryBackend({ heads: 'epoch', locks: true });
  const backend = new FailingBackend(inner);
  const key = Key.random();
  const tree = await Infinitree.create(Garden, { backend, key, objectSize: OBJECT_SIZE });
  tree.index.plants.set(1, plant(1));
  await tree.commit();
  backend.fail({ verb });

  expect(await codeOf(() => tree.close())).toBe(closing);

  expect(backend.log.filter(({ failed }) => failed).map((entry) => entry.verb)).toEqual([verb]);
  expect(await codeOf(() => tree.get('plants', 1))).toBe(code('CLOSED'));
  expect(await codeOf(() => Infinitree.open(Garden, { backend, key }))).toBe('ok');
  const reader = await Infinitree.open(Garden, { backend, key, readonly: true });
  expect(await reader.has('plants', 1)).toBe(true);
});
