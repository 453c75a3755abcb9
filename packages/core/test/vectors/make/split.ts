import { Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { SeededRandom, TestClock } from '@infinitree/testing';
import { concat } from '../../../src/bytes/concat.js';
import { toHex } from '../../../src/bytes/hex.js';
import { objectOf, sealChunk } from '../../../src/crypto/chunk.js';
import type { Credential } from '../../../src/crypto/credential.js';
import { credentialsOf } from '../../../src/crypto/key.js';
import { keyObjectSecret, keyPairOf } from '../../../src/crypto/key-pair.js';
import { newObjectId } from '../../../src/crypto/own-ids.js';
import { sealHeader } from '../../../src/crypto/sealed-header.js';
import { StorageKeys } from '../../../src/crypto/storage-keys.js';
import { TreeKeys } from '../../../src/crypto/tree-keys.js';
import type { ChunkPlace } from '../../../src/format/chunk-aad.js';
import { SPLIT_FEATURE } from '../../../src/format/features.js';
import { encodeKeyHeader } from '../../../src/format/key-header.js';
import { encodeKeyRecord, KEY_ROLES } from '../../../src/format/key-record.js';
import { type Fixture, OBJECT_SIZE, turned } from '../fixture.js';
import { contentOf, Garden } from '../garden.js';
import { inHex, type JsonObject, Maker, type Vector } from '../vector.js';
import { copyOf } from './stores.js';

/** Chunks of storage objects of split trees: each opens with the seal of its object and the storage secret. */
export function sealedChunkVectors({ suite, random, members, context }: Fixture): Vector[] {
  const maker = new Maker('sealed-chunk');
  const [secret, writer, ephemeral] = [random.bytes(32), random.bytes(16), random.bytes(32)];
  const keysOf = (storage: StorageKeys) => {
    return new TreeKeys(suite, context.keys.copyRootSecret(), context.keys.treeId, 0, storage);
  };
  const reader = keysOf(StorageKeys.ofReader(suite, writer, secret));
  const worker = StorageKeys.ofWriter(suite, writer, reader.storage?.publicKey ?? secret);
  const objectId = newObjectId(reader, context.entropy);
  const { seal, key } = worker.begin(objectOf(reader, objectId), ephemeral.slice());
  const place: ChunkPlace = { kind: 'storage', objectId, offset: 4096, codec: 1, seal };
  const plain = random.bytes(64);
  const sealed = (at: ChunkPlace, content: Uint8Array) => {
    const { ciphertext, tag } = sealChunk(reader, at, content, key);
    return concat(ciphertext, tag);
  };
  const bytes = sealed(place, plain);
  const keys = { ...members, storageSecret: toHex(secret) };
  const parts = (over: JsonObject = {}, owner: JsonObject = keys) => {
    const input = {
      object: objectId,
      offset: place.offset,
      codec: place.codec,
      seal: toHex(seal),
      bytes: toHex(bytes),
    };
    return { keys: owner, input: { ...input, ...over } };
  };
  maker.good('one', 'A chunk of a storage object of a split tree.', parts(), { plain: toHex(plain) });
  const first = { ...place, offset: 0, codec: 0 };
  const empty = toHex(sealed(first, new Uint8Array(0)));
  maker.good('empty', 'A chunk without content.', parts({ offset: 0, codec: 0, bytes: empty }), { plain: '' });
  const bad = (name: string, description: string, over: JsonObject, owner?: JsonObject) =>
    maker.hostile(name, description, parts(over, owner));
  bad('moved', 'Moved to another offset of the same object.', { offset: 4097 });
  bad('other-object', 'Moved to another object.', { object: newObjectId(reader, context.entropy) });
  bad('other-codec', 'Read with another codec.', { codec: 0 });
  bad('other-writer', 'A seal that names another writer.', { seal: toHex(turned(seal, 40)) });
  bad('other-ephemeral-key', 'A seal with another ephemeral key.', { seal: toHex(turned(seal, 3)) });
  const strange = worker.begin(objectOf(reader, objectId), random.bytes(32)).seal;
  bad('seal-of-another', 'The seal of another object.', { seal: toHex(strange) });
  bad('zero-key', 'An ephemeral key that gives zeros with every secret.', {
    seal: toHex(concat(new Uint8Array(32), writer)),
  });
  bad('short-seal', 'A seal of 47 bytes.', { seal: toHex(seal.subarray(1)) });
  bad('other-secret', 'Another storage secret.', {}, { ...keys, storageSecret: toHex(turned(secret, 5)) });
  bad('other-tree', 'Another tree id.', {}, { ...keys, treeId: toHex(random.bytes(16)) });
  bad('turned', 'One bit is turned over.', { bytes: toHex(turned(bytes, 10)) });
  return maker.vectors;
}

/** Key objects of split trees, which say what a key may do; and some that say it wrongly. */
export async function roleVectors(fixture: Fixture): Promise<Vector[]> {
  const { suite, random, context } = fixture;
  const maker = new Maker('key-object');
  const keyBytes = random.bytes(32);
  const [credential] = credentialsOf(Key.fromBytes(keyBytes));
  if (credential === undefined) throw new Error('The key has no credential.');
  await credential.derive(suite);
  const { treeId, keyEpoch } = context.keys;
  const secret = random.bytes(32);
  const { publicKey } = keyPairOf(suite, secret);
  const own = await credential.answer(suite, new Uint8Array(0), {});
  const record = { treeId, keyEpoch, credentialKind: 2, credentialId: random.bytes(16) };
  const build = (role: number, storageKey: Uint8Array, incompatibleFeatures = SPLIT_FEATURE) => {
    const rootSecret = context.keys.copyRootSecret();
    const plain = encodeKeyRecord({ ...record, rootSecret, role, storageKey });
    const bytes = keyObject(fixture, credential, own.publicKey, plain, incompatibleFeatures);
    const expected = inHex({ ...record, rootSecret, role, storageKey });
    return { parts: { keys: { bytes: toHex(keyBytes) }, input: { slot: 0, bytes: toHex(bytes) } }, expected };
  };
  const good = (name: string, description: string, { parts, expected }: ReturnType<typeof build>) =>
    maker.good(name, description, parts, expected);
  const bad = (name: string, description: string, { parts }: ReturnType<typeof build>) =>
    maker.hostile(name, description, parts);
  good('reader', 'The key object of a reader of a split tree.', build(KEY_ROLES.reader, secret));
  good('writer', 'That of a key that only writes.', build(KEY_ROLES.writer, publicKey));
  bad('reader-of-none', 'A reader, in a tree that is not split.', build(KEY_ROLES.reader, secret, 0));
  bad('writer-of-none', 'One that only writes, in a tree that is not split.', build(KEY_ROLES.writer, publicKey, 0));
  bad('no-role', 'No role, in a split tree.', build(KEY_ROLES.all, publicKey));
  bad('unknown-role', 'A role that there is not.', build(99, publicKey));
  return maker.vectors;
}

function keyObject(
  { suite, random, context }: Fixture,
  credential: Credential,
  publicKey: Uint8Array,
  plain: Uint8Array,
  incompatibleFeatures: number,
): Uint8Array {
  const id = credential.keyObjectId(0);
  const ephemeral = keyPairOf(suite, random.bytes(32));
  const headerKey = credential.headerKey();
  const to = { headerKey, publicKey };
  const own = { secretKey: ephemeral.secretKey, other: to.publicKey };
  const key = keyObjectSecret(suite, id, to, ephemeral.publicKey, own);
  if (key === undefined) throw new Error('unreachable: the public key is one');
  const header = encodeKeyHeader({
    incompatibleFeatures,
    objectSizeLog2: Math.log2(OBJECT_SIZE),
    credentialKind: 2,
    ephemeralKey: ephemeral.publicKey,
    keyEpoch: context.keys.keyEpoch,
    question: new Uint8Array(0),
  });
  return concat(
    sealHeader(suite, headerKey, 'keyObjectHeader', id, random.bytes(32), header),
    sealHeader(suite, key, 'keyObjectSecret', id, random.bytes(32), plain),
  );
}

/** A split tree with a reader and one who only writes, as the reader reads it; others are refused. */
export async function splitStoreVectors(seed: number): Promise<Vector[]> {
  const random = new SeededRandom(seed);
  const [readerBytes, writerBytes] = [random.bytes(32), random.bytes(32)];
  const [reader, writer] = [Key.fromBytes(readerBytes), Key.fromBytes(writerBytes)];
  const backend = new MemoryBackend({ heads: 'epoch' });
  const environment = { clock: new TestClock(), random };
  const owner = await Infinitree.create(Garden, {
    backend,
    key: Key.splitReader(reader),
    objectSize: OBJECT_SIZE,
    environment,
  });
  await owner.keys.add(Key.splitWriter(writer), { label: 'worker' });
  await owner.close();
  const worker = await Infinitree.open(Garden, { backend, key: Key.splitWriter(writer), environment });
  worker.index.last.value = 1;
  for (let id = 1; id <= 3; id++) worker.index.plants.set(id, { id, name: `plant ${id}` });
  worker.index.notes.set('short', 'sealed all the same');
  worker.index.notes.set('long', toHex(random.bytes(3000)));
  await worker.commit('by the worker');
  await worker.close();
  const input = {
    heads: 'epoch',
    objectSize: OBJECT_SIZE,
    objects: await copyOf(backend),
    claims: await backend.heads.claims(),
    earlier: {},
    earlierHead: '',
  };
  const maker = new Maker('store');
  const expected = await contentOf(backend, Key.splitReader(reader));
  const keys = { bytes: toHex(readerBytes), role: 'reader' };
  maker.good('split', 'A split tree to which one has written who cannot read it.', { keys, input }, expected);
  const refused = new Maker('damaged-store');
  const wrong = (name: string, description: string, given: JsonObject, error: string) => {
    const parts = { keys: given, input: { store: 'split', changes: [], options: {} } };
    refused.hostile(`split-${name}`, description, parts, { error });
  };
  const [ofReader, ofWriter] = [toHex(readerBytes), toHex(writerBytes)];
  wrong('reader-as-writer', 'A reader, as one who only writes.', { bytes: ofReader, role: 'writer' }, 'WRONG_KEY');
  wrong('reader-as-any', 'A reader, without its role.', { bytes: ofReader }, 'WRONG_KEY');
  wrong('writer-as-reader', 'One who only writes, as a reader.', { bytes: ofWriter, role: 'reader' }, 'WRONG_KEY');
  wrong('writer-as-any', 'One who only writes, without this role.', { bytes: ofWriter }, 'WRONG_KEY');
  wrong(
    'read-by-writer',
    'Values apart, asked for by who only writes.',
    { bytes: ofWriter, role: 'writer' },
    'UNSUPPORTED',
  );
  return [...maker.vectors, ...refused.vectors];
}
