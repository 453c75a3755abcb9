// Keys whose secret is somewhere else, apart from trees: what they are made of, and what is made of the answer.
import { inspect } from 'node:util';
import type { FinderOptions, KmsProvider, Responder } from '@infinitree/core';
import { FakeKms, SeededRandom, SoftwareResponder, TestClock } from '@infinitree/testing';
import { toHex } from '../../src/bytes/hex.js';
import type { Credential } from '../../src/crypto/credential.js';
import { Entropy } from '../../src/crypto/entropy.js';
import { credentialsOf, Key } from '../../src/crypto/key.js';
import { loadSuite, type Suite } from '../../src/crypto/suite.js';
import { pattern } from './suites.js';

let suite: Suite;
let entropy: Entropy;
/** As `suite`, with a hash where Argon2id is. */
let quick: Suite;
beforeAll(async () => {
  suite = await loadSuite();
  entropy = new Entropy(suite, { random: new SeededRandom(7), clock: new TestClock() });
  quick = { ...suite, argon2id: (password, salt) => suite.sha256(password, salt) };
});

const invalid = expect.objectContaining({ code: 'INFINITREE_INVALID_ARGUMENT' }) as Error;
const device = new SoftwareResponder(pattern(20));
const raw = () => Key.fromBytes(pattern(32, 1));

async function first(key: Key): Promise<Credential> {
  return credentialsOf(key)[0]!.derive(quick);
}

async function idOf(key: Key): Promise<string> {
  return (await first(key)).keyObjectId(0);
}

test('credentials of different kinds have nothing in common, whatever finds them', async () => {
  const kms = new FakeKms().provider();
  const ids = async (finder: Key) => [
    await idOf(finder),
    await idOf(Key.fromKms(kms, { finder })),
    await idOf(Key.fromChallengeResponse(device, { finder })),
  ];
  const named = { finder: { username: 'ada' } };
  const all = [
    ...(await ids(raw())),
    ...(await ids(Key.fromCredentials('ada', 'password'))),
    await idOf(Key.fromKms(kms, named)),
    await idOf(Key.fromChallengeResponse(device, named)),
    await idOf(Key.fromKms(kms, { finder: { username: 'ada', locator: 'here' } })),
    await idOf(Key.fromKms(kms, { finder: { username: 'ada', profile: 'argon2id-256m' } })),
  ];
  // The hash in place of Argon2id takes no costs, so that the profile shows in the salt alone.
  expect(new Set(all).size).toBe(all.length);
  expect(await ids(raw())).toEqual(all.slice(0, 3));
});

test('a key that finds may be used by itself as well, in any order', async () => {
  const password = Key.fromCredentials('ada', 'password');
  const one = Key.fromChallengeResponse(device, { finder: password });
  const [found, plain] = [await idOf(one), await idOf(password)];
  const again = Key.fromCredentials('ada', 'password');
  expect(await idOf(again)).toBe(plain);
  expect(await idOf(Key.fromChallengeResponse(device, { finder: again }))).toBe(found);
});

test('a question is answered in the way it will be, and differs each time', async () => {
  const kms = new FakeKms();
  const keys = [Key.fromKms(kms.provider(), { finder: raw() }), Key.fromChallengeResponse(device, { finder: raw() })];
  for (const key of keys) {
    const credential = await first(key);
    const seen = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const { question, secretKey, publicKey } = await credential.pose(suite, entropy, {});
      expect(await credential.answer(suite, question, {})).toEqual({ secretKey, publicKey });
      seen.add(toHex(question)).add(toHex(publicKey));
    }
    expect(seen.size).toBe(40);
  }
  expect(kms.log.filter(({ verb }) => verb === 'wrap')).toHaveLength(20);
  expect(kms.log.filter(({ verb }) => verb === 'unwrap')).toHaveLength(40);
});

