import { applicationKey } from '../../src/crypto/application-key.js';
import { keyObjectSecret, keyPairOf } from '../../src/crypto/key-pair.js';
import { loadSuite } from '../../src/crypto/suite.js';
import { TreeKeys } from '../../src/crypto/tree-keys.js';
import { toObjectId } from '../../src/format/ids.js';
import { pattern } from './suites.js';

const invalid = expect.objectContaining({ code: 'INFINITREE_INVALID_ARGUMENT' });
const id = toObjectId(pattern(32, 1));

test('a public key is the multiple of the base point that another implementation finds', async () => {
  const secretKey = Uint8Array.from({ length: 32 }, (_, i) => i);
  const { publicKey } = keyPairOf(await loadSuite(), secretKey);
  expect(Buffer.from(publicKey).toString('hex')).toBe(
    '8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f',
  );
});

test('both sides of a key object find one secret, which is bound to all that is known of it', async () => {
  const suite = await loadSuite();
  const [own, ephemeral] = [keyPairOf(suite, pattern(32, 2)), keyPairOf(suite, pattern(32, 3))];
  const to = { headerKey: pattern(32, 4), publicKey: own.publicKey };
  const sealing = { secretKey: ephemeral.secretKey, other: own.publicKey };
  const opening = { secretKey: own.secretKey, other: ephemeral.publicKey };
  const secret = keyObjectSecret(suite, id, to, ephemeral.publicKey, sealing);
  expect(secret).toHaveLength(32);
  expect(keyObjectSecret(suite, id, to, ephemeral.publicKey, opening)).toEqual(secret);
  const others = [
    keyObjectSecret(suite, toObjectId(pattern(32, 5)), to, ephemeral.publicKey, opening),
    keyObjectSecret(suite, id, { ...to, headerKey: pattern(32, 5) }, ephemeral.publicKey, opening),
    keyObjectSecret(suite, id, { ...to, publicKey: pattern(32, 5) }, ephemeral.publicKey, opening),
    keyObjectSecret(suite, id, to, pattern(32, 5), opening),
    keyObjectSecret(suite, id, to, ephemeral.publicKey, { ...opening, secretKey: pattern(32, 5) }),
  ];
  for (const other of others) expect(other).not.toEqual(secret);
});

test('a public key that gives zeros with every secret is none', async () => {
  const suite = await loadSuite();
  const { secretKey, publicKey } = keyPairOf(suite, pattern(32, 2));
  const to = { headerKey: pattern(32, 4), publicKey };
  expect(keyObjectSecret(suite, id, to, new Uint8Array(32), { secretKey, other: new Uint8Array(32) })).toBeUndefined();
  const none = { x25519: () => undefined };
  expect(() => keyPairOf(none, secretKey)).toThrow(invalid);
});

test('an application has a key for each purpose, and none for no purpose', async () => {
  const keys = new TreeKeys(await loadSuite(), pattern(32, 6), pattern(16, 7), 0);
  const key = applicationKey(keys, 'attachments');
  expect(key).toHaveLength(32);
  expect(applicationKey(keys, 'attachments')).toEqual(key);
  expect(applicationKey(keys, 'attachment')).not.toEqual(key);
  expect(key).not.toEqual(keys.subkey('application'));
  for (const purpose of ['', 'a\ud800', undefined, 5]) {
    expect(() => applicationKey(keys, purpose as string)).toThrow(invalid);
    expect(() => applicationKey(keys, purpose as string)).toThrow('A purpose is a string that is not empty');
  }
});
