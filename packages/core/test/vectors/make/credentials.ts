import { concat } from '../../../src/bytes/concat.js';
import { fromHex, toHex } from '../../../src/bytes/hex.js';
import { type CredentialOptions, credentialsOf, Key } from '../../../src/crypto/key.js';
import { KEY_OBJECT_HEADERS } from '../../../src/format/header-layout.js';
import { KEY_ROLES } from '../../../src/format/key-record.js';
import { buildKeyObject } from '../../../src/object/key-object.js';
import { entryOf } from '../../../src/tree/keys/registry.js';
import type { CredentialEntry } from '../../../src/tree/records/credential.js';
import { type Fixture, turned } from '../fixture.js';
import { keyOfMembers } from '../two-stages.js';
import { inHex, type JsonObject, Maker, type Vector } from '../vector.js';

const DIFFERENT = 'ﬁancé Å'; // kept by NFC
const COMPOSED = 'Ångström';

/** Keys of users: where their key objects are and what opens them. */
export async function credentialVectors({ suite, random }: Fixture): Promise<Vector[]> {
  const raw = new Maker('raw-key');
  for (const [name, bytes] of [
    ['random', random.bytes(32)],
    ['zeros', new Uint8Array(32)],
  ] as const) {
    const expected = await derived(Key.fromBytes(bytes), suite);
    raw.good(name, 'A key of 32 bytes.', { keys: { bytes: toHex(bytes) }, input: {} }, expected);
  }
  for (const size of [0, 31, 33]) {
    const parts = { keys: { bytes: toHex(random.bytes(size)) }, input: {} };
    raw.hostile(`of-${size}-bytes`, `A key of ${size} bytes.`, parts, { error: 'INVALID_ARGUMENT' });
  }
  return [...raw.vectors, ...(await passwords({ suite }))];
}

/** Keys whose secret is somewhere else: with a KMS, or in a device. */
export async function twoStageVectors({ suite, random }: Fixture): Promise<Vector[]> {
  const [kms, device] = [new Maker('kms-key'), new Maker('challenge-response-key')];
  const bytes = toHex(random.bytes(32));
  const challenge = (size: number) => {
    const made = random.bytes(size);
    made[size - 1] = (made[size - 1] ?? 0) | 1;
    return toHex(made);
  };
  const answers = [
    { maker: kms, secret: { wrapped: toHex(random.bytes(32)) }, question: toHex(random.bytes(184)) },
    { maker: device, secret: { device: toHex(random.bytes(20)) }, question: challenge(32) },
  ];
  for (const { maker, secret, question } of answers) {
    const good = async (name: string, description: string, keys: JsonObject, input: JsonObject) => {
      maker.good(name, description, { keys, input }, await derived(keyOfMembers(keys, input), suite, input));
    };
    await good('found-by-bytes', 'What finds it is a raw key.', { ...secret, bytes }, { question });
    const finder = { username: COMPOSED, locator: 'bucket-7' };
    await good('found-by-name', 'What finds it is a user name with a locator.', secret, { finder, question });
  }
  const [first, second] = answers as [(typeof answers)[0], (typeof answers)[0]];
  const shorter = { keys: { bytes, wrapped: toHex(random.bytes(31)) }, input: { question: first.question } };
  kms.hostile('of-31-bytes', 'What was wrapped has 31 bytes.', shorter, { error: 'BACKEND' });
  for (const size of [31, 33]) {
    const parts = { keys: { ...second.secret, bytes }, input: { question: challenge(size) } };
    device.hostile(`challenge-of-${size}-bytes`, `A challenge of ${size} bytes.`, parts);
  }
  return [...kms.vectors, ...device.vectors];
}