test('the answer alone does not make the secret key, nor does the finder', async () => {
  const question = pattern(32, 3);
  const secretKeys = [];
  for (const finder of [raw(), Key.fromBytes(pattern(32, 2))]) {
    for (const secret of [pattern(20, 5), pattern(20, 6)]) {
      const key = Key.fromChallengeResponse(new SoftwareResponder(secret), { finder });
      for (const asked of [question, pattern(32, 4)]) {
        secretKeys.push(toHex((await (await first(key)).answer(suite, asked, {})).secretKey));
      }
    }
  }
  expect(new Set(secretKeys).size).toBe(8);
});

test('a challenge has 32 bytes, and does not end with a zero', async () => {
  const zeros = { bytes32: () => new Uint8Array(32) };
  const credential = await first(Key.fromChallengeResponse(device, { finder: raw() }));
  const { question } = await credential.pose(suite, zeros, {});
  expect(question).toEqual(Uint8Array.of(...new Uint8Array(31), 1));
});

test('the KMS is told what the secret is of, and what the user adds', async () => {
  const kms = new FakeKms();
  const context = { tree: 'orders', stage: 'test' };
  const credential = await first(Key.fromKms(kms.provider(), { finder: raw(), context }));
  const { question } = await credential.pose(suite, entropy, {});
  const told = { infinitree: 'key object', tree: 'orders', stage: 'test' };
  expect(kms.log.map((entry) => entry.context)).toEqual([told, told]);
  const other = await first(Key.fromKms(kms.provider(), { finder: raw(), context: { tree: 'customers' } }));
  await expect(other.answer(suite, question, {})).rejects.toMatchObject({ code: 'INFINITREE_WRONG_KEY' });
});

/** A provider whose methods can be replaced. */
function kmsWith(methods: Partial<KmsProvider>): Key {
  const provider = new FakeKms().provider();
  return Key.fromKms({ ...provider, ...methods }, { finder: raw() });
}

test.each([
  ['no bytes', undefined],
  ['an array of numbers', [1, 2, 3]],
  ['nothing', new Uint8Array(0)],
  ['381 bytes', new Uint8Array(381)],
])('a KMS that wraps into %s is refused', async (_, wrapped) => {
  const credential = await first(kmsWith({ wrap: () => Promise.resolve(wrapped as Uint8Array) }));
  await expect(credential.pose(suite, entropy, {})).rejects.toMatchObject({ code: 'INFINITREE_BACKEND' });
});

test.each([
  ['no bytes', undefined],
  ['text', 'x'.repeat(32)],
  ['31 bytes', new Uint8Array(31)],
  ['33 bytes', new Uint8Array(33)],
])('a KMS that unwraps to %s is refused', async (_, secret) => {
  const credential = await first(kmsWith({ unwrap: () => Promise.resolve(secret as Uint8Array) }));
  const code = 'INFINITREE_BACKEND';
  await expect(credential.answer(suite, pattern(184), {})).rejects.toMatchObject({ code });
  await expect(credential.pose(suite, entropy, {})).rejects.toMatchObject({ code });
});

test('a KMS that gives another secret back than it wrapped is given no tree', async () => {
  const credential = await first(kmsWith({ unwrap: () => Promise.resolve(new Uint8Array(32)) }));
  await expect(credential.pose(suite, entropy, {})).rejects.toMatchObject({ code: 'INFINITREE_WRONG_KEY' });
});

test('the longest wrapped secret has 380 bytes', async () => {
  const kept = new Map<string, Uint8Array>();
  const key = kmsWith({
    wrap: (secret) => {
      const wrapped = new Uint8Array(380).fill(kept.size + 1);
      kept.set(toHex(wrapped), secret.slice());
      return Promise.resolve(wrapped);
    },
    unwrap: (wrapped) => Promise.resolve(kept.get(toHex(wrapped))!),
  });
  expect((await (await first(key)).pose(suite, entropy, {})).question).toHaveLength(380);
});

