import { MemoryBackend, type ObjectId } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { pack } from '../../src/codec/compression.js';
import type { Extent } from '../../src/format/extent.js';
import { idBytes } from '../../src/format/id-bytes.js';
import { ObjectReader } from '../../src/object/object-reader.js';
import { ObjectWriter } from '../../src/object/object-writer.js';
import { failureOf, makeScene, noise, OBJECT_SIZE, type Scene } from './scene.js';

async function write(scene: Scene, ...contents: readonly Uint8Array[]): Promise<Extent[]> {
  const writer = new ObjectWriter(scene.context, 'index');
  const extents: Extent[] = [];
  for (const content of contents) {
    const packed = pack(content);
    extents.push(await writer.write(packed.codec, packed.bytes));
  }
  await writer.flush();
  return extents;
}

const sizes = [0, 1, 63, 64, 1000, OBJECT_SIZE - 17, OBJECT_SIZE - 16, OBJECT_SIZE - 15, OBJECT_SIZE, 200_000];

describe.each([true, false])('extents, ranges: %p', (ranges) => {
  test('give back what was written, whatever its size and its neighbours', async () => {
    const scene = await makeScene({ ranges });
    const contents = [...sizes.map((size) => noise(size)), new Uint8Array(100_000)];

    const extents = await write(scene, ...contents);

    const reader = new ObjectReader(scene.context);
    for (const [i, extent] of extents.entries()) {
      expect(Buffer.compare(await reader.read(extent), contents[i]!)).toBe(0);
    }
    for (const { bytes } of scene.store.entries.values()) {
      expect(bytes.length).toBe(OBJECT_SIZE);
      // What is behind the content is no zeros either.
      expect(bytes.subarray(-64).filter((byte) => byte === 0).length).toBeLessThan(8);
    }
  });

  test('that miss their object, or find it changed, are CORRUPT and name it', async () => {
    const scene = await makeScene({ ranges });
    const [extent] = await write(scene, noise(1000));
    const { object } = extent!.segments[0]!;
    const entry = scene.store.entries.get(object)!;
    const read = async (bytes: Uint8Array | undefined, changed = extent!): Promise<string> => {
      if (bytes === undefined) scene.store.entries.delete(object);
      else scene.store.entries.set(object, { ...entry, bytes });
      return failureOf(() => new ObjectReader(scene.context).read(changed));
    };
    const flipped = entry.bytes.slice();
    flipped[999]! ^= 1;

    for (const [bytes, words] of [
      [undefined, 'is missing from the storage'],
      [flipped, 'damaged at 0: its bytes do not carry the right tag'],
      [
        entry.bytes.subarray(0, 500),
        ranges ? 'damaged at 0: it is shorter than it should be' : 'has 500 bytes instead',
      ],
      [new Uint8Array(0), ranges ? 'shorter' : 'has 0 bytes instead'],
    ] as const) {
      const failure = await read(bytes);
      expect(failure).toContain(`INFINITREE_CORRUPT: Object ${object}`);
      expect(failure).toContain(words);
    }
    const [segment] = extent!.segments;
    const beyond = [{ ...segment!, offset: OBJECT_SIZE - 10 }];
    expect(await read(entry.bytes, { ...extent!, segments: beyond })).toContain('reaches beyond its end');
    for (const moved of [
      { ...segment!, offset: 16 },
      { ...segment!, length: 999 },
      { ...segment!, length: OBJECT_SIZE },
    ]) {
      expect(await read(entry.bytes, { ...extent!, segments: [moved] })).toContain(`CORRUPT: Object ${object}`);
    }
    expect(await read(entry.bytes, { ...extent!, codec: 1 })).toContain('right tag');
    expect(await read(entry.bytes, { codec: 9, segments: [] })).toContain('unknown codec');
    expect(await read(entry.bytes)).toBe('no failure');
  });
});

test('a bound on the content is kept before anything is fetched', async () => {
  const scene = await makeScene();
  const [packed, plain] = await write(scene, new Uint8Array(50_000), noise(50_000));
  const reader = new ObjectReader(scene.context);

  expect(await failureOf(() => reader.read(packed!, 49_999))).toContain('CORRUPT');
  expect(await failureOf(() => reader.read(plain!, 49_000))).toContain('CORRUPT');
  expect((await reader.read(packed!, 50_000)).length).toBe(50_000);
});

