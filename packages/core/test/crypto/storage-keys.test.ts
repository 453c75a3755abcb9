import { inspect } from 'node:util';
import { objectKey, objectOf, openChunk, sealChunk } from '../../src/crypto/chunk.js';
import { keyPairOf } from '../../src/crypto/key-pair.js';
import { StorageKeys } from '../../src/crypto/storage-keys.js';
import { loadSuite, type Suite } from '../../src/crypto/suite.js';
import { TreeKeys } from '../../src/crypto/tree-keys.js';
import type { ChunkPlace } from '../../src/format/chunk-aad.js';
import { toObjectId } from '../../src/format/ids.js';
import { flipped, joined, pattern } from './suites.js';

let suite: Suite;
beforeAll(async () => {
  suite = await loadSuite();
});

const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');
const codeIs = (code: string) => expect.objectContaining({ code: `INFINITREE_${code}` });
const object = { treeId: pattern(16, 5), keyEpoch: 7, objectId: toObjectId(pattern(32, 6)) };
const secret = () => pattern(32, 2);

function both(writer = pattern(16, 4)): { reader: StorageKeys; worker: StorageKeys } {
  const reader = StorageKeys.ofReader(suite, pattern(16, 8), secret());
  return { reader, worker: StorageKeys.ofWriter(suite, writer, reader.publicKey) };
}

// Computed by an independent implementation of docs/format/cryptography.md, in Python with `cryptography` 48.0.0 (OpenSSL).
test('a sealed object has the key and the bytes it always had', () => {
  const { reader, worker } = both();
  const { seal, key } = worker.begin(object, pattern(32, 3));
  expect(hex(seal)).toBe(
    'ac26ef342b67eea78978e5c2b7348f2f4e7b69faccd15c5e1fbf656d84e6c962df097885d16cb8733c681dacfd15e959',
  );
  expect(hex(key)).toBe('3b043bdeca7109c0c672339e8e72a9cab6945119925b2b0a0259d4be10427f2c');
  expect(reader.keyOf(object, seal)).toEqual(key);
  const keys = new TreeKeys(suite, pattern(32, 9), object.treeId, object.keyEpoch, reader);
  const place: ChunkPlace = { kind: 'storage', codec: 1, objectId: object.objectId, offset: 70_000, seal };
  const chunk = joined(sealChunk(keys, place, pattern(5), key));
  expect(hex(chunk)).toBe('4d746b3301d1dc02dd1abac53dfc748504b4a1f88f');
  expect(openChunk(keys, place, chunk)).toEqual(pattern(5));
});

test('the key is bound to recipient, tree, epoch, object and writer', () => {
  const { reader, worker } = both();
  const { seal, key } = worker.begin(object, pattern(32, 3));
  const others = [
    reader.keyOf({ ...object, treeId: pattern(16, 6) }, seal),
    reader.keyOf({ ...object, keyEpoch: 8 }, seal),
    reader.keyOf({ ...object, objectId: toObjectId(pattern(32, 7)) }, seal),
    reader.keyOf(object, flipped(seal, 8 * 32)),
    reader.keyOf(object, flipped(seal, 1)),
    StorageKeys.ofReader(suite, pattern(16, 4), pattern(32, 9)).keyOf(object, seal),
    StorageKeys.ofWriter(suite, pattern(16, 5), reader.publicKey).begin(object, pattern(32, 3)).key,
    worker.begin(object, pattern(32, 4)).key,
  ];
  expect(new Set([key, ...others].map(hex)).size).toBe(others.length + 1);
  for (const bad of [seal.subarray(1), new Uint8Array(0), new Uint8Array(48)]) {
    expect(reader.keyOf(object, bad)).toBeUndefined();
  }
});

test('who has sealed an object opens nothing of it once its key is forgotten', () => {
  const { worker } = both();
  const ephemeral = pattern(32, 3);
  const { seal, key } = worker.begin(object, ephemeral);
  expect(ephemeral).toEqual(new Uint8Array(32));
  const keys = new TreeKeys(suite, pattern(32, 9), object.treeId, object.keyEpoch, worker);
  const place: ChunkPlace = { kind: 'storage', codec: 0, objectId: object.objectId, offset: 0, seal };
  const chunk = joined(sealChunk(keys, place, pattern(50), key));
  expect(openChunk(keys, place, chunk, key)).toEqual(pattern(50));
  expect(() => openChunk(keys, place, chunk)).toThrow(codeIs('UNSUPPORTED'));
  worker.forget(key);
  expect(key).toEqual(new Uint8Array(32));
  expect(worker.copySecretKey()).toBeUndefined();
  expect([worker.opens, keys.readsStorage]).toEqual([false, false]);
});

