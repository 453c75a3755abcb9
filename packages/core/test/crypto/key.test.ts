import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { jest } from '@jest/globals';
import { Credential, passwordSalt } from '../../src/crypto/credential.js';
import { derive } from '../../src/crypto/derive.js';
import { credentialsOf, Key } from '../../src/crypto/key.js';
import { PROFILE_NAMES, profileCost, TRIED_PROFILES } from '../../src/crypto/profiles.js';
import { loadSuite, type Suite } from '../../src/crypto/suite.js';
import { pattern } from './suites.js';

let suite: Suite;
/** As `suite`, with a hash where Argon2id is: what counts here is what goes in, and how often. */
let quick: Suite;
let argon2: jest.Mock<Suite['argon2id']>;
let passwords: string[];
beforeAll(async () => {
  suite = await loadSuite();
});
beforeEach(() => {
  passwords = [];
  argon2 = jest.fn((password, salt, { opsLimit, memLimit }) => {
    passwords.push(new TextDecoder().decode(password));
    return suite.sha256(password, salt, new TextEncoder().encode(`${opsLimit} ${memLimit}`));
  });
  quick = { ...suite, argon2id: argon2 };
});

const invalid = expect.objectContaining({ code: 'INFINITREE_INVALID_ARGUMENT' });

/** The ids and the header key of a key's first candidate. */
async function outputs(key: Key): Promise<unknown[]> {
  const credential = await credentialsOf(key)[0]!.derive(quick);
  return [credential.keyObjectId(0), credential.keyObjectId(1), credential.headerKey()];
}