test('without ranges, neighbours cost one fetch, and only the last few objects are kept', async () => {
  const inner = new MemoryBackend({ ranges: false });
  const backend = new FailingBackend(inner);
  const scene = await makeScene({ backend });
  const extents = await write(scene, ...Array.from({ length: 60 }, (_, i) => noise(6_000, i)));
  const objects = new Set(extents.map(({ segments }) => segments[0]!.object)).size;
  expect(objects).toBeGreaterThan(4);
  const reader = new ObjectReader(scene.context);

  await Promise.all(extents.slice(0, 5).map((extent) => reader.read(extent)));
  expect(backend.count('get')).toBe(1);
  for (const extent of extents) await reader.read(extent);
  const once = backend.count('get');
  expect(once).toBeLessThanOrEqual(objects + 2);
  await reader.read(extents[0]!);
  expect(backend.count('get')).toBe(once + 1);
  backend.fail({ verb: 'get', forever: true });
  const failing = new ObjectReader(scene.context);
  expect(await failureOf(() => failing.read(extents[0]!))).toContain('BACKEND');
  backend.heal();
  expect((await failing.read(extents[0]!)).length).toBe(6_000);
});

test('without ranges, an object that is read again and again is fetched once', async () => {
  const backend = new FailingBackend(new MemoryBackend({ ranges: false }));
  const scene = await makeScene({ backend });
  const extents = await write(scene, ...Array.from({ length: 200 }, (_, i) => noise(6_000, i)));
  const objects = new Set(extents.map(({ segments }) => segments[0]!.object)).size;
  expect(objects).toBeGreaterThan(12);
  const reader = new ObjectReader(scene.context);
  for (const extent of extents) {
    await reader.read(extents[0]!);
    await reader.read(extent);
  }
  expect(backend.count('get')).toBeLessThanOrEqual(objects + 2);
});

describe('chunks whose tags are kept apart', () => {
  test('give back what was written; no two begin at one place', async () => {
    const scene = await makeScene();
    const writer = new ObjectWriter(scene.context, 'storage');
    const contents = sizes.map((size) => noise(size));
    const pointers = [];
    for (const content of contents) pointers.push(await writer.writeDetached(0, content));
    await writer.flush();

    const reader = new ObjectReader(scene.context);
    for (const [i, one] of pointers.entries()) {
      expect(Buffer.compare(await reader.readDetached(one), contents[i]!)).toBe(0);
    }
    const places = pointers.flat().map(({ object, offset }) => `${Buffer.from(object).toString('hex')} ${offset}`);
    expect(new Set(places).size).toBe(places.length);
    expect((await reader.readDetached([])).length).toBe(0);
  });

  test('in one piece begin a new object where there is no room', async () => {
    const scene = await makeScene();
    const writer = new ObjectWriter(scene.context, 'storage');

    const pointers = [];
    for (const size of [40_000, 40_000, 20_000, OBJECT_SIZE]) pointers.push(await writer.writeWhole(0, noise(size)));
    await writer.flush();

    const objects = pointers.map((pointer) => Buffer.from(pointer!.object).toString('hex'));
    expect(objects[1]).not.toBe(objects[0]);
    expect(objects[2]).toBe(objects[1]);
    expect(objects[3]).not.toBe(objects[2]);
    const reader = new ObjectReader(scene.context);
    for (const pointer of pointers) expect((await reader.readDetached([pointer!])).length).toBe(pointer!.size);
  });

  test('are CORRUPT where the pointer or the object is not right', async () => {
    const scene = await makeScene();
    const writer = new ObjectWriter(scene.context, 'storage');
    const [pointer] = await writer.writeDetached(0, noise(1000));
    await writer.flush();
    const id = Buffer.from(pointer!.object).toString('hex') as ObjectId;
    const reader = new ObjectReader(scene.context);
    const tag = pointer!.tag.slice();
    tag[0]! ^= 1;

    for (const [change, words] of [
      [{ tag }, 'right tag'],
      [{ offset: 1 }, 'right tag'],
      [{ size: 999 }, 'right tag'],
      [{ codec: 1 }, 'right tag'],
      [{ offset: OBJECT_SIZE - 5 }, 'beyond its end'],
      [{ size: OBJECT_SIZE + 1 }, 'beyond its end'],
      [{ object: idBytes('00'.repeat(32) as ObjectId) }, 'is missing'],
    ] as const) {
      const failure = await failureOf(() => reader.readDetached([{ ...pointer!, ...change }]));
      expect(failure).toContain('INFINITREE_CORRUPT');
      expect(failure).toContain(words);
    }
    expect(await failureOf(() => reader.readDetached([pointer!], 500))).toContain('CORRUPT');
    const entry = scene.store.entries.get(id)!;
    scene.store.entries.set(id, { ...entry, bytes: entry.bytes.subarray(0, 600) });
    expect(await failureOf(() => reader.readDetached([pointer!]))).toContain('shorter');
  });
});
