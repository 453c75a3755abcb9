import { Infinitree, Key, MemoryBackend, registerIndex, VersionedMap } from '@infinitree/core';
import { code, errorOf } from '../scene.js';

class Local {
  map = new VersionedMap<number, { readonly text: string }>();
}
registerIndex(Local, { fields: [{ property: 'map', name: 'map' }] });

class Sparse {
  map = new VersionedMap<number, { readonly text: string }>();
}
registerIndex(Sparse, { fields: [{ property: 'map', name: 'map', strategy: 'sparse' }] });

const KEY = Key.random();

/** 20,000 entries, staged. */
async function large(target: new () => Local) {
  const backend = new MemoryBackend();
  const tree = await Infinitree.create(target, { backend, key: KEY });
  for (let i = 0; i < 20_000; i++) tree.index.map.set(i, { text: `text ${i * 7919}` });
  return { tree, backend };
}

describe.each([
  ['local', Local],
  ['sparse', Sparse],
])('the progress of a large %s commit', (_, target) => {
  test('counts the bytes that are written, up from none', async () => {
    const { tree } = await large(target);
    const seen: number[] = [];

    await tree.commit({ onProgress: ({ done }) => seen.push(done) });

    expect(seen.length).toBeGreaterThanOrEqual(3);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen[0]).toBeGreaterThan(0);
    expect(seen.at(-1)).toBeGreaterThan(100_000);
  });

  test('can abort it: nothing is stored, and all is staged still', async () => {
    const { tree, backend } = await large(target);
    const controller = new AbortController();
    const onProgress = () => {
      controller.abort();
    };

    const error = await errorOf(() => tree.commit('large', { onProgress, signal: controller.signal }));

    expect(error).toMatchObject({ code: code('ABORTED') });
    expect(await tree.commits()).toEqual([]);
    expect(await tree.commit('again')).toMatchObject({ sequence: 1 });
    const again = await Infinitree.open(target, { backend: backend.reopen(), key: KEY, readonly: true });
    expect(await again.get('map', 19_999)).toEqual({ text: `text ${19_999 * 7919}` });
  });
});

test('what onProgress throws fails the commit, which can be made again', async () => {
  const { tree } = await large(Local);
  const broken = new Error('the bar is broken');
  const onProgress = () => {
    throw broken;
  };

  await expect(tree.commit('large', { onProgress })).rejects.toBe(broken);
  expect(await tree.commit('again')).toMatchObject({ sequence: 1 });
});

test('a small commit is over before there is any progress', async () => {
  const { tree } = await large(Local);
  await tree.commit();
  const seen: unknown[] = [];
  tree.index.map.set(1, { text: 'changed' });

  await tree.commit({ onProgress: (progress) => seen.push(progress) });

  expect(seen).toEqual([]);
});
