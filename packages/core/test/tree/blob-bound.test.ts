import { type ChunkPointer, Infinitree, Key, MemoryBackend, registerIndex, VersionedMap } from '@infinitree/core';
import { jest } from '@jest/globals';
import { MAX_VALUE_ITEMS } from '../../src/codec/value-kind.js';
import { BlobBound } from '../../src/tree/storage/blob-bound.js';
import { code, errorOf, OBJECT_SIZE } from './scene.js';

class Files {
  files = new VersionedMap<string, unknown>();
}
registerIndex(Files, { fields: [{ property: 'files', name: 'files' }] });

afterEach(() => jest.restoreAllMocks());

/** A file of which only the size is there. */
function sized(bytes: number): Blob {
  return Object.defineProperty(new Blob([]), 'size', { value: bytes });
}

describe('the largest blob', () => {
  test.each([
    ['of any tree', false],
    ['of a split tree', true],
  ])('%s has a reference that a field takes, with a thousand parts around it', async (_, isSplit) => {
    const key = isSplit ? Key.splitReader(Key.random()) : Key.random();
    const options = { backend: new MemoryBackend(), key, objectSize: OBJECT_SIZE };
    const tree = await Infinitree.create(Files, options);
    const ref = await tree.blobs.put(new Uint8Array(100));
    await tree.close();
    // Counted as the bound of a value counts them: a thing itself, and what its properties hold.
    const ofPointer = 1 + Object.keys(ref.chunks[0] as ChunkPointer).length;
    const ofRef = 1 + Object.keys(ref).length;
    const { maxChunks } = new BlobBound(OBJECT_SIZE, isSplit);
    expect(maxChunks * ofPointer + ofRef + 1000).toBeLessThanOrEqual(MAX_VALUE_ITEMS);
    expect((maxChunks + 200) * ofPointer + ofRef).toBeGreaterThan(MAX_VALUE_ITEMS);
  });

  test('is as large as the bound says, and one byte more is refused with what to do', async () => {
    const bound = new BlobBound(OBJECT_SIZE, false);
    bound.check(bound.maxBytes);
    const error = await errorOf(async () => {
      await Promise.resolve();
      bound.check(bound.maxBytes + 1);
    });
    expect(error?.code).toBe(code('INVALID_ARGUMENT'));
    expect(error?.message).toContain(`more than ${bound.maxBytes} bytes`);
    expect(error?.message).toMatch(/several blobs.*objects have 1048576 bytes/);
  });

  test('is refused at once where its size is known, with nothing stored', async () => {
    const backend = new MemoryBackend();
    const tree = await Infinitree.create(Files, { backend, key: Key.random(), objectSize: OBJECT_SIZE });
    const { maxBytes } = new BlobBound(OBJECT_SIZE, false);
    const error = await errorOf(() => tree.blobs.put(sized(maxBytes + 1)));
    expect([error?.code, error?.message]).toEqual([code('INVALID_ARGUMENT'), expect.stringContaining('several blobs')]);
    expect(await tree.blobs.put(sized(maxBytes))).toMatchObject({ size: 0 });
    await tree.close();
  });

  test('is refused as soon as a source gives more, before what is too much is stored', async () => {
    jest.spyOn(BlobBound.prototype, 'maxBytes', 'get').mockReturnValue(3 * OBJECT_SIZE);
    const backend = new MemoryBackend();
    const put = jest.spyOn(backend, 'put');
    const tree = await Infinitree.create(Files, { backend, key: Key.random(), objectSize: OBJECT_SIZE });
    const given = jest.fn();
    async function* source(): AsyncGenerator<Uint8Array> {
      const piece = crypto.getRandomValues(new Uint8Array(OBJECT_SIZE));
      for (let i = 0; i < 10; i++) {
        await Promise.resolve();
        given();
        yield piece;
      }
    }
    const error = await errorOf(() => tree.blobs.put(source()));
    expect(error?.code).toBe(code('INVALID_ARGUMENT'));
    expect([given.mock.calls.length, put.mock.calls.length]).toEqual([4, 3]);
    await tree.close();
  });
});
