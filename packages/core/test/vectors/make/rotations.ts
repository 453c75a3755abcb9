import { Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { FailingBackend, SeededRandom, TestClock } from '@infinitree/testing';
import { concat } from '../../../src/bytes/concat.js';
import { toHex } from '../../../src/bytes/hex.js';
import { ByteWriter } from '../../../src/bytes/writer.js';
import { encodeCbor } from '../../../src/codec/cbor.js';
import { keyPairOf } from '../../../src/crypto/key-pair.js';
import { sealNextSecret } from '../../../src/crypto/next-secret.js';
import { sealStorageSecret } from '../../../src/crypto/storage-secret.js';
import { type Fixture, OBJECT_SIZE, turned } from '../fixture.js';
import { contentOf, Garden } from '../garden.js';
import { inHex, type Json, type JsonObject, Maker, type Vector } from '../vector.js';
import { Parts } from './records.js';
import { copyOf } from './stores.js';

/** What trees that are given new keys hold, as their heads say it. */
export function rotationVectors(fixture: Fixture): Vector[] {
  return [...nextSecrets(fixture), ...storageSecrets(fixture), ...checkpoints(fixture), ...movedObjects(fixture)];
}

function nextSecrets({ suite, random, keys }: Fixture): Vector[] {
  const maker = new Maker('next-secret');
  const own = keyPairOf(suite, random.bytes(32));
  const [headerKey, credentialId, plain] = [random.bytes(32), random.bytes(16), random.bytes(64)];
  const epoch = { treeId: keys.treeId, keyEpoch: 3 };
  const to = { to: { headerKey, publicKey: own.publicKey }, credentialId };
  const copy = sealNextSecret(suite, epoch, to, random.bytes(32), plain);
  const { sealed } = copy;
  const secrets = { secretKey: toHex(own.secretKey), headerKey: toHex(headerKey) };
  const input = inHex({ ...epoch, credentialId, ...copy }) as JsonObject;
  const expected = { rootSecret: toHex(plain.subarray(0, 32)), storageKey: toHex(plain.subarray(32)) };
  maker.good('sealed', 'The next secrets, sealed to a credential.', { keys: secrets, input }, expected);
  const bad = (name: string, description: string, over: JsonObject, keysOver: JsonObject = {}) => {
    maker.hostile(name, description, { keys: { ...secrets, ...keysOver }, input: { ...input, ...over } });
  };
  for (const at of [0, 79]) bad(`bit-${at}`, `A bit of byte ${at}.`, { sealed: toHex(turned(sealed, at)) });
  bad('other-credential', 'It was sealed to another credential.', { credentialId: toHex(random.bytes(16)) });
  bad('other-key-epoch', 'It was sealed for another key epoch.', { keyEpoch: 4 });
  bad('other-tree', 'It was sealed for another tree.', { treeId: toHex(random.bytes(16)) });
  bad('other-key', 'It was sealed to another key.', {}, { secretKey: toHex(random.bytes(32)) });
  bad('ephemeral-key-zero', 'An ephemeral key that gives zeros.', { ephemeralKey: '00'.repeat(32) });
  return maker.vectors;
}

function storageSecrets({ suite, random, keys }: Fixture): Vector[] {
  const maker = new Maker('storage-secret');
  const own = keyPairOf(suite, random.bytes(32));
  const [epoch, plain] = [{ treeId: keys.treeId, keyEpoch: 3 }, random.bytes(32)];
  const copy = sealStorageSecret(suite, epoch, own.publicKey, random.bytes(32), plain);
  const secrets = { secretKey: toHex(own.secretKey) };
  const input = inHex({ ...epoch, ...copy }) as JsonObject;
  const expected = { storageSecret: toHex(plain) };
  const description = 'The storage secret of an earlier key epoch, sealed to a later storage key pair.';
  maker.good('sealed', description, { keys: secrets, input }, expected);
  const bad = (name: string, what: string, over: JsonObject, keysOver: JsonObject = {}) => {
    maker.hostile(name, what, { keys: { ...secrets, ...keysOver }, input: { ...input, ...over } });
  };
  for (const at of [0, 47]) bad(`bit-${at}`, `A bit of byte ${at}.`, { sealed: toHex(turned(copy.sealed, at)) });
  bad('other-key-epoch', 'It is the secret of another key epoch.', { keyEpoch: 4 });
  bad('other-tree', 'It is the secret of another tree.', { treeId: toHex(random.bytes(16)) });
  bad('other-key', 'It was sealed to another key pair.', {}, { secretKey: toHex(random.bytes(32)) });
  bad('ephemeral-key-zero', 'An ephemeral key that gives zeros.', { ephemeralKey: '00'.repeat(32) });
  return maker.vectors;
}

function checkpoints(fixture: Fixture): Vector[] {
  const parts = new Parts(fixture);
  const { random } = fixture;
  const maker = new Maker('checkpoint');
  const [key, hash, sealed] = [random.bytes(32), random.bytes(32), random.bytes(80)];
  const pair = [key, hash, sealed.subarray(32)];
  const zeros = new Uint8Array(32);
  const history = [
    key,
    [
      [0, key, key, [key, null, key], hash, [parts.object]],
      [1, key, key, [null, pair, key], hash, [parts.object]],
      [2, key, key, null, zeros, []],
    ],
    2,
  ];
  const next = [3, [[parts.nonce, key, sealed]], false];
  const of = [2 ** 40, 2 ** 41, hash];
  const base = { base: parts.expectedBase(), ...parts.expectedCare() };
  const secret = { ephemeralKey: toHex(hash), sealed: toHex(sealed.subarray(32)) };
  const storagePair = { publicKey: toHex(key), secret };
  const told = {
    contentKey: toHex(key),
    epochs: [
      {
        keyEpoch: 0,
        ownKey: toHex(key),
        applicationKey: toHex(key),
        data: { storageKey: toHex(key), storagePair: null, paddingKey: toHex(key) },
        successor: toHex(hash),
        heads: [toHex(parts.object)],
      },
      {
        keyEpoch: 1,
        ownKey: toHex(key),
        applicationKey: toHex(key),
        data: { storageKey: null, storagePair, paddingKey: toHex(key) },
        successor: toHex(hash),
        heads: [toHex(parts.object)],
      },
      {
        keyEpoch: 2,
        ownKey: toHex(key),
        applicationKey: toHex(key),
        data: null,
        successor: toHex(zeros),
        heads: [],
      },
    ],
    below: 2,
  };
  const good = (name: string, description: string, rotation: unknown, expected: Json) => {
    const record = parts.checkpoint({ 8: history, 9: rotation });
    const whole = { ...base, history: told, rotation: expected };
    maker.good(name, description, { input: { bytes: toHex(encodeCbor(record)) } }, whole);
  };
  good(
    'rotated',
    'A head of a tree that was given new keys; of one epoch it has what only a split tree has.',
    null,
    null,
  );
  const copies = [{ credentialId: toHex(parts.nonce), ephemeralKey: toHex(key), sealed: toHex(sealed) }];
  const shown = { keyEpoch: 3, copies, exposed: false };
  good('next-secret', 'A head with the next root secret.', [1, next, null], { stage: 'prepared', next: shown });
  const standsFor = { epoch: 2 ** 40, headSequence: 2 ** 41, hash: toHex(hash) };
  good('first-head', 'A first head.', [2, null, of], { stage: 'first', of: standsFor });
  good('second-head', 'A second head.', [3, null, null], { stage: 'finishing' });

  const bad = (name: string, description: string, over: Readonly<Record<number, unknown>>) => {
    const bytes = encodeCbor(parts.checkpoint({ 8: history, ...over }));
    maker.hostile(name, description, { input: { bytes: toHex(bytes) } });
  };
  bad('rotation-stage-4', 'A stage that there is not.', { 9: [4, null, null] });
  bad('rotation-without-secret', 'A next root secret is said to be there, and is not.', { 9: [1, null, null] });
  bad('rotation-of-nothing', 'A first head that stands for nothing.', { 9: [2, null, null] });
  bad('rotation-of-both', 'A first head that has a next root secret.', { 9: [2, next, of] });
  bad('rotation-copy-short', 'A copy of 79 bytes.', {
    9: [1, [3, [[parts.nonce, key, sealed.subarray(1)]], false], null],
  });
  bad('history-key-short', 'A key of 31 bytes.', { 8: [key.subarray(1), [], null] });
  bad('history-below-negative', 'Key epochs below -1.', { 8: [key, [], -1] });
  bad('history-two-items', 'It does not say how far data were sealed again.', { 8: [key, []] });
  const data = (keys: unknown) => ({ 8: [key, [[0, key, key, keys, hash, []]], null] });
  bad('history-no-padding-key', 'Data without the key for padding.', data([key, null]));
  bad('history-no-data-key', 'Data with neither key nor pair.', data([null, null, key]));
  bad('history-two-data-keys', 'Data with a key and a pair.', data([key, pair, key]));
  bad(
    'history-pair-short',
    'A sealed storage secret of 47 bytes.',
    data([null, [key, hash, sealed.subarray(33)], key]),
  );
  bad('history-head-short', 'The id of a head with 31 bytes.', {
    8: [key, [[0, key, key, null, hash, [parts.object.subarray(1)]]], null],
  });
  return maker.vectors;
}

function movedObjects({ random }: Fixture): Vector[] {
  const maker = new Maker('moved-object');
  const [first, second] = [random.bytes(32), random.bytes(32)];
  const tags = [random.bytes(16), random.bytes(16)] as const;
  const row = (from: number, place: number, offset: number, tag: Uint8Array) =>
    new ByteWriter(28).u32(from).u32(place).u32(offset).raw(tag).bytes;
  const rows = [row(0, 1, 4096, tags[0]), row(900, 0, 7, tags[1])] as const;
  const objects = concat(first, second);
  const seals = random.bytes(96);
  const input = (...parts: readonly unknown[]) => ({ bytes: toHex(encodeCbor(parts)), offsets: [0, 900, 901] });
  const shown = (seal: (at: number) => object) => ({
    objects: [toHex(first), toHex(second)],
    chunks: [
      { object: toHex(second), ...seal(1), offset: 4096, tag: toHex(tags[0]) },
      { object: toHex(first), ...seal(0), offset: 7, tag: toHex(tags[1]) },
      null,
    ],
  });
  const none = new Uint8Array(0);
  const plain = inHex(shown(() => ({})));
  maker.good(
    'two-chunks',
    'Two chunks that are in two objects now.',
    { input: input(objects, none, concat(...rows)) },
    plain,
  );
  const sealed = inHex(shown((at) => ({ seal: toHex(seals.subarray(48 * at, 48 * at + 48)) })));
  maker.good('sealed', 'The same in a split tree.', { input: input(objects, seals, concat(...rows)) }, sealed);
  const bad = (name: string, description: string, ...parts: readonly unknown[]) => {
    maker.hostile(name, description, { input: input(...parts) });
  };
  bad('two-parts', 'No rows.', objects, none);
  bad('object-short', 'An id of 31 bytes.', objects.subarray(1), none, concat(...rows));
  bad('seals-short', 'A seal for one of two objects.', objects, seals.subarray(48), concat(...rows));
  bad('rows-text', 'Rows of text.', objects, none, 'rows');
  bad('row-short', 'A row of 27 bytes.', objects, none, concat(...rows).subarray(0, 55));
  bad('place-unknown', 'A chunk in the third of two objects.', objects, none, row(0, 2, 0, tags[0]));
  bad('rows-descending', 'Rows out of order.', objects, none, concat(rows[1], rows[0]));
  bad('row-twice', 'One chunk in two places.', objects, none, concat(rows[0], rows[0]));
  return maker.vectors;
}

/** A tree in its third key epoch, one whose storage objects were sealed again, and one that was stopped before the last head of its first. */
export async function rotatedStores(seed: number): Promise<Vector[]> {
  return [await rotated('cas', seed), await stopped('epoch', seed + 1), await moved('epoch', seed + 2)];
}

async function rotated(heads: 'cas' | 'epoch', seed: number): Promise<Vector> {
  const description = 'A tree that was given new keys twice: there are objects of three key epochs.';
  return made(heads, seed, { name: `${heads}-rotated`, description }, async (tree, commit) => {
    for (let times = 1; times <= 2; times++) {
      await tree.rotate();
      await commit(`after ${times}`);
    }
  });
}

async function moved(heads: 'cas' | 'epoch', seed: number): Promise<Vector> {
  const description =
    'A tree whose storage objects were sealed again, with pointers to those of before, which are gone.';
  return made(heads, seed, { name: `${heads}-moved`, description }, async (tree, commit, _, clock) => {
    await tree.rotate({ policy: 'all' });
    for (const message of ['after', 'later', 'last']) {
      clock.advance(3_600_000);
      await commit(message);
    }
  });
}

async function stopped(heads: 'cas' | 'epoch', seed: number): Promise<Vector> {
  const description = 'A tree that was being given new keys: the first head and the key object do not count yet.';
  return made(heads, seed, { name: `${heads}-rotating`, description }, async (tree, _, backend) => {
    backend.fail({ verb: 'heads.create', nth: 3, forever: true });
    await tree.rotate().catch(() => undefined);
  });
}

async function made(
  heads: 'cas' | 'epoch',
  seed: number,
  { name, description }: Pick<Vector, 'name' | 'description'>,
  rotate: (
    tree: Infinitree<Garden>,
    commit: (message: string) => Promise<void>,
    backend: FailingBackend,
    clock: TestClock,
  ) => Promise<void>,
): Promise<Vector> {
  const random = new SeededRandom(seed);
  const keyBytes = random.bytes(32);
  const key = Key.fromBytes(keyBytes);
  const inner = new MemoryBackend({ heads });
  const backend = new FailingBackend(inner);
  const clock = new TestClock();
  const environment = { clock, random };
  const tree = await Infinitree.create(Garden, { backend, key, objectSize: OBJECT_SIZE, environment });
  const { last, plants, notes } = tree.index;
  const commit = async (message: string) => {
    last.value += 1;
    plants.set(last.value, { id: last.value });
    for (let i = 0; i < 16; i++) notes.set(`${message} ${i}`, toHex(random.bytes(600)));
    await tree.commit(message);
  };
  await commit('before');
  await rotate(tree, commit, backend, clock);
  await tree.close().catch(() => undefined);
  const claims = 'claims' in inner.heads ? await inner.heads.claims() : [];
  const input = { heads, objectSize: OBJECT_SIZE, objects: await copyOf(inner), claims, earlier: {}, earlierHead: '' };
  const maker = new Maker('store');
  maker.good(name, description, { keys: { bytes: toHex(keyBytes) }, input }, await contentOf(inner, key));
  return maker.vectors[0] as Vector;
}
