import { Infinitree } from '@infinitree/core';
import { code, codeOf, collect, createGarden, errorOf, Garden, KINDS, plant, reopenedGarden } from './scene.js';

describe.each(KINDS)('reading without loading, %s heads', (heads) => {
  test('get, has and getMany give what is stored, in the order asked, and load nothing', async () => {
    const { tree } = await reopenedGarden(3, heads);

    expect(await tree.get('plants', 2)).toEqual(plant(2));
    expect(await tree.get('plants', 9)).toBeUndefined();
    expect(await tree.has('plants', 3)).toBe(true);
    expect(await tree.has('plants', -3)).toBe(false);
    expect(await tree.has('notes', 'nothing was ever put here')).toBe(false);
    expect(await tree.getMany('plants', new Set([3, 9, 1]))).toEqual([plant(3), undefined, plant(1)]);
    expect(await tree.getMany('plants', [2, 2])).toEqual([plant(2), plant(2)]);
    expect(await tree.getMany('plants', [])).toEqual([]);
    // Strictly: what is not there is no hole in the array.
    expect(await tree.getMany('plants', [9])).toStrictEqual([undefined]);
    expect(tree.index.plants.state).toBe('none');
  });

  test('entries go in key order, from gte up to lt, backwards, limited, filtered', async () => {
    const { tree } = await reopenedGarden(6, heads);
    const ids = async (options?: object) => (await collect(tree.entries('plants', options))).map(([id]) => id);

    expect(await ids()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await ids({ gte: 2, lt: 5 })).toEqual([2, 3, 4]);
    expect(await ids({ gte: 2, lt: 5, reverse: true })).toEqual([4, 3, 2]);
    expect(await ids({ gte: 5, lt: 2 })).toEqual([]);
    expect(await ids({ limit: 2 })).toEqual([1, 2]);
    expect(await ids({ limit: 0 })).toEqual([]);
    expect(await ids({ limit: 2, reverse: true })).toEqual([6, 5]);
    expect(await ids({ where: (id: number) => id % 2 === 0, limit: 2 })).toEqual([2, 4]);
    expect(await ids({ where: (id: number) => (id === 4 ? 'abort' : id === 2 ? 'skip' : 'take') })).toEqual([1, 3]);
    expect(tree.index.plants.state).toBe('none');
  });

  test('keysOnly gives pairs all the same', async () => {
    const { tree } = await reopenedGarden(2, heads);

    expect(await collect(tree.entries('plants', { keysOnly: true }))).toEqual([
      [1, undefined],
      [2, undefined],
    ]);
  });

  test('what is read is frozen', async () => {
    const { tree } = await reopenedGarden(1, heads);
    const [[, value] = []] = await collect(tree.entries('plants'));

    for (const found of [await tree.get('plants', 1), value, (await tree.getMany('plants', [1]))[0]]) {
      expect(Object.isFrozen(found) && Object.isFrozen(found!.tags)).toBe(true);
    }
  });

  test('staged changes show: values, deletions, a clear', async () => {
    const { tree } = await reopenedGarden(3, heads);
    tree.index.plants.set(0, plant(0)).set(2, plant(22)).set(9, plant(9)).delete(3);

    expect(await tree.getMany('plants', [0, 1, 2, 3, 9])).toEqual([plant(0), plant(1), plant(22), undefined, plant(9)]);
    expect(await tree.has('plants', 3)).toBe(false);
    const expected = [
      [0, plant(0)],
      [1, plant(1)],
      [2, plant(22)],
      [9, plant(9)],
    ];
    expect(await collect(tree.entries('plants'))).toEqual(expected);
    expect(await collect(tree.entries('plants', { reverse: true }))).toEqual(expected.reverse());
    tree.index.plants.clear();
    expect(await collect(tree.entries('plants'))).toEqual([]);
    expect(await tree.get('plants', 1)).toBeUndefined();
  });

  test('the state is that of the call: what is changed or committed while it is awaited does not show', async () => {
    const { tree } = await reopenedGarden(40, heads);
    const ids = Array.from({ length: 60 }, (_, i) => i + 1);
    tree.index.plants.set(50, plant(50)).delete(39);
    const expected = ids.map((id) => (id === 50 || (id <= 40 && id !== 39) ? plant(id) : undefined));

    const many = tree.getMany('plants', ids);
    const one = tree.get('plants', 50);
    const has = tree.has('plants', 39);
    const entries = tree.entries('plants');
    tree.index.plants.set(40, plant(1)).set(50, plant(2)).set(39, plant(3)).set(60, plant(4));
    await tree.commit('meanwhile');
    tree.index.plants.clear();

    expect(await many).toEqual(expected);
    expect(await one).toEqual(plant(50));
    expect(await has).toBe(false);
    const present = ids.flatMap((id) => (expected[id - 1] === undefined ? [] : [[id, plant(id)]]));
    expect(await collect(entries)).toEqual(present);
  });

  test('staged changes that a commit takes along while they are looked up are not missed', async () => {
    const { tree } = await reopenedGarden(40, heads);
    const ids = Array.from({ length: 200 }, (_, i) => i + 1);
    for (const id of ids) tree.index.plants.set(id, plant(-id));

    const commit = tree.commit('all of them');
    const many = tree.getMany('plants', ids);
    await commit;

    expect(await many).toEqual(ids.map((id) => plant(-id)));
  });
});