test('secrets that were wrapped or unwrapped are zeroed, and so are responses', async () => {
  const seen: Uint8Array[] = [];
  const keep = (bytes: Uint8Array) => {
    seen.push(bytes);
    return bytes;
  };
  const provider = new FakeKms().provider();
  const kms = kmsWith({
    wrap: (secret, call) => provider.wrap(keep(secret), call),
    unwrap: async (wrapped, call) => keep(await provider.unwrap(wrapped, call)),
  });
  const responder: Responder = { respond: async (challenge) => keep(await device.respond(challenge)) };
  for (const key of [kms, Key.fromChallengeResponse(responder, { finder: raw() })]) {
    const credential = await first(key);
    const { question } = await credential.pose(suite, entropy, {});
    await credential.answer(suite, question, {});
  }
  expect(seen).toHaveLength(5);
  expect(seen.filter((bytes) => bytes.some((byte) => byte !== 0))).toEqual([]);
});

test.each([
  ['nothing', undefined],
  ['0 bytes', new Uint8Array(0)],
  ['16 bytes', new Uint8Array(16)],
  ['32 bytes', new Uint8Array(32)],
])('a device that answers with %s is refused', async (_, response) => {
  const respond = () => Promise.resolve(response as Uint8Array);
  const credential = await first(Key.fromChallengeResponse({ respond }, { finder: raw() }));
  for (const asking of [credential.pose(suite, entropy, {}), credential.answer(suite, pattern(32), {})]) {
    await expect(asking).rejects.toMatchObject({ code: 'INFINITREE_BACKEND' });
  }
});

test('what is no provider, responder, finder, context or limit is refused', () => {
  const provider = new FakeKms().provider();
  const finder = { username: 'ada' };
  for (const wrong of [undefined, null, 'kms', {}, { ...provider, keyId: 5 }, { ...provider, unwrap: 5 }]) {
    expect(() => Key.fromKms(wrong as KmsProvider, { finder })).toThrow(invalid);
  }
  for (const wrong of [undefined, null, 'device', {}, { respond: 5 }]) {
    expect(() => Key.fromChallengeResponse(wrong as Responder, { finder })).toThrow(invalid);
  }
  const twoStages = Key.fromChallengeResponse(device, { finder });
  const changing = Key.changing(Key.random(), Key.random());
  const finders = [undefined, null, 'ada', {}, { username: '' }, { username: 'a', locator: '' }, twoStages, changing];
  for (const wrong of [...finders, { username: 'a', profile: 'argon2id-1m' }]) {
    const options = { finder: wrong } as FinderOptions;
    expect(() => Key.fromKms(provider, options)).toThrow(invalid);
    expect(() => Key.fromChallengeResponse(device, options)).toThrow(invalid);
  }
  for (const wrong of [undefined, null, 5]) {
    expect(() => Key.fromKms(provider, wrong as never)).toThrow(invalid);
    expect(() => Key.fromChallengeResponse(device, wrong as never)).toThrow(invalid);
  }
  for (const context of ['tree', null, { tree: 5 }, { tree: '' }, { '': 'a' }, { infinitree: 'x' }, { a: '\ud800' }]) {
    expect(() => Key.fromKms(provider, { finder, context: context as never })).toThrow(invalid);
  }
  for (const timeoutMs of [0, -5, Number.NaN, '5' as never]) {
    expect(() => Key.fromKms(provider, { finder, timeoutMs })).toThrow(invalid);
    expect(() => Key.fromChallengeResponse(device, { finder, timeoutMs })).toThrow(invalid);
  }
});

test('such a key shows nothing, and cannot be written down', () => {
  const key = Key.fromChallengeResponse(device, { finder: Key.fromCredentials('ada', 'a secret word') });
  expect(inspect(key, { depth: 10, showHidden: true })).toBe('Key { [redacted] }');
  for (const call of [() => key.toBytes(), () => key.toText()]) {
    expect(call).toThrow(expect.objectContaining({ code: 'INFINITREE_UNSUPPORTED' }) as Error);
  }
  // Nobody guesses what a device or a KMS holds.
  expect(credentialsOf(key).map(({ weak }) => weak)).toEqual([false]);
});
