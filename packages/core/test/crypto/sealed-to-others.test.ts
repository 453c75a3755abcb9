// What is sealed by an ephemeral key pair to one that somebody else has: a dropbox's batches, and the secrets of key epochs.
import { type ContentKeys, openContent, sealContent } from '../../src/crypto/batch-content.js';
import { type KeyPair, keyPairOf } from '../../src/crypto/key-pair.js';
import { NEXT_SECRET_SIZE, openNextSecret, SEALED_SECRET_SIZE, sealNextSecret } from '../../src/crypto/next-secret.js';
import { openStorageSecret, SEALED_STORAGE_SECRET_SIZE, sealStorageSecret } from '../../src/crypto/storage-secret.js';
import { loadSuite, type Suite } from '../../src/crypto/suite.js';
import { toObjectId } from '../../src/format/ids.js';
import { flipped, pattern } from './suites.js';

let suite: Suite;
let own: KeyPair;
/** Keys that something was sealed or opened under, as long as they were given. */
let keys: Uint8Array[];
let spying: Suite;
beforeAll(async () => {
  suite = await loadSuite();
  own = keyPairOf(suite, pattern(32, 2));
});
beforeEach(() => {
  keys = [];
  spying = {
    ...suite,
    hkdf(...given) {
      const key = suite.hkdf(...given);
      keys.push(key, given[0]);
      return key;
    },
  };
});

const corrupt = expect.objectContaining({ code: 'INFINITREE_CORRUPT' });
const zeros = new Uint8Array(32);
const epoch = { treeId: pattern(16, 4), keyEpoch: 3 };
const otherEpochs = [
  { ...epoch, treeId: pattern(16, 5) },
  { ...epoch, keyEpoch: 4 },
];

/** All of them were used once, and are gone. */
function expectKeysZeroed(): void {
  expect(keys.length).toBeGreaterThan(0);
  expect(keys.every((key) => key.every((byte) => byte === 0))).toBe(true);
}

describe('the content of a batch', () => {
  const content = pattern(100, 9);
  const ephemeral = () => keyPairOf(suite, pattern(32, 3));

  function sides(): { readonly worker: ContentKeys; readonly owner: ContentKeys } {
    const { secretKey, publicKey } = ephemeral();
    const id = toObjectId(pattern(32, 1));
    const known = { id, headerKey: pattern(32, 7), ephemeralKey: publicKey, recipient: own.publicKey };
    return {
      worker: { ...known, secretKey, other: own.publicKey },
      owner: { ...known, secretKey: own.secretKey, other: publicKey },
    };
  }

  test('is opened by the owner of the tree, and is bound to the batch and to both keys', () => {
    const { worker, owner } = sides();
    const sealed = sealContent(spying, worker, content)!;
    expect(sealed).toHaveLength(content.length + 16);
    expect(openContent(spying, owner, sealed)).toEqual(content);
    expectKeysZeroed();
    const others: ContentKeys[] = [
      { ...owner, id: toObjectId(pattern(32, 2)) },
      { ...owner, headerKey: pattern(32, 8) },
      { ...owner, ephemeralKey: pattern(32, 8) },
      { ...owner, recipient: pattern(32, 8) },
      { ...owner, secretKey: pattern(32, 8) },
    ];
    for (const other of others) expect(openContent(suite, other, sealed)).toBeUndefined();
    for (const bit of [0, 799, 800, 927]) expect(openContent(suite, owner, flipped(sealed, bit))).toBeUndefined();
  });

  test('is neither sealed to nor opened by a public key that gives zeros with every secret', () => {
    const { worker, owner } = sides();
    expect(sealContent(suite, { ...worker, other: zeros }, content)).toBeUndefined();
    expect(openContent(suite, { ...owner, other: zeros }, sealContent(suite, worker, content)!)).toBeUndefined();
  });
});

