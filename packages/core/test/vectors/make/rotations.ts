import { Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { FailingBackend, SeededRandom, TestClock } from '@infinitree/testing';
import { toHex } from '../../../src/bytes/hex.js';
import { encodeCbor } from '../../../src/codec/cbor.js';
import { keyPairOf } from '../../../src/crypto/key-pair.js';
import { sealNextSecret } from '../../../src/crypto/next-secret.js';
import { type Fixture, OBJECT_SIZE, turned } from '../fixture.js';
import { contentOf, Garden } from '../garden.js';
import { inHex, type Json, type JsonObject, Maker, type Vector } from '../vector.js';
import { Parts } from './records.js';
import { copyOf } from './stores.js';

/** What trees that are given new keys hold, as their heads say it. */
export function rotationVectors(fixture: Fixture): Vector[] {
  return [...nextSecrets(fixture), ...checkpoints(fixture)];
}

function nextSecrets({ suite, random, keys }: Fixture): Vector[] {
  const maker = new Maker('next-secret');
  const ephemeral = keyPairOf(suite, random.bytes(32));
  const own = keyPairOf(suite, random.bytes(32));
  const [headerKey, credentialId, rootSecret] = [random.bytes(32), random.bytes(16), random.bytes(32)];
  const epoch = { treeId: keys.treeId, keyEpoch: 3, ephemeralKey: ephemeral.publicKey };
  const to = { to: { headerKey, publicKey: own.publicKey }, credentialId };
  const sealed = sealNextSecret(suite, epoch, to, ephemeral.secretKey, rootSecret);
  const secrets = { secretKey: toHex(own.secretKey), headerKey: toHex(headerKey) };
  const input = { ...(inHex({ ...epoch, credentialId, sealed }) as JsonObject) };
  const plain = { rootSecret: toHex(rootSecret) };
  maker.good('sealed', 'The next root secret, sealed to a credential.', { keys: secrets, input }, plain);
  const bad = (name: string, description: string, over: JsonObject, keysOver: JsonObject = {}) => {
    maker.hostile(name, description, { keys: { ...secrets, ...keysOver }, input: { ...input, ...over } });
  };
  for (const at of [0, 47]) bad(`bit-${at}`, `A bit of byte ${at}.`, { sealed: toHex(turned(sealed, at)) });
  bad('other-credential', 'It was sealed to another credential.', { credentialId: toHex(random.bytes(16)) });
  bad('other-key-epoch', 'It was sealed for another key epoch.', { keyEpoch: 4 });
  bad('other-tree', 'It was sealed for another tree.', { treeId: toHex(random.bytes(16)) });
  bad('other-key', 'It was sealed to another key.', {}, { secretKey: toHex(random.bytes(32)) });
  bad('ephemeral-key-zero', 'An ephemeral key that gives zeros.', { ephemeralKey: '00'.repeat(32) });
  return maker.vectors;
}

function checkpoints(fixture: Fixture): Vector[] {
  const parts = new Parts(fixture);
  const { random } = fixture;
  const maker = new Maker('checkpoint');
  const [key, hash, sealed] = [random.bytes(32), random.bytes(32), random.bytes(48)];
  const zeros = new Uint8Array(32);
  const history = [
    key,
    [
      [0, key, key, [key, key], hash, [parts.object]],
      [1, key, key, null, zeros, []],
    ],
  ];
  const next = [2, key, [[parts.nonce, sealed]], false];
  const of = [2 ** 40, 2 ** 41, hash];
  const base = { base: parts.expectedBase(), ...parts.expectedCare() };
  const told = {
    contentKey: toHex(key),
    epochs: [
      {
        keyEpoch: 0,
        ownKey: toHex(key),
        applicationKey: toHex(key),
        data: { storageKey: toHex(key), paddingKey: toHex(key) },
        successor: toHex(hash),
        heads: [toHex(parts.object)],
      },
      {
        keyEpoch: 1,
        ownKey: toHex(key),
        applicationKey: toHex(key),
        data: null,
        successor: toHex(zeros),
        heads: [],
      },
    ],
  };
  const good = (name: string, description: string, rotation: unknown, expected: Json) => {
    const record = parts.checkpoint({ 8: history, 9: rotation });
    const whole = { ...base, history: told, rotation: expected };
    maker.good(name, description, { input: { bytes: toHex(encodeCbor(record)) } }, whole);
  };
  good('rotated', 'A head of a tree that was given new keys twice.', null, null);
  const copies = [{ credentialId: toHex(parts.nonce), sealed: toHex(sealed) }];
  const shown = { keyEpoch: 2, ephemeralKey: toHex(key), copies, exposed: false };
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
  bad('rotation-copy-short', 'A copy of 47 bytes.', {
    9: [1, [2, key, [[parts.nonce, sealed.subarray(1)]], false], null],
  });
  bad('history-key-short', 'A key of 31 bytes.', { 8: [key.subarray(1), []] });
  bad('history-one-data-key', 'One of two keys for data.', { 8: [key, [[0, key, key, [key], hash, []]]] });
  bad('history-head-short', 'The id of a head with 31 bytes.', {
    8: [key, [[0, key, key, null, hash, [parts.object.subarray(1)]]]],
  });
  return maker.vectors;
}

/** A tree in its third key epoch, and one that was stopped before the last head of its first. */
export async function rotatedStores(seed: number): Promise<Vector[]> {
  return [await rotated('cas', seed), await stopped('epoch', seed + 1)];
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
  ) => Promise<void>,
): Promise<Vector> {
  const random = new SeededRandom(seed);
  const keyBytes = random.bytes(32);
  const key = Key.fromBytes(keyBytes);
  const inner = new MemoryBackend({ heads });
  const backend = new FailingBackend(inner);
  const environment = { clock: new TestClock(), random };
  const tree = await Infinitree.create(Garden, { backend, key, objectSize: OBJECT_SIZE, environment });
  const { last, plants, notes } = tree.index;
  const commit = async (message: string) => {
    last.value += 1;
    plants.set(last.value, { id: last.value });
    for (let i = 0; i < 16; i++) notes.set(`${message} ${i}`, toHex(random.bytes(600)));
    await tree.commit(message);
  };
  await commit('before');
  await rotate(tree, commit, backend);
  await tree.close().catch(() => undefined);
  const claims = 'claims' in inner.heads ? await inner.heads.claims() : [];
  const input = { heads, objectSize: OBJECT_SIZE, objects: await copyOf(inner), claims, earlier: {}, earlierHead: '' };
  const maker = new Maker('store');
  maker.good(name, description, { keys: { bytes: toHex(keyBytes) }, input }, await contentOf(inner, key));
  return maker.vectors[0] as Vector;
}