describe('a key from a user name and a password', () => {
  test('is derived when it is first used, once for all uses', async () => {
    const key = Key.fromCredentials('user', 'password');
    const [credential] = credentialsOf(key);
    expect(argon2).not.toHaveBeenCalled();
    await Promise.all([credential!.derive(quick), credentialsOf(key)[0]!.derive(quick)]);
    await credential!.derive(quick);
    expect(argon2).toHaveBeenCalledTimes(1);
  });

  test('takes Argon2id with the default profile and the salt of the specification', async () => {
    await outputs(Key.fromCredentials('user', 'password'));
    const message = Buffer.concat([Buffer.from('\0\x0cargon2id-64m\0\x04user\0\0')]);
    const salt = Uint8Array.from(createHash('sha256').update(message).digest().subarray(0, 16));
    expect(argon2.mock.calls.map(([, salt, cost]) => [salt, cost])).toEqual([
      [salt, { opsLimit: 3, memLimit: 67_108_864 }],
    ]);
    expect(passwords).toEqual(['password']);
  });

  // Computed by an independent implementation of docs/format/cryptography.md, in Python with hashlib, hmac and
  // `cryptography` 48.0.0 (OpenSSL). A change here locks every user out.
  test('gives the ids and the header key it always gave', async () => {
    const credential = await credentialsOf(Key.fromCredentials('user', 'password'))[0]!.derive(suite);
    expect([
      credential.keyObjectId(0),
      credential.keyObjectId(1),
      Buffer.from(credential.headerKey()).toString('hex'),
    ]).toEqual([
      '9c161afe914c429726660d626838230467787008c72804fb360ae5e6a2cb5c8c',
      '29e0eb307267f056dd146c6912cc96d6564a232c1884710d83485eb36b42ec57',
      '4366f596cf9e3484d2a3968d769b4500730a150d8d3b0a9580ec3d8f2741b3d7',
    ]);
  });

  test('differs by user name, password, profile and locator', async () => {
    const keys = [
      Key.fromCredentials('user', 'password'),
      Key.fromCredentials('user2', 'password'),
      Key.fromCredentials('user', 'password2'),
      Key.fromCredentials('user', 'password', { profile: 'argon2id-256m' }),
      Key.fromCredentials('user', 'password', { profile: 'argon2id-1g' }),
      Key.fromCredentials('user', 'password', { locator: 'somewhere' }),
    ];
    const derived = await Promise.all(keys.map(outputs));
    expect(new Set(derived.flat().map(String)).size).toBe(18);
  });

  test('is the same for one text in two forms, and for its bytes', async () => {
    const composed = await outputs(Key.fromCredentials('J\u00f6rg', 'gr\u00fcn', { locator: '\u00e9' }));
    expect(await outputs(Key.fromCredentials('Jo\u0308rg', 'gru\u0308n', { locator: 'e\u0301' }))).toEqual(composed);
    const bytes = new TextEncoder().encode('gr\u00fcn');
    const key = Key.fromCredentials('J\u00f6rg', bytes, { locator: '\u00e9' });
    bytes.fill(0);
    expect(await outputs(key)).toEqual(composed);
  });

  test('named by a profile tries only that one', () => {
    const profilesOf = (key: Key) => credentialsOf(key).map(({ kind, profile }) => [kind, profile]);
    expect(profilesOf(Key.fromCredentials('u', 'p'))).toEqual(TRIED_PROFILES.map((name) => ['password', name]));
    expect(profilesOf(Key.fromCredentials('u', 'p', { profile: 'argon2id-1g' }))).toEqual([
      ['password', 'argon2id-1g'],
    ]);
  });

  test.each([
    ['an empty user name', () => Key.fromCredentials('', 'p')],
    ['an empty password', () => Key.fromCredentials('u', '')],
    ['empty bytes', () => Key.fromCredentials('u', new Uint8Array(0))],
    ['an empty locator', () => Key.fromCredentials('u', 'p', { locator: '' })],
    ['a lone surrogate', () => Key.fromCredentials('u', 'p\ud800')],
    ['a user name of 65,536 bytes', () => Key.fromCredentials('\u00e9'.repeat(32_768), 'p')],
    ['a number for a password', () => Key.fromCredentials('u', 7 as never)],
    ['an array for a password', () => Key.fromCredentials('u', [1, 2, 3] as never)],
    ['nothing for a user name', () => Key.fromCredentials(undefined as never, 'p')],
    ['an unknown profile', () => Key.fromCredentials('u', 'p', { profile: 'constructor' })],
    ['null for options', () => Key.fromCredentials('u', 'p', null as never)],
    ['a profile in the place of the options', () => Key.fromCredentials('u', 'p', 'argon2id-1g' as never)],
  ])('refuses %s', (_, attempt) => {
    expect(attempt).toThrow(invalid);
  });

  test('takes 65,535 bytes for a user name, a password and a locator', async () => {
    const longest = 'x'.repeat(65_535);
    await expect(outputs(Key.fromCredentials(longest, longest, { locator: longest }))).resolves.toHaveLength(3);
  });

  test.each([
    [/user name/, () => Key.fromCredentials('', 'p')],
    [/password/, () => Key.fromCredentials('u', '')],
    [/password/, () => Key.fromCredentials('u', new Uint8Array(0))],
    [/locator/, () => Key.fromCredentials('u', 'p', { locator: '' })],
  ])('says that it is the %s', (what, attempt) => {
    expect(attempt).toThrow(what);
  });

  test('names the profiles there are', () => {
    const attempt = () => Key.fromCredentials('u', 'p', { profile: 'scrypt' });
    expect(attempt).toThrow(/'argon2id-64m', 'argon2id-256m', 'argon2id-1g'/);
  });

  test('says what is missing where the memory cannot be had, and can be tried again', async () => {
    const [credential] = credentialsOf(Key.fromCredentials('u', 'p'));
    const cause = new Error('no memory');
    argon2.mockImplementationOnce(() => {
      throw cause;
    });
    const rejection = credential!.derive(quick);
    await expect(rejection).rejects.toMatchObject({ code: 'INFINITREE_UNSUPPORTED', cause });
    await expect(rejection).rejects.toThrow(/argon2id-64m.* 64 MiB/);
    await expect(credential!.derive(quick)).resolves.toBe(credential);
  });

  test('zeroes the password once it is derived', async () => {
    await outputs(Key.fromCredentials('user', 'password'));
    expect(argon2.mock.calls[0]?.[0]).toEqual(new Uint8Array(8));
  });

  test('cannot be turned into bytes', () => {
    const code = 'INFINITREE_UNSUPPORTED';
    expect(() => Key.fromCredentials('u', 'p').toBytes()).toThrow(expect.objectContaining({ code }));
  });
});