describe('what reading without loading refuses', () => {
  test('a single value has no entries: load it', async () => {
    const { tree } = await reopenedGarden(1);

    for (const read of [
      () => tree.entries('lastTime' as never),
      () => tree.get('lastTime' as never, 1 as never),
      () => tree.getMany('lastTime' as never, []),
      () => tree.has('lastTime' as never, 1 as never),
    ]) {
      const error = await errorOf(read);
      expect(error).toMatchObject({ code: code('INVALID_ARGUMENT') });
      expect(error?.message).toContain('load it');
    }
  });

  test('fields there are not, and stored names', async () => {
    const { tree } = await reopenedGarden(1);

    for (const name of ['stored_plants', 'nope', '__proto__', undefined]) {
      expect(await codeOf(() => tree.entries(name as never))).toBe(code('INVALID_ARGUMENT'));
      expect(await codeOf(() => tree.get(name as never, 1 as never))).toBe(code('INVALID_ARGUMENT'));
      expect(await codeOf(() => tree.getMany(name as never, []))).toBe(code('INVALID_ARGUMENT'));
      expect(await codeOf(() => tree.has(name as never, 1 as never))).toBe(code('INVALID_ARGUMENT'));
    }
  });

  test('what can be no key, and limits that are none', async () => {
    const { tree } = await reopenedGarden(1);

    for (const key of [Number.NaN, undefined, null, {}, '\ud800', new Date(), 'x'.repeat(5000)]) {
      expect(await codeOf(() => tree.get('plants', key as never))).toBe(code('INVALID_ARGUMENT'));
      expect(await codeOf(() => tree.has('plants', key as never))).toBe(code('INVALID_ARGUMENT'));
      expect(await codeOf(() => tree.getMany('plants', [1, key as never]))).toBe(code('INVALID_ARGUMENT'));
      if (key === undefined) continue;
      expect(await codeOf(() => tree.entries('plants', { gte: key as never }))).toBe(code('INVALID_ARGUMENT'));
      expect(await codeOf(() => tree.entries('plants', { lt: key as never }))).toBe(code('INVALID_ARGUMENT'));
    }
    for (const limit of [-1, 1.5, Number.NaN, '1' as never]) {
      expect(await codeOf(() => tree.entries('plants', { limit }))).toBe(code('INVALID_ARGUMENT'));
    }
    expect(await codeOf(() => tree.entries('plants', { where: (() => 1) as never }))).toBe(code('INVALID_ARGUMENT'));
  });

  test('what a predicate throws comes out as it is', async () => {
    const { tree } = await reopenedGarden(1);
    const mine = new RangeError('mine');
    const where = () => {
      throw mine;
    };

    await expect(collect(tree.entries('plants', { where }))).rejects.toBe(mine);
    await expect(tree.load('plants', { where })).rejects.toBe(mine);
    expect(tree.index.plants.state).toBe('none');
  });
});

test('keys of all kinds are told apart and ordered: 1 is not 1n, -0 is 0', async () => {
  const { tree, backend, key } = await createGarden();
  const notes = tree.index.notes as unknown as Map<unknown, unknown>;
  const keys = [false, true, -1, 0, 1.5, -5n, 1n, '', 'a', '\u{ffff}', '\u{10000}', new Uint8Array([0]), [], [1], [[]]];
  for (const one of [...keys].reverse()) notes.set(one, typeof one);
  notes.set(-0, 'zero');
  await tree.commit();
  await tree.close();

  const again = await Infinitree.open(Garden, { backend, key });
  const found = await collect(again.entries('notes'));
  expect(found.map(([one]) => one)).toEqual(keys);
  expect(await again.get('notes', 0 as never)).toBe('zero');
  expect(await again.get('notes', 1 as never)).toBeUndefined();
  expect(await again.get('notes', 1n as never)).toBe('bigint');
  await again.load();
  expect([...again.index.notes]).toEqual(found);
});

test('values of all kinds come back as they were', async () => {
  const { tree, backend, key } = await createGarden();
  const values = [
    undefined,
    null,
    -0,
    Number.NaN,
    2n ** 80n,
    '\u{1f600}',
    new Date(5),
    new Uint8Array([1, 2]),
    new Map([[{ a: 1 }, new Set([1])]]),
    { deep: [[{ list: [] }]] },
    new Float64Array([1.5]),
  ];
  values.forEach((value, i) => tree.index.notes.set(String(i), value));
  await tree.commit();
  await tree.close();

  const again = await Infinitree.open(Garden, { backend, key });
  const keys = values.map((_, i) => String(i));
  expect(await again.getMany('notes', keys)).toEqual(values);
  expect(await again.has('notes', '0')).toBe(true);
  await again.load();
  expect(keys.map((one) => again.index.notes.get(one))).toEqual(values);
});
