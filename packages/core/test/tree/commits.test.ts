import { Infinitree } from '@infinitree/core';
import { code, codeOf, createGarden, errorOf, Garden, idsIn, KINDS, plant } from './scene.js';

describe.each(KINDS)('commit, %s heads', (heads) => {
  test('takes a message, a message and options, options alone, or nothing', async () => {
    const { tree } = await createGarden(heads);
    const commit = async (...args: unknown[]) => {
      tree.index.lastTime.value += 1;
      return (tree.commit as (...args: unknown[]) => ReturnType<typeof tree.commit>)(...args);
    };

    expect(await commit('m')).toMatchObject({ message: 'm', data: undefined });
    expect(await commit('m', { data: 1 })).toMatchObject({ message: 'm', data: 1 });
    expect(await commit({ message: 'n', data: [2] })).toMatchObject({ message: 'n', data: [2] });
    expect(await commit()).toMatchObject({ message: '' });
    expect(await commit(undefined, { data: null })).toMatchObject({ message: '', data: null });
    expect(await commit(null)).toMatchObject({ message: '' });
    expect((await tree.commits()).length).toBe(6);
  });

  test('data and message come back as they were given, frozen, also after opening again and folding', async () => {
    const { tree, backend, key } = await createGarden(heads);
    const data = { at: new Date(5), bytes: new Uint8Array([1, 2]), list: [{ n: 2n ** 70n }], map: new Map([[1, 'x']]) };
    const message = 'grüße \u{1f331}\n\0';
    await tree.commit(message, { data, mode: 'always' });
    for (let i = 0; i < 300; i++) await tree.commit('filler', { mode: 'always' });
    await tree.close();

    const again = await Infinitree.open(Garden, { backend, key });
    const first = (await again.commits())[0]!;
    expect(first.message).toBe(message);
    expect(first.data).toEqual(data);
    const found = first.data as typeof data;
    expect(Object.isFrozen(found) && Object.isFrozen(found.list) && Object.isFrozen(found.list[0])).toBe(true);
    expect(Object.isFrozen(first)).toBe(true);
  });

  test('the data given are copied at the call', async () => {
    const { tree } = await createGarden(heads);
    const data = { n: 1 };

    const commit = tree.commit({ data, mode: 'always' });
    data.n = 2;

    expect((await commit)?.data).toEqual({ n: 1 });
  });

  test('mode "on-change" makes none when nothing is staged, "always" makes one', async () => {
    const { tree } = await createGarden(heads);

    expect(await tree.commit({ mode: 'on-change', message: 'm' })).toBeUndefined();
    expect(await tree.commit({ mode: 'always' })).toMatchObject({ sequence: 1 });
    tree.index.plants.set(1, plant(1));
    expect(await tree.commit({ mode: 'on-change' })).toMatchObject({ sequence: 2 });
    expect(await tree.commit()).toBeUndefined();
  });

  test('a change and its undoing may leave nothing to commit, a repeated value is a change', async () => {
    const { tree } = await createGarden(heads);
    tree.index.plants.set(1, plant(1));
    tree.index.plants.delete(1);
    expect(await tree.commit()).toBeUndefined();
    tree.index.plants.clear();
    expect(await tree.commit()).toBeUndefined();
    tree.index.lastTime.value = 0;
    expect(await tree.commit()).toMatchObject({ sequence: 1 });
  });

  test.each([
    ['a message of more than 16,384 bytes', { message: 'x'.repeat(16_385) }],
    ['a message of more bytes than characters', { message: '€'.repeat(5_462) }],
    ['a message that is no string', { message: 5 as never }],
    ['a message with half a character', { message: 'a\ud800' }],
    ['an unknown mode', { mode: 'sometimes' as never }],
    ['data of more than 65,536 bytes', { data: new Uint8Array(65_537) }],
    ['data that cannot be stored', { data: () => 1 }],
  ])('refuses %s, and keeps what is staged', async (_, options) => {
    const { tree, backend } = await createGarden(heads);
    tree.index.plants.set(1, plant(1));
    const before = await idsIn(backend);

    expect(await codeOf(() => tree.commit(options))).toBe(code('INVALID_ARGUMENT'));
    expect(await idsIn(backend)).toEqual(before);
    expect(await tree.commit('good')).toMatchObject({ sequence: 1 });
  });

  test('takes the longest message and the largest data at once, also in the smallest objects', async () => {
    const { tree, backend, key } = await createGarden(heads);
    const data = Uint8Array.from({ length: 65_500 }, (_, i) => (i * i * 31) >>> 3);
    const message = 'x'.repeat(16_384);
    for (let i = 0; i < 3; i++) await tree.commit({ message, data, mode: 'always' });
    await tree.close();

    const commits = await (await Infinitree.open(Garden, { backend, key })).commits();
    expect(commits.map((commit) => commit.message.length)).toEqual([16_384, 16_384, 16_384]);
    expect(Buffer.compare(commits[2]!.data as Uint8Array, data)).toBe(0);
  });

  test('what is changed while it is awaited belongs to the next commit', async () => {
    const { tree } = await createGarden(heads);
    tree.index.plants.set(1, plant(1));
    const first = tree.commit('first');
    tree.index.plants.set(1, plant(11)).set(2, plant(2));
    expect(tree.index.plants.get(1)).toEqual(plant(11));
    await first;
    await tree.commit('second');

    const view = await tree.at('HEAD~1');
    await view.load();
    expect([...view.index.plants]).toEqual([[1, plant(1)]]);
    expect(await tree.get('plants', 1)).toEqual(plant(11));
  });

  test('calls that queue up become commits of their own, in order', async () => {
    const { tree } = await createGarden(heads);
    const calls = Array.from({ length: 20 }, (_, i) => {
      tree.index.plants.set(i, plant(i));
      return tree.commit(String(i));
    });

    expect((await Promise.all(calls)).map((commit) => commit?.message)).toEqual(calls.map((__, i) => String(i)));
    expect((await tree.commits()).map(({ sequence }) => sequence)).toEqual(calls.map((__, i) => i + 1));
    expect(await (await tree.at('HEAD~10')).has('plants', 10)).toBe(false);
  });
});

test('a stopped commit leaves everything staged, and says why it stopped', async () => {
  const { tree } = await createGarden();
  for (let i = 0; i < 20_000; i++) tree.index.plants.set(i, plant(i));
  const reason = new Error('enough');
  const controller = new AbortController();
  const commit = tree.commit('large', { signal: controller.signal });
  controller.abort(reason);

  expect(await errorOf(() => commit)).toMatchObject({ code: code('ABORTED'), cause: reason });
  expect(tree.index.plants.size).toBe(20_000);
  expect(await tree.commits()).toEqual([]);
  await tree.commit('again');
  expect(await tree.get('plants', 19_999)).toEqual(plant(19_999));
});
