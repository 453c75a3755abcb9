import { type Cancel, Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { code, createGarden, errorOf, Garden, idsIn, OBJECT_SIZE, plant, reopenedGarden, type Tree } from './scene.js';

type Call = (tree: Tree, options: Cancel) => unknown;

const READS: Record<string, Call> = {
  load: (tree, options) => tree.load(options),
  'load of named fields': (tree, options) => tree.load('plants', 'notes', options),
  'load of the past': (tree, options) => tree.load('plants', { ...options, commits: { upTo: 'HEAD' } }),
  entries: (tree, options) => tree.entries('plants', options),
  get: (tree, options) => tree.get('plants', 1, options),
  getMany: (tree, options) => tree.getMany('plants', [1], options),
  'getMany of nothing': (tree, options) => tree.getMany('plants', [], options),
  has: (tree, options) => tree.has('plants', 1, options),
  commits: (tree, options) => tree.commits(options),
  log: (tree, options) => tree.log(options),
};

const WRITES: Record<string, Call> = {
  at: (tree, options) => tree.at('HEAD', options),
  refresh: (tree, options) => tree.refresh(options),
  'commit with a message': (tree, options) => tree.commit('m', options),
  'commit with options': (tree, options) => tree.commit({ mode: 'always', ...options }),
};

describe('a signal that is aborted already', () => {
  const reason = new Error('the user went away');
  const signal = AbortSignal.abort(reason);
  const aborted = { code: code('ABORTED'), cause: reason };

  test.each(Object.entries({ ...READS, ...WRITES }))(
    'ends %s with ABORTED and its reason as cause',
    async (_, call) => {
      const { tree } = await reopenedGarden(1);
      tree.index.plants.set(2, plant(2));

      expect(await errorOf(() => call(tree, { signal }))).toMatchObject(aborted);
      expect(tree.index.plants.state).toBe('none');
      expect(await tree.commit('staged still')).toBeDefined();
    },
  );

  test.each(Object.entries({ ...READS, ...WRITES }))('ends %s of an empty tree too', async (_, call) => {
    const { tree } = await createGarden();

    expect(await errorOf(() => call(tree, { signal }))).toMatchObject(aborted);
  });

  test.each(Object.entries(READS))('ends %s of a view', async (_, call) => {
    const { tree } = await reopenedGarden(1);

    const view = await tree.at('HEAD');

    expect(await errorOf(() => call(view as never, { signal }))).toMatchObject(aborted);
  });

  test.each(['create', 'open', 'openOrCreate'] as const)('ends %s, and nothing was made', async (verb) => {
    for (const backend of [new MemoryBackend(), 'memory:']) {
      const options = { backend, key: Key.random(), objectSize: OBJECT_SIZE, signal };
      expect(await errorOf(() => Infinitree[verb](Garden, options))).toMatchObject(aborted);
      if (typeof backend !== 'string') expect(await idsIn(backend)).toEqual([]);
    }
  });
});

describe('a signal that is aborted meanwhile', () => {
  const reason = new Error('enough');

  async function large(): Promise<Tree> {
    const { tree, backend, key } = await createGarden();
    for (let id = 0; id < 30_000; id++) tree.index.plants.set(id, plant(id));
    await tree.commit('large');
    for (let id = 0; id < 20; id++) await tree.commit(String(id), { mode: 'always' });
    await tree.close();
    return Infinitree.open(Garden, { backend, key });
  }

  test('ends a load, which then has loaded nothing', async () => {
    const tree = await large();
    const controller = new AbortController();
    const onProgress = () => {
      controller.abort(reason);
    };

    const error = await errorOf(() => tree.load('plants', 'notes', { signal: controller.signal, onProgress }));

    expect(error).toMatchObject({ code: code('ABORTED'), cause: reason });
    expect(tree.index.plants.state).toBe('none');
  });

  test('ends iterations', async () => {
    const tree = await large();
    const controller = new AbortController();
    const { signal } = controller;
    let steps = 0;
    const go = async () => {
      for await (const _ of tree.entries('plants', { signal })) {
        steps += 1;
        if (steps === 5) controller.abort(reason);
      }
    };

    expect(await errorOf(go)).toMatchObject({ code: code('ABORTED'), cause: reason });
    expect(steps).toBe(5);
    const log = tree.log({ signal: AbortSignal.any([signal]) });
    expect(await errorOf(() => log)).toMatchObject({ code: code('ABORTED'), cause: reason });
  });
});
