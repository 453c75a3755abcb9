// Trees that have grown beyond what fits where it used to be.
import { Infinitree, Key, MemoryBackend, registerIndex, VersionedMap } from '@infinitree/core';
import { FailingBackend, SeededRandom } from '@infinitree/testing';
import { encodeBlock } from '../../src/codec/block.js';
import type { ObjectReader } from '../../src/object/object-reader.js';
import { BlockStore } from '../../src/tree/read/block-store.js';
import { code, codeOf, collect, createGarden, Garden, KINDS, mapClass, OBJECT_SIZE, plant } from './scene.js';

describe.each(KINDS)('%s heads', (heads) => {
  test('more runs than a head can name stay readable, now and in the past', async () => {
    const random = new SeededRandom(2);
    const { tree, backend, key } = await createGarden(heads);
    const blob = (i: number) => `${i} ${Buffer.from(random.bytes(9_000)).toString('latin1')}`;
    const blobs = Array.from({ length: 980 }, (_, i) => blob(i));
    for (const [i, text] of blobs.entries()) {
      tree.index.notes.set(`note ${i % 140}`, text);
      await tree.commit(`run ${i}`);
    }
    for (let i = 0; i < 300; i++) {
      tree.index.plants.set(i % 3, plant(i));
      await tree.commit(`fold ${i}`);
    }
    await tree.close();

    const again = await Infinitree.open(Garden, { backend, key });
    for (const i of [0, 70, 139]) expect((await again.get('notes', `note ${i}`)) === blobs[840 + i]).toBe(true);
    const past = await again.at('HEAD~1000');
    expect((await past.get('notes', 'note 5')) === blobs[145]).toBe(true);
    expect((await past.get('notes', 'note 139')) === blobs[279]).toBe(true);
    expect((await past.commits()).length).toBe(280);
    await again.load();
    expect(again.index.notes.size).toBe(140);
    expect(again.index.plants.get(2)).toEqual(plant(299));
    expect((await again.commits()).length).toBe(1280);
  }, 60_000);
});

test('a log of many nodes is read from the newest to the oldest', async () => {
  const { tree, backend, key } = await createGarden('epoch', { objectSize: 1_048_576 });
  const count = 9_000;
  for (let i = 0; i < count; i += 250) {
    await Promise.all(Array.from({ length: 250 }, (_, j) => tree.commit(String(i + j), { mode: 'always' })));
  }
  await tree.close();

  const again = await Infinitree.open(Garden, { backend, key });
  const commits = await again.commits();
  expect(commits.length).toBe(count);
  expect(commits.every(({ message, sequence }, i) => message === String(i) && sequence === i + 1)).toBe(true);
  expect((await again.at(commits[3]!.id)).index.plants.state).toBe('none');
}, 60_000);

test('what a clear took away does not come back from runs that hold it still', async () => {
  const { tree, backend, key } = await createGarden();
  for (let i = 0; i < 300; i++) {
    if (i === 150) tree.index.plants.clear();
    tree.index.plants.set(i % 2 === 0 ? i : -1, plant(i));
    await tree.commit();
  }
  for (let i = 0; i < 300; i++) await tree.commit('fold', { mode: 'always' });
  await tree.close();

  const again = await Infinitree.open(Garden, { backend, key });
  expect(await again.get('plants', 148)).toBeUndefined();
  expect(await again.has('plants', 0)).toBe(false);
  expect(await again.get('plants', 150)).toEqual(plant(150));
  expect(await again.get('plants', -1)).toEqual(plant(299));
  expect((await collect(again.entries('plants', { keysOnly: true }))).length).toBe(76);
  const before = await again.at('HEAD~450');
  expect(await before.get('plants', 148)).toEqual(plant(148));
  expect(await before.get('plants', -1)).toEqual(plant(149));
});

test('many values apart are fetched again when they are no longer kept', async () => {
  class Apart {
    map = new VersionedMap<number, string>();
  }
  registerIndex(Apart, { fields: [{ property: 'map', name: 'map', strategy: 'sparse' }] });
  const random = new SeededRandom(4);
  const backend = new FailingBackend(new MemoryBackend());
  const key = Key.random();
  const tree = await Infinitree.create(Apart, { backend, key, objectSize: OBJECT_SIZE });
  const texts = Array.from({ length: 150 }, () => Buffer.from(random.bytes(45_000)).toString('base64'));
  texts.forEach((text, i) => tree.index.map.set(i, text));
  await tree.commit();
  await tree.close();

  const again = await Infinitree.open(Apart, { backend, key });
  for (const order of [texts.keys(), [...texts.keys()].reverse()]) {
    for (const i of order) expect((await again.get('map', i)) === texts[i]).toBe(true);
  }
  await again.load();
  expect(again.index.map.size).toBe(150);
}, 60_000);

test('blocks that are no longer kept are read again', async () => {
  // 40 MB of values in blocks of 128 KiB: more than what is kept decoded.
  const Large = mapClass<string>('large');
  const random = new SeededRandom(6);
  const backend = new MemoryBackend();
  const key = Key.random();
  const tree = await Infinitree.create(Large, { backend, key });
  const texts = Array.from({ length: 800 }, () => Buffer.from(random.bytes(25_000)).toString('latin1'));
  texts.forEach((text, i) => tree.index.map.set(String(i).padStart(4, '0'), text));
  await tree.commit();
  await tree.close();

  const again = await Infinitree.open(Large, { backend, key, readonly: true });
  for (const i of [...texts.keys(), 0, 1, 799]) {
    expect((await again.get('map', String(i).padStart(4, '0'))) === texts[i]).toBe(true);
  }
  const backwards = await collect(again.entries('map', { reverse: true, keysOnly: true }));
  expect(backwards.map(([name]) => Number(name))).toEqual([...texts.keys()].reverse());
}, 60_000);

test('a block that holds other than its reference says is CORRUPT, and is asked for again', async () => {
  const ref = { firstKey: 1, lastKey: 2, count: 2, plainLength: 100, extent: { codec: 0, segments: [] } };
  let stored = encodeBlock({ keys: [1], values: ['a'] });
  const reader = { read: () => Promise.resolve(stored) } as unknown as ObjectReader;
  const blocks = new BlockStore(reader, 1000);

  expect(await codeOf(() => blocks.block(ref))).toBe(code('CORRUPT'));
  stored = encodeBlock({ keys: [1, 2], values: ['a', 'b'] });
  expect((await blocks.block(ref)).values.all()).toEqual(['a', 'b']);
});
