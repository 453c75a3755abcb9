// Storage that changes under those who read it: objects that folding replaced, heads that go, states that come back.
import { Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { SeededRandom, TestClock } from '@infinitree/testing';
import { MemoryStore } from '../../src/backend/memory-store.js';
import { code, codeOf, collect, errorOf, Garden, idsIn, KINDS, OBJECT_SIZE, plant } from './scene.js';

const HOUR = 60 * 60 * 1000;

describe.each(KINDS)('%s heads', (heads) => {
  test.each([false, true])(
    'an iteration goes on behind its last key where folding took its objects, reverse: %p',
    async (reverse) => {
      const clock = new TestClock();
      const random = new SeededRandom(1);
      const backend = new MemoryBackend({ heads });
      const key = Key.random();
      const tree = await Infinitree.create(Garden, { backend, key, objectSize: 1_048_576, environment: { clock } });
      const texts = new Map<string, string>();
      // A young pack of several blocks: it is written again, and deleted, with the folds to come.
      for (let i = 0; i < 270; i++) {
        const [name, text] = [`note ${1000 + i}`, Buffer.from(random.bytes(1_200)).toString('base64')];
        texts.set(name, text);
        tree.index.notes.set(name, text);
        await tree.commit();
      }
      const reader = await Infinitree.open(Garden, { backend, key, readonly: true });
      const entries = reader.entries('notes', { reverse });
      const found = [(await entries.next()).value as [string, unknown]];
      const before = await idsIn(backend);

      for (let i = 0; i < 1200; i++) {
        tree.index.lastTime.value = i;
        await tree.commit();
        clock.advance(HOUR);
      }

      const after = new Set(await idsIn(backend));
      expect(before.some((id) => !after.has(id))).toBe(true);
      found.push(...(await collect(entries)));
      const expected = [...texts];
      expect(found.map(([name]) => name)).toEqual((reverse ? expected.reverse() : expected).map(([name]) => name));
      expect(found.every(([name, text]) => texts.get(name) === text)).toBe(true);
      await reader.close();
      await tree.close();
    },
    60_000,
  );

  async function scene() {
    const store = new MemoryStore();
    const backend = new MemoryBackend({ heads }, store);
    const key = Key.random();
    const tree = await Infinitree.create(Garden, { backend, key, objectSize: OBJECT_SIZE });
    tree.index.plants.set(1, plant(1));
    await tree.commit();
    const kept = new Map([...store.entries].map(([id, entry]) => [id, { ...entry, bytes: entry.bytes.slice() }]));
    const claims = new Set(store.claims);
    const putBack = (from: typeof kept) => {
      store.entries.clear();
      store.claims.clear();
      for (const [id, entry] of from) store.entries.set(id, entry);
      for (const claim of claims) store.claims.add(claim);
    };
    return { store, tree, backend, key, kept, putBack };
  }

  test('a storage that was put back is ROLLBACK to who has seen more, at refresh', async () => {
    const { tree, backend, key, kept, putBack } = await scene();
    const reader = await Infinitree.open(Garden, { backend, key, readonly: true });
    for (let i = 0; i < 30; i++) {
      tree.index.plants.set(2, plant(i));
      await tree.commit();
    }
    await reader.refresh();
    expect(await reader.has('plants', 2)).toBe(true);
    await tree.close();
    putBack(kept);

    expect(await codeOf(() => reader.refresh())).toBe(code('ROLLBACK'));
    expect((await reader.commits()).length).toBe(31);
    const fresh = await Infinitree.open(Garden, { backend, key, readonly: true });
    expect((await fresh.commits()).length).toBe(1);
  });

  test('heads that are gone are CORRUPT to who has seen them, and what is staged is kept', async () => {
    const { store, tree, backend, key } = await scene();
    const reader = await Infinitree.open(Garden, { backend, key, readonly: true });
    await tree.close();
    const writer = await Infinitree.open(Garden, { backend, key });
    writer.index.plants.set(2, plant(2));
    store.entries.clear();

    for (const call of [() => reader.refresh(), () => writer.refresh(), () => writer.commit()]) {
      const error = await errorOf(call);
      expect(error).toMatchObject({ code: code('CORRUPT') });
      expect(error?.message).toContain('missing from the storage');
    }
    expect(writer.index.plants.get(2)).toEqual(plant(2));
    expect(await idsIn(backend)).toEqual([]);
  });
});
