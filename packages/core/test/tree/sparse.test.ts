import { Infinitree, Key, MemoryBackend, registerIndex, VersionedMap } from '@infinitree/core';

class Photos {
  photos = new VersionedMap<number, { readonly name: string; readonly bytes: Uint8Array }>();
}
registerIndex(Photos, { fields: [{ property: 'photos', name: 'photos', strategy: 'sparse' }] });

const photo = (i: number, size = 40) => ({ name: `photo ${i}`, bytes: new Uint8Array(size).fill(i) });

describe('a sparse map', () => {
  const key = Key.random();

  async function reopen(backend: MemoryBackend) {
    return Infinitree.open(Photos, { backend, key });
  }

  test('keeps values of any size, small commits and folds included', async () => {
    const backend = new MemoryBackend();
    const tree = await Infinitree.create(Photos, { backend, key, objectSize: 65_536 });
    for (let i = 0; i < 2000; i++) tree.index.photos.set(i, photo(i));
    await tree.commit('bulk');
    tree.index.photos.set(7, photo(8, 300_000));
    await tree.commit('large');
    for (let i = 0; i < 300; i++) {
      tree.index.photos.set(i, photo(i + 1));
      await tree.commit();
    }
    tree.index.photos.delete(1999);
    await tree.commit();
    await tree.close();

    const again = await reopen(backend);
    expect(await again.get('photos', 3)).toEqual(photo(4));
    expect(await again.get('photos', 1500)).toEqual(photo(1500));
    expect(await again.has('photos', 1999)).toBe(false);
    expect(await (await again.at('HEAD~301')).get('photos', 7)).toEqual(photo(8, 300_000));
    let count = 0;
    for await (const [id, value] of again.entries('photos', { gte: 298, lt: 305 })) {
      expect(value).toEqual(photo(id < 300 ? id + 1 : id));
      count += 1;
    }
    expect(count).toBe(7);
    await again.load();
    expect(again.index.photos.size).toBe(1999);
    expect(again.index.photos.get(0)).toEqual(photo(1));
    await again.close();
  });

  test('gives keys without reading values', async () => {
    const backend = new MemoryBackend({ ranges: true });
    const tree = await Infinitree.create(Photos, { backend, key, objectSize: 65_536 });
    for (let i = 0; i < 3000; i++) tree.index.photos.set(i, photo(i));
    await tree.commit();
    await tree.close();
    const again = await reopen(backend);
    const reads: string[] = [];
    const get = backend.get.bind(backend);
    backend.get = async (id, options) => {
      reads.push(id);
      return get(id, options);
    };
    let keys = 0;
    for await (const [, value] of again.entries('photos', { keysOnly: true })) {
      expect(value).toBeUndefined();
      keys += 1;
    }
    const forKeys = new Set(reads);
    for await (const _ of again.entries('photos')) keys += 1;
    expect(keys).toBe(6000);
    expect(new Set(reads).size).toBeGreaterThan(forKeys.size);
    await again.close();
  });
});
