import {
  Infinitree,
  Key,
  MemoryBackend,
  registerIndex,
  type Strategy,
  VersionedList,
  VersionedMap,
} from '@infinitree/core';

/** Keeps texts of more than a kilobyte apart from the index, and small ones in it. */
const largeApart: Strategy<number, string> = {
  id: 'large-apart',
  store: async (_key, value, apart) => (value.length > 1024 ? { apart: await apart.put(value) } : value),
  load: async (_key, stored, apart) =>
    typeof stored === 'string' ? stored : ((await apart.get((stored as { apart: unknown }).apart)) as string),
};

class Texts {
  texts = new VersionedMap<number, string>();
  lines = new VersionedList<string>();
}
registerIndex(Texts, {
  fields: [
    { property: 'texts', name: 'texts', strategy: largeApart },
    { property: 'lines', name: 'lines', strategy: largeApart },
  ],
});

const text = (i: number) => `${i}`.repeat(i % 7 === 0 ? 3000 : 3);

describe("a strategy of the user's own", () => {
  const key = Key.random();

  async function filled() {
    const backend = new MemoryBackend();
    await using tree = await Infinitree.create(Texts, { backend, key, objectSize: 65_536 });
    for (let i = 0; i < 60; i++) tree.index.texts.set(i, text(i));
    tree.index.lines.push(text(7), text(8));
    await tree.commit();
    for (let i = 0; i < 60; i++) {
      tree.index.texts.set(100 + i, text(i));
      await tree.commit();
    }
    return backend;
  }

  test('says what stands in the index, through commits, folds and every way of reading', async () => {
    const backend = await filled();
    await using tree = await Infinitree.open(Texts, { backend, key });
    expect(await tree.get('texts', 14)).toBe(text(14));
    expect(await tree.getMany('texts', [3, 107, 999])).toEqual([text(3), text(7), undefined]);
    tree.index.texts.set(5, 'staged');
    for await (const [id, value] of tree.entries('texts', { lt: 60 })) {
      expect(value).toBe(id === 5 ? 'staged' : text(id));
    }
    expect(await tree.get('lines', 0)).toBe(text(7));
    await tree.load();
    expect(tree.index.texts.get(21)).toBe(text(21));
    expect([...tree.index.lines]).toEqual([text(7), text(8)]);
    expect(tree.index.texts.size).toBe(120);
  });

  test('is not taken for another one', async () => {
    const backend = await filled();
    class Local {
      texts = new VersionedMap<number, string>();
    }
    registerIndex(Local, { fields: [{ property: 'texts', name: 'texts' }] });
    const error = await Infinitree.open(Local, { backend, key }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'INFINITREE_SCHEMA',
      message: expect.stringContaining('large-apart') as unknown,
    });
  });

  test('fails with its own error as the cause, and loses nothing', async () => {
    const boom = new Error('boom');
    let broken = true;
    class Fragile {
      texts = new VersionedMap<number, string>();
    }
    const strategy: Strategy<number, string> = {
      id: 'fragile',
      store: async (_key, value) => {
        if (broken) throw boom;
        return value;
      },
      load: async (_key, stored) => {
        if (broken) throw boom;
        return stored as string;
      },
    };
    registerIndex(Fragile, { fields: [{ property: 'texts', name: 'texts', strategy }] });
    await using tree = await Infinitree.create(Fragile, { backend: new MemoryBackend(), key, objectSize: 65_536 });
    tree.index.texts.set(1, 'a');
    await expect(tree.commit()).rejects.toMatchObject({ code: 'INFINITREE_SCHEMA', cause: boom });
    broken = false;
    await tree.commit();
    broken = true;
    await expect(tree.load()).rejects.toMatchObject({ code: 'INFINITREE_SCHEMA', cause: boom });
    broken = false;
    expect(await tree.get('texts', 1)).toBe('a');
  });
});