describe('the next secrets of a tree', () => {
  const secrets = pattern(NEXT_SECRET_SIZE, 9);
  const credentialId = pattern(16, 6);
  const headerKey = pattern(32, 7);
  const sealed = (from = spying) =>
    sealNextSecret(from, epoch, { to: { headerKey, publicKey: own.publicKey }, credentialId }, pattern(32, 3), secrets);

  test('have the lengths of the format', () => {
    expect([NEXT_SECRET_SIZE, SEALED_SECRET_SIZE]).toEqual([64, 80]);
    expect(sealed().sealed).toHaveLength(SEALED_SECRET_SIZE);
  });

  test('are opened by the credential, and are bound to it, to the tree and to the key epoch', () => {
    const copy = sealed();
    expect(openNextSecret(spying, epoch, { headerKey, credentialId }, own, copy)).toEqual(secrets);
    expectKeysZeroed();
    for (const other of otherEpochs) {
      expect(openNextSecret(suite, other, { headerKey, credentialId }, own, copy)).toBeUndefined();
    }
    const credentials = [
      { headerKey: pattern(32, 8), credentialId },
      { headerKey, credentialId: pattern(16, 8) },
    ];
    for (const other of credentials) expect(openNextSecret(suite, epoch, other, own, copy)).toBeUndefined();
    const mine = { headerKey, credentialId };
    expect(openNextSecret(suite, epoch, mine, keyPairOf(suite, pattern(32, 8)), copy)).toBeUndefined();
    expect(openNextSecret(suite, epoch, mine, own, { ...copy, ephemeralKey: pattern(32, 8) })).toBeUndefined();
    expect(openNextSecret(suite, epoch, mine, own, { ...copy, ephemeralKey: zeros })).toBeUndefined();
    expect(openNextSecret(suite, epoch, mine, own, { ...copy, sealed: flipped(copy.sealed, 5) })).toBeUndefined();
  });

  test('are sealed by a secret that is zeroed, and to no key that is none', () => {
    const ephemeral = pattern(32, 3);
    const to = { headerKey, publicKey: own.publicKey };
    sealNextSecret(suite, epoch, { to, credentialId }, ephemeral, secrets);
    expect(ephemeral).toEqual(zeros);
    const bad = { to: { headerKey, publicKey: zeros }, credentialId };
    expect(() => sealNextSecret(suite, epoch, bad, pattern(32, 3), secrets)).toThrow(corrupt);
    expect(() => sealNextSecret(suite, epoch, bad, pattern(32, 3), secrets)).toThrow('public key');
  });
});

describe('the storage secret of an earlier key epoch', () => {
  const secret = pattern(32, 9);
  const sealed = (from = spying) => sealStorageSecret(from, epoch, own.publicKey, pattern(32, 3), secret);

  test('has the length of the format', () => {
    expect(SEALED_STORAGE_SECRET_SIZE).toBe(48);
    expect(sealed().sealed).toHaveLength(SEALED_STORAGE_SECRET_SIZE);
  });

  test('is opened by who reads, and is bound to the tree and to the key epoch', () => {
    const copy = sealed();
    expect(openStorageSecret(spying, epoch, own, copy)).toEqual(secret);
    expectKeysZeroed();
    for (const other of otherEpochs) expect(openStorageSecret(suite, other, own, copy)).toBeUndefined();
    expect(openStorageSecret(suite, epoch, keyPairOf(suite, pattern(32, 8)), copy)).toBeUndefined();
    expect(openStorageSecret(suite, epoch, { ...own, publicKey: pattern(32, 8) }, copy)).toBeUndefined();
    expect(openStorageSecret(suite, epoch, own, { ...copy, ephemeralKey: zeros })).toBeUndefined();
    expect(openStorageSecret(suite, epoch, own, { ...copy, sealed: flipped(copy.sealed, 5) })).toBeUndefined();
  });

  test('is sealed by a secret that is zeroed, and to no key that is none', () => {
    const ephemeral = pattern(32, 3);
    sealStorageSecret(suite, epoch, own.publicKey, ephemeral, secret);
    expect(ephemeral).toEqual(zeros);
    expect(() => sealStorageSecret(suite, epoch, zeros, pattern(32, 3), secret)).toThrow(corrupt);
    expect(() => sealStorageSecret(suite, epoch, zeros, pattern(32, 3), secret)).toThrow('is no key');
  });
});
