// One key object for two keys: Poly1305 alone would let storage, or a key holder, make one, and test many passwords by whether
// one opening succeeds. Both headers commit to their keys.
import { Key, MemoryBackend } from '@infinitree/core';
import { concat } from '../../src/bytes/concat.js';
import type { Credential } from '../../src/crypto/credential.js';
import { derive } from '../../src/crypto/derive.js';
import { credentialsOf } from '../../src/crypto/key.js';
import { keyObjectSecret } from '../../src/crypto/key-pair.js';
import { type HeaderLabel, openHeader } from '../../src/crypto/sealed-header.js';
import type { Suite } from '../../src/crypto/suite.js';
import { SEALED_HEADER_SIZE } from '../../src/format/header-layout.js';
import { idBytes } from '../../src/format/id-bytes.js';
import type { ObjectId } from '../../src/format/ids.js';
import { decodeKeyHeader } from '../../src/format/key-header.js';
import { KEY_ROLES } from '../../src/format/key-record.js';
import { buildKeyObject, openKeyObjects } from '../../src/object/key-object.js';
import { entryOf } from '../../src/tree/keys/registry.js';
import { sealForTwoKeys } from '../crypto/poly1305.js';
import { failureOf, makeScene, noise, type Scene } from './scene.js';

const NONE = new Uint8Array(0);
const NONCE = new Uint8Array(12);
/** The last two blocks of a header are zeros that nobody reads. */
const FREE = [25, 26] as const;

interface Victim {
  readonly credential: Credential;
  readonly id: ObjectId;
  readonly headerKey: Uint8Array;
  readonly bytes: Uint8Array;
  /** What the second header of its key object is under, of which an attacker who sealed it knows. */
  readonly secret: Uint8Array;
}

async function victim({ context }: Scene, seed: number): Promise<Victim> {
  const { suite } = context.keys;
  const credential = await credentialsOf(Key.fromBytes(noise(32, seed)))[0]!.derive(suite);
  const posed = await credential.pose(suite, context.entropy, {});
  const entry = entryOf(credential, posed, { id: noise(16), created: 0, label: '', role: KEY_ROLES.all });
  const [id] = entry.keyObjects;
  const bytes = buildKeyObject(context, id, entry, entry.id);
  const headerKey = credential.headerKey();
  const plain = openHeader(suite, headerKey, 'keyObjectHeader', id, bytes.subarray(0, SEALED_HEADER_SIZE));
  const { ephemeralKey } = decodeKeyHeader(plain!)!;
  const own = { secretKey: posed.secretKey, other: ephemeralKey };
  const secret = keyObjectSecret(suite, id, { headerKey, publicKey: posed.publicKey }, ephemeralKey, own)!;
  return { credential, id, headerKey, bytes, secret };
}

const parentOf = ({ headerKey, secret }: Victim, label: HeaderLabel) =>
  label === 'keyObjectHeader' ? headerKey : secret;

/** A header that says what the first victim's says, and whose ciphertext verifies under both keys. */
function doubled(suite: Suite, label: HeaderLabel, header: Uint8Array, victims: readonly [Victim, Victim]): Uint8Array {
  const salt = header.subarray(0, 32);
  const keys = victims.map((one) => derive(suite, parentOf(one, label), label, idBytes(one.id), salt));
  const [first, second] = keys.map((key) => derive(suite, key, 'headerEncryption')) as [Uint8Array, Uint8Array];
  const sealed = sealForTwoKeys(suite, first, second, header.subarray(64, 496), FREE);
  // Poly1305 alone is content with both keys.
  for (const key of [first, second]) expect(suite.open(key, NONCE, NONE, sealed)).toHaveLength(432);
  const commitment = suite.hmac(derive(suite, keys[0]!, 'headerCommitment'), salt, sealed);
  return concat(salt, commitment, sealed);
}

/** What a victim makes of bytes under its id. */
function opening({ context }: Scene, { credential, id }: Victim, bytes: Uint8Array): Promise<string> {
  return failureOf(async () => {
    const backend = new MemoryBackend();
    await backend.keyObjects.put(id, bytes);
    const [opened] = await openKeyObjects(backend, context.keys.suite, credential, {});
    expect(context.keys.equals(opened!.keys)).toBe(true);
  });
}

let scene: Scene;
let victims: readonly [Victim, Victim];
beforeAll(async () => {
  scene = await makeScene();
  victims = [await victim(scene, 11), await victim(scene, 12)];
});

test.each([
  ['first', 'keyObjectHeader', 0],
  ['second', 'keyObjectSecret', SEALED_HEADER_SIZE],
] as const)('a %s header that is built to open under two keys opens under one', async (which, label, at) => {
  const { suite } = scene.context.keys;
  const [alice, bob] = victims;
  const header = alice.bytes.subarray(at, at + SEALED_HEADER_SIZE);
  const both = doubled(suite, label, header, victims);
  const opens = victims.map((one) => openHeader(suite, parentOf(one, label), label, one.id, both) !== undefined);
  expect(opens).toEqual([true, false]);
  const planted = victims.map(({ bytes }) => {
    const copy = bytes.slice();
    copy.set(both, at);
    return copy;
  }) as [Uint8Array, Uint8Array];
  // It is a whole key object to the one that it commits to, and nothing to the other.
  expect(await opening(scene, alice, planted[0])).toBe('no failure');
  const tag = which === 'first' ? 'its header' : 'its second header';
  expect(await opening(scene, bob, planted[1])).toContain(`${tag} does not carry the right tag`);
  // The other way round it is the same: a commitment is to one key.
  expect(await opening(scene, bob, bob.bytes)).toBe('no failure');
});