/** Key objects without their padding, and what a key gets from them. */
export async function keyObjectVectors({ suite, random, context }: Fixture): Promise<Vector[]> {
  const maker = new Maker('key-object');
  const keyBytes = random.bytes(32);
  const [credential] = credentialsOf(Key.fromBytes(keyBytes));
  if (credential === undefined) throw new Error('The key has no credential.');
  await credential.derive(suite);
  const entry = entryOf(credential, await credential.pose(suite, context.entropy, {}), {
    id: random.bytes(16),
    created: 0,
    label: '',
    role: KEY_ROLES.all,
  });
  const keys = { bytes: toHex(keyBytes) };
  const { treeId, keyEpoch } = context.keys;
  const rootSecret = context.keys.copyRootSecret();
  const expected = inHex({
    treeId,
    keyEpoch,
    credentialKind: 2,
    credentialId: entry.id,
    rootSecret,
    role: KEY_ROLES.all,
    storageKey: new Uint8Array(32),
  });
  const sealed = ([0, 1] as const).map((slot) => {
    return buildKeyObject(context, entry.keyObjects[slot], entry, entry.id).slice(0, KEY_OBJECT_HEADERS);
  });
  const input = (slot: 0 | 1, bytes: Uint8Array) => ({ keys, input: { slot, bytes: toHex(bytes) } });
  const [first, second] = sealed as [Uint8Array, Uint8Array];
  maker.good('in-slot-0', 'A key object in slot 0.', input(0, first), expected);
  maker.good('in-slot-1', 'One in slot 1.', input(1, second), expected);
  const bad = (name: string, description: string, bytes: Uint8Array) =>
    maker.hostile(name, description, input(0, bytes));
  bad('of-the-other-slot', 'A key object of the other slot.', second);
  for (const at of [0, 32, 64, 496, 512, 544, 576, 1008]) bad(`bit-${at}`, `A bit of byte ${at}.`, turned(first, at));
  bad(
    'second-header-of-another',
    'A second header of another writing.',
    concat(first.subarray(0, 512), second.subarray(512)),
  );
  const otherKind = buildKeyObject(context, entry.keyObjects[0], { ...entry, kind: 1 }, entry.id);
  const wrongKey = { error: 'WRONG_KEY' };
  const another = input(0, otherKind.slice(0, KEY_OBJECT_HEADERS));
  maker.hostile('another-kind', 'A key object for a key of another kind.', another, wrongKey);
  const two = [{ wrapped: toHex(random.bytes(32)) }, { device: toHex(random.bytes(20)) }];
  for (const secret of two) {
    const parts = { keys: { ...keys, ...secret }, question: random.bytes('device' in secret ? 32 : 184) };
    const found = await sealedFor(parts, { suite, context }, entry);
    const [name, record] = [`${found.kind}-in-slot-0`, { ...(expected as JsonObject), credentialKind: found.code }];
    const given = { slot: 0, bytes: toHex(found.bytes) };
    maker.good(name, `A key object of kind ${found.kind}.`, { keys: parts.keys, input: given }, record);
    const wrong = Object.fromEntries(
      Object.entries(secret).map(([key, value]) => [key, toHex(turned(fromHex(value)!, 0))]),
    );
    const other = { keys: { ...keys, ...wrong }, input: given };
    maker.hostile(`${found.kind}-of-another`, 'Another secret than it was sealed to.', other, wrongKey);
    const damaged = { keys: parts.keys, input: { slot: 0, bytes: toHex(turned(found.bytes, 600)) } };
    maker.hostile(`${found.kind}-bit-600`, 'A bit of its second header.', damaged, wrongKey);
  }
  return maker.vectors;
}

/** A key object of a key of two stages, without its padding. */
async function sealedFor(
  { keys, question }: { readonly keys: JsonObject; readonly question: Uint8Array },
  { suite, context }: Pick<Fixture, 'suite' | 'context'>,
  { id: entryId }: Pick<CredentialEntry, 'id'>,
) {
  const credential = await credentialsOf(keyOfMembers(keys))[0]!.derive(suite);
  const pair = await credential.answer(suite, question, {});
  const details = { id: entryId, created: 0, label: '', role: KEY_ROLES.all };
  const entry = entryOf(credential, { ...pair, question }, details);
  const bytes = buildKeyObject(context, entry.keyObjects[0], entry, entry.id).slice(0, KEY_OBJECT_HEADERS);
  return { kind: credential.kind, code: entry.kind, bytes };
}

async function passwords({ suite }: Pick<Fixture, 'suite'>): Promise<Vector[]> {
  const maker = new Maker('password');
  const good = async (
    name: string,
    description: string,
    user: string,
    password: string,
    options: CredentialOptions = {},
  ) => {
    const expected = await derived(Key.fromCredentials(user, password, options), suite);
    maker.good(name, description, { input: { user, password, ...options } }, expected);
  };
  await good('default', 'The default profile, no locator.', 'username', 'password');
  await good('locator', 'A locator makes the salt its own.', 'username', 'password', { locator: 'bucket-7' });
  await good('composed', 'User name and password in normal form C.', COMPOSED, DIFFERENT);
  await good(
    'decomposed',
    'The same in another form is the same credential.',
    COMPOSED.normalize('NFD'),
    DIFFERENT.normalize('NFD'),
  );
  const bad = (name: string, description: string, input: JsonObject) => {
    maker.hostile(name, description, { input }, { error: 'INVALID_ARGUMENT' });
  };
  bad('no-user', 'An empty user name.', { user: '', password: 'p' });
  bad('no-password', 'An empty password.', { user: 'u', password: '' });
  bad('no-locator', 'A locator that is given and empty.', { user: 'u', password: 'p', locator: '' });
  bad('surrogate-user', 'A user name with a lone surrogate.', { user: 'u\ud800', password: 'p' });
  bad('surrogate-password', 'A password with a lone surrogate.', { user: 'u', password: '\udfff' });
  bad('unknown-profile', 'A profile that there is not.', { user: 'u', password: 'p', profile: 'argon2id-1m' });
  bad('inherited-profile', 'A profile named like what objects inherit.', {
    user: 'u',
    password: 'p',
    profile: 'constructor',
  });
  bad('long-user', 'A user name of 65,536 bytes.', { user: 'u'.repeat(65_536), password: 'p' });
  return maker.vectors;
}

async function derived(key: Key, suite: Fixture['suite'], input: JsonObject = {}) {
  const [credential] = credentialsOf(key);
  if (credential === undefined) throw new Error('The key has no credential.');
  await credential.derive(suite);
  const headerKey = toHex(credential.headerKey());
  const pair = inHex(
    await credential.answer(suite, fromHex((input['question'] as string | undefined) ?? '')!, {}),
  ) as JsonObject;
  return { keyObjectIds: [credential.keyObjectId(0), credential.keyObjectId(1)], headerKey, ...pair };
}