test('a public key that gives zeros with every secret is none', () => {
  const { reader } = both();
  expect(() => StorageKeys.ofWriter(suite, pattern(16), new Uint8Array(32)).begin(object, pattern(32, 3))).toThrow(
    codeIs('CORRUPT'),
  );
  const zeros = new Uint8Array(48);
  zeros.set(pattern(16, 4), 32);
  expect(reader.keyOf(object, zeros)).toBeUndefined();
});

test('a chunk of a split tree opens with its seal alone, and one of another tree without', () => {
  const { reader } = both();
  const split = new TreeKeys(suite, pattern(32, 9), object.treeId, object.keyEpoch, reader);
  const whole = new TreeKeys(suite, pattern(32, 9), object.treeId, object.keyEpoch);
  const { seal, key } = reader.begin(objectOf(split, object.objectId), pattern(32, 3));
  const { objectId } = object;
  expect(objectKey(split, 'storage', objectId, seal)).toEqual(key);
  const place: ChunkPlace = { kind: 'storage', codec: 0, objectId, offset: 0 };
  expect(() => sealChunk(split, place, pattern(5))).toThrow(codeIs('INVALID_ARGUMENT'));
  expect(objectKey(split, 'storage', objectId)).toBeUndefined();
  expect(objectKey(whole, 'storage', objectId, seal)).toBeUndefined();
  expect(objectKey(split, 'index', objectId, seal)).toBeUndefined();
  expect(objectKey(split, 'index', objectId)).toEqual(objectKey(whole, 'index', objectId));
  expect(whole.equals(split)).toBe(false);
  expect(split.equals(new TreeKeys(suite, pattern(32, 9), object.treeId, object.keyEpoch, both().worker))).toBe(true);
});

test('keys of many objects are given right, and all are zeroed when the tree is closed', () => {
  const { reader, worker } = both();
  const made = Array.from({ length: 200 }, (_, i) => {
    const objectId = toObjectId(pattern(32, 100 + i));
    return { at: { ...object, objectId }, ...worker.begin({ ...object, objectId }, pattern(32, 300 + i)) };
  });
  for (const { at, seal, key } of [...made, ...made]) expect(reader.keyOf(at, seal)).toEqual(key);
  // What is given is the caller's.
  reader.keyOf(made[0]!.at, made[0]!.seal)!.fill(0);
  expect(reader.keyOf(made[0]!.at, made[0]!.seal)).toEqual(made[0]!.key);
  const keys = [reader, worker].map((storage) => new TreeKeys(suite, pattern(32), pattern(16), 0, storage));
  for (const one of keys) one.wipe();
  expect(made.every(({ key }) => key.every((byte) => byte === 0))).toBe(true);
  for (const call of [
    () => reader.keyOf(object, made[0]!.seal),
    () => worker.begin(object, pattern(32)),
    () => reader.copySecretKey(),
  ]) {
    expect(call).toThrow(codeIs('CLOSED'));
  }
});

test('keep copies of what they are given, refuse other lengths, and show no secret', () => {
  const given = secret();
  const reader = StorageKeys.ofReader(suite, pattern(16), given);
  given.fill(0);
  expect(reader.copySecretKey()).toEqual(secret());
  expect(reader.publicKey).toEqual(keyPairOf(suite, secret()).publicKey);
  expect(() => StorageKeys.ofReader(suite, pattern(16), pattern(31))).toThrow(codeIs('INVALID_ARGUMENT'));
  expect(() => StorageKeys.ofWriter(suite, pattern(16), pattern(33))).toThrow(codeIs('INVALID_ARGUMENT'));
  expect(JSON.stringify({ reader })).toBe('{"reader":"[StorageKeys]"}');
  expect(inspect({ reader }, { showHidden: true, depth: null })).toContain('StorageKeys { [redacted] }');
});
