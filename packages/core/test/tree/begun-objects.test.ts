import type { BlobRef, ChunkPointer } from '@infinitree/core';
import { jest } from '@jest/globals';
import { type ObjectId, toObjectId } from '../../src/format/ids.js';
import type { Session } from '../../src/tree/session.js';
import { BegunObjects } from '../../src/tree/storage/begun-objects.js';
import { noise, type Tree, World } from './care/scene.js';
import { OBJECT_SIZE } from './scene.js';

const sessionOf = (tree: Tree): Session => (tree as unknown as { session: Session }).session;
const id = (of: BlobRef): ObjectId => toObjectId((of.chunks[0] as ChunkPointer).object);

describe('what a handle remembers of the objects that it stores', () => {
  test('is nothing once they are committed', async () => {
    const tree = await new World('cas').create();
    const { begun } = sessionOf(tree);
    const writer = tree.storageWriter();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 40; i++) tree.index.files.set(`${round} ${i}`, await tree.blobs.put(noise(OBJECT_SIZE / 3)));
      tree.index.files.set(`${round} once`, await tree.blobs.put(noise(OBJECT_SIZE), { dedup: true }));
      for (let i = 0; i < 40; i++) tree.index.notes.set(`${round} ${i}`, await writer.write(noise(OBJECT_SIZE)));
      expect(begun.size).toBeGreaterThan(50);
      await tree.commit(`round ${round}`);
      expect([begun.size, begun.isEmpty]).toEqual([0, true]);
    }
    await tree.close();
  });

  test('goes on for an object of which one chunk of two is committed', async () => {
    const tree = await new World('cas').create();
    const { begun } = sessionOf(tree);
    const [now, later] = [await tree.blobs.put(noise(100)), await tree.blobs.put(noise(100))];
    expect(id(later)).toBe(id(now));
    tree.index.files.set('now', now);
    await tree.commit('now');
    expect([begun.has(id(now)), begun.hasUncommitted(id(now)), begun.size]).toEqual([false, true, 1]);
    tree.index.files.set('later', later);
    await tree.commit('later');
    expect(begun.size).toBe(0);
    await tree.close();
  });

  test('and takes an id without a place for no chunk in particular', () => {
    const begun = new BegunObjects();
    const object = noise(32);
    const name = toObjectId(object);
    begun.begin(name, 7);
    begun.wrote({ object, offset: 0, size: 1, tag: noise(16), codec: 0 });
    begun.settleReference({ objects: [name], pointers: [] });
    expect([begun.has(name), begun.hasUncommitted(name)]).toEqual([false, true]);
  });

  test('costs a chunk the same however much there is of it', async () => {
    const tree = await new World('cas').create();
    const { begun } = sessionOf(tree);
    for (let i = 0; i < 30; i++) await tree.blobs.put(noise(OBJECT_SIZE));
    await tree.blobs.put(noise(10));
    const asked = jest.spyOn(begun, 'isSwept');
    await tree.blobs.put(noise(10));
    expect(asked.mock.calls.length).toBe(1);
    await tree.close();
  });
});

test('reading what is in storage does not cut short the object that is being filled', async () => {
  const tree = await new World('cas').create();
  const first = await tree.blobs.put(noise(OBJECT_SIZE));
  for (const { holds } of sessionOf(tree).openWriters) {
    for (let turn = 0; turn < 1000 && holds(id(first)); turn++) await Promise.resolve();
    expect(holds(id(first))).toBe(false);
  }
  const second = await tree.blobs.put(noise(10));
  for await (const _ of tree.blobs.get(first));
  const third = await tree.blobs.put(noise(10));
  expect(id(third)).toBe(id(second));
  for await (const _ of tree.blobs.get(third));
  expect(id(await tree.blobs.put(noise(10)))).not.toBe(id(third));
  await tree.close();
});