describe('a key from bytes', () => {
  test('is copied in and out', async () => {
    const bytes = pattern(32);
    const key = Key.fromBytes(bytes);
    bytes.fill(0);
    key.toBytes().fill(0);
    expect(key.toBytes()).toEqual(pattern(32));
    expect(await outputs(key)).toEqual(await outputs(Key.fromBytes(pattern(32))));
    expect(argon2).not.toHaveBeenCalled();
  });

  test('derives everything from derive(bytes, key-from-bytes)', async () => {
    const primary = derive(suite, pattern(32), 'keyFromBytes');
    const [id, , headerKey] = await outputs(Key.fromBytes(pattern(32)));
    expect(id).toBe(Buffer.from(derive(suite, primary, 'keyObjectId', Uint8Array.of(0))).toString('hex'));
    expect(headerKey).toEqual(derive(suite, primary, 'keyObjectHeader'));
    expect(credentialsOf(Key.fromBytes(pattern(32))).map(({ kind, profile }) => [kind, profile])).toEqual([
      ['raw', undefined],
    ]);
  });

  test.each([0, 31, 33])('refuses %i bytes', (length) => {
    expect(() => Key.fromBytes(new Uint8Array(length))).toThrow(invalid);
  });

  test('refuses what is no bytes', () => {
    expect(() => Key.fromBytes(Array.from(pattern(32)) as never)).toThrow(invalid);
  });

  test('may be made at random', async () => {
    const [one, two] = [Key.random(), Key.random()];
    expect(one.toBytes()).not.toEqual(two.toBytes());
    expect(await outputs(Key.fromBytes(one.toBytes()))).toEqual(await outputs(one));
  });
});

describe('secrets', () => {
  const password = 'correct horse battery staple';
  const decimals = (bytes: Uint8Array) => [bytes.subarray(0, 8).join(), bytes.subarray(0, 8).join(', ')];

  test('do not show where a key or a credential is printed', async () => {
    const [fromPassword, fromBytes] = [Key.fromCredentials('jane', password), Key.fromBytes(pattern(32))];
    for (const key of [fromPassword, fromBytes]) {
      const credential = await credentialsOf(key)[0]!.derive(quick);
      const shown = [
        JSON.stringify({ key, credential }),
        inspect({ key, credential }, { showHidden: true, depth: null }),
        String(key),
        JSON.stringify(Object.entries(key)),
      ].join('\n');
      for (const secret of [password, 'jane', ...decimals(pattern(32)), ...decimals(credential.headerKey())]) {
        expect(shown).not.toContain(secret);
      }
    }
  });

  test('leave a word that says what was printed', () => {
    const key = Key.fromCredentials('jane', password);
    const [credential] = credentialsOf(key);
    expect([String(key), JSON.stringify({ key, credential })]).toEqual([
      '[Key]',
      '{"key":"[Key]","credential":"[Credential]"}',
    ]);
    expect(inspect([key, credential])).toBe('[ Key { [redacted] }, Credential { [redacted] } ]');
  });

  test('do not show in errors', async () => {
    const messages: string[] = [];
    for (const attempt of [
      () => Key.fromCredentials('jane', `${password}\udfff`),
      () => Key.fromCredentials('jane', password, { profile: password }),
      () => Key.fromCredentials('jane', password).toBytes(),
    ]) {
      try {
        attempt();
      } catch (error) {
        messages.push(inspect(error));
      }
    }
    expect(messages).toHaveLength(3);
    // The stack quotes no arguments, so any of these would be from a message.
    for (const message of messages) expect(message).not.toMatch(/correct horse|jane/);
  });

  test('are given to nobody who has no Key', () => {
    expect(() => credentialsOf({} as never)).toThrow(invalid);
    expect(() => credentialsOf(Object.create(Key.prototype) as Key)).toThrow(invalid);
  });

  test('are not there before they are derived', () => {
    const credential = new Credential('raw', undefined, () => pattern(32));
    expect(() => credential.headerKey()).toThrow(invalid);
    expect(() => credential.keyObjectId(1)).toThrow(invalid);
  });
});

describe('profiles', () => {
  test('are frozen and what they always were', () => {
    expect(PROFILE_NAMES.map((name) => [name, profileCost(name)])).toEqual([
      ['argon2id-64m', { opsLimit: 3, memLimit: 2 ** 26 }],
      ['argon2id-256m', { opsLimit: 3, memLimit: 2 ** 28 }],
      ['argon2id-1g', { opsLimit: 4, memLimit: 2 ** 30 }],
    ]);
    for (const name of PROFILE_NAMES) expect(Object.isFrozen(profileCost(name))).toBe(true);
    expect(Object.isFrozen(PROFILE_NAMES)).toBe(true);
  });

  test('salts are told apart by the lengths of their fields', () => {
    const salt = (...fields: [string, string, string]) => {
      const [profile, user, locator] = fields.map((field) => new TextEncoder().encode(field));
      return String(passwordSalt(suite, profile!, user!, locator!));
    };
    expect(salt('p', 'ab', 'c')).not.toBe(salt('p', 'a', 'bc'));
    expect(salt('pa', 'b', 'c')).not.toBe(salt('p', 'ab', 'c'));
  });
});
