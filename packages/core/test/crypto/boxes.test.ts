import { objectKey, openChunk, padding, sealChunk } from '../../src/crypto/chunk.js';
import { derive } from '../../src/crypto/derive.js';
import { openSalted, sealSalted } from '../../src/crypto/salted-box.js';
import { loadSuite, type Suite } from '../../src/crypto/suite.js';
import { TreeKeys } from '../../src/crypto/tree-keys.js';
import { CHUNK_AAD_SIZE, type ChunkPlace, chunkAad, chunkNonce } from '../../src/format/chunk-aad.js';
import { idBytes } from '../../src/format/id-bytes.js';
import { toObjectId } from '../../src/format/ids.js';
import { flipped, joined, pattern } from './suites.js';

let suite: Suite;
let keys: TreeKeys;
beforeAll(async () => {
  suite = await loadSuite();
  keys = new TreeKeys(suite, pattern(32, 1), pattern(16, 2), 0);
});

// Computed by an independent implementation of docs/format/cryptography.md, in Python with hashlib, hmac and
// `cryptography` 48.0.0 (OpenSSL).
test('boxes, chunks and padding have the bytes they always had', () => {
  const [context, aad, salt] = [pattern(40, 2), pattern(9, 3), pattern(32, 4)];
  const box = sealSalted(suite, pattern(32, 1), 'frame', context, aad, salt, pattern(5));
  const place: ChunkPlace = { kind: 'index', codec: 1, objectId: toObjectId(pattern(32, 5)), offset: 70_000 };
  const chunk = joined(sealChunk(keys, place, pattern(5)));
  const filling = padding(keys, pattern(32, 5), pattern(32, 6), 16);
  expect([box.subarray(32), chunk, filling].map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual([
    '9cf7601fc66de13acfe8b65ca33ccc9d727010753a',
    '86e7d6fb92fa16cc570a75b153b9b664336be00a3a',
    'e3680fa129ba23286e5d4ff4b572e08c',
  ]);
});

describe('salted boxes', () => {
  const [parent, context, aad, salt] = [pattern(32, 1), pattern(40, 2), pattern(9, 3), pattern(32, 4)];

  test.each([0, 1, 4000])('open %i bytes again, and nothing that was changed', (size) => {
    const box = sealSalted(suite, parent, 'frame', context, aad, salt, pattern(size));
    const open = (bytes: Uint8Array) => openSalted(suite, parent, 'frame', context, aad, bytes);
    expect(box).toHaveLength(size + 48);
    expect(box.subarray(0, 32)).toEqual(salt);
    expect(open(box)).toEqual(pattern(size));
    for (let bit = 0; bit < 8 * box.length; bit += 61) expect(open(flipped(box, bit))).toBeUndefined();
    for (const length of [0, 31, 47, box.length - 1]) expect(open(box.subarray(0, length))).toBeUndefined();
    expect(openSalted(suite, flipped(parent, 3), 'frame', context, aad, box)).toBeUndefined();
    expect(openSalted(suite, parent, 'mark', context, aad, box)).toBeUndefined();
    expect(openSalted(suite, parent, 'frame', flipped(context, 0), aad, box)).toBeUndefined();
    expect(openSalted(suite, parent, 'frame', context, flipped(aad, 0), box)).toBeUndefined();
  });

  test('share no key stream, even for the same content at the same place', () => {
    const zeros = new Uint8Array(64);
    const boxes = [salt, flipped(salt, 0)].map((one) => sealSalted(suite, parent, 'mark', context, aad, one, zeros));
    expect(boxes[0]!.subarray(32, 96)).not.toEqual(boxes[1]!.subarray(32, 96));
  });

  test('refuse a salt of another length', () => {
    const attempt = () => sealSalted(suite, parent, 'lock', context, aad, pattern(31), pattern(5));
    expect(attempt).toThrow(expect.objectContaining({ code: 'INFINITREE_INVALID_ARGUMENT' }));
  });
});

describe('chunks', () => {
  const objectId = toObjectId(pattern(32, 5));
  const place: ChunkPlace = { kind: 'index', codec: 1, objectId, offset: 70_000 };

  test('open at their place and nowhere else', () => {
    const sealed = joined(sealChunk(keys, place, pattern(3000)));
    expect(sealed).toHaveLength(3016);
    expect(openChunk(keys, place, sealed)).toEqual(pattern(3000));
    const empty = joined(sealChunk(keys, place, new Uint8Array(0)));
    expect(openChunk(keys, place, empty)).toHaveLength(0);
    const elsewhere: ChunkPlace[] = [
      { ...place, kind: 'storage' },
      { ...place, codec: 0 },
      { ...place, objectId: toObjectId(pattern(32, 6)) },
      { ...place, offset: 69_999 },
    ];
    for (const other of elsewhere) expect(openChunk(keys, other, sealed)).toBeUndefined();
    const tree = new TreeKeys(suite, pattern(32, 1), pattern(16, 3), 0);
    expect(openChunk(tree, place, sealed)).toBeUndefined();
    expect(openChunk(keys, place, sealed.subarray(0, -1))).toBeUndefined();
    expect(openChunk(keys, place, sealed.subarray(0, 15))).toBeUndefined();
    for (let bit = 0; bit < 8 * sealed.length; bit += 997) {
      expect(openChunk(keys, place, flipped(sealed, bit))).toBeUndefined();
    }
  });

  test('have one key for each object and kind', () => {
    const other = toObjectId(pattern(32, 6));
    const derived = [
      objectKey(keys, 'index', objectId),
      objectKey(keys, 'storage', objectId),
      objectKey(keys, 'index', other),
      keys.subkey('indexObject'),
    ];
    expect(new Set(derived.map(String)).size).toBe(4);
    expect(derived[0]).toEqual(derive(suite, keys.subkey('indexObject'), 'indexObject', idBytes(objectId)));
    expect(derived[1]).toEqual(derive(suite, keys.subkey('storageObject'), 'storageObject', idBytes(objectId)));
  });

  test('authenticate 60 bytes of additional data', () => {
    const aad = chunkAad(keys.treeId, place, 3000);
    expect(aad).toHaveLength(CHUNK_AAD_SIZE);
    const expected = ['01010100', ...[keys.treeId, idBytes(objectId)].map((b) => Buffer.from(b).toString('hex'))];
    expect(Buffer.from(aad).toString('hex')).toBe([...expected, '00011170', '00000bb8'].join(''));
    expect(chunkNonce(70_000)).toEqual(Uint8Array.from([0, 1, 0x11, 0x70, 0, 0, 0, 0, 0, 0, 0, 0]));
  });
});

test('padding differs by id and salt, and is the same when asked again', () => {
  const [id, salt] = [pattern(32, 5), pattern(32, 6)];
  const fillings = [
    padding(keys, id, new Uint8Array(0), 20_000),
    padding(keys, id, salt, 20_000),
    padding(keys, pattern(32, 7), new Uint8Array(0), 20_000),
  ];
  expect(new Set(fillings.map(String)).size).toBe(3);
  expect(padding(keys, id, salt, 100)).toEqual(fillings[1]!.subarray(0, 100));
  expect(padding(keys, id, salt, 0)).toHaveLength(0);
});
