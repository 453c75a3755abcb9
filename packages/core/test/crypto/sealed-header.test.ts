import { derive } from '../../src/crypto/derive.js';
import { openHeader, sealHeader } from '../../src/crypto/sealed-header.js';
import { loadSuite, type Suite } from '../../src/crypto/suite.js';
import { idBytes } from '../../src/format/id-bytes.js';
import { toObjectId } from '../../src/format/ids.js';
import { sealForTwoKeys } from './poly1305.js';
import { flipped, pattern } from './suites.js';

let suite: Suite;
beforeAll(async () => {
  suite = await loadSuite();
});

const parent = pattern(32, 1);
const id = toObjectId(pattern(32, 2));
const salt = pattern(32, 3);
const plaintext = pattern(432, 4);
const seal = () => sealHeader(suite, parent, 'headHeader', id, salt, plaintext);
const open = (bytes: Uint8Array) => openHeader(suite, parent, 'headHeader', id, bytes);

test('has 512 bytes, begins with its salt and opens again', () => {
  expect(seal()).toHaveLength(512);
  expect(seal().subarray(0, 32)).toEqual(salt);
  expect(open(seal())).toEqual(plaintext);
});

// Computed by an independent implementation of docs/format/cryptography.md, in Python with hashlib, hmac and
// `cryptography` 48.0.0 (OpenSSL).
test('has the bytes it always had', () => {
  const digest = '260fa9b5071d3654572860ec7cb45310b78ae8a4916e1a4b0c3ef0ec84459758';
  expect(Buffer.from(suite.sha256(seal())).toString('hex')).toBe(digest);
});

test('does not open for another key, label or id', () => {
  expect(openHeader(suite, flipped(parent, 0), 'headHeader', id, seal())).toBeUndefined();
  expect(openHeader(suite, parent, 'keyObjectHeader', id, seal())).toBeUndefined();
  expect(openHeader(suite, parent, 'headHeader', toObjectId(pattern(32, 5)), seal())).toBeUndefined();
});

test('does not open with any bit turned over, or of another length', () => {
  const header = seal();
  for (let bit = 0; bit < 8 * 512; bit++) expect(open(flipped(header, bit))).toBeUndefined();
  for (const length of [0, 1, 63, 496, 511]) expect(open(header.subarray(0, length))).toBeUndefined();
  expect(open(Uint8Array.from([...header, 0]))).toBeUndefined();
});

test('refuses a plaintext or a salt of another length', () => {
  const code = 'INFINITREE_INVALID_ARGUMENT';
  for (const size of [0, 431, 433]) {
    const attempt = () => sealHeader(suite, parent, 'headHeader', id, salt, pattern(size));
    expect(attempt).toThrow(expect.objectContaining({ code }));
  }
  const attempt = () => sealHeader(suite, parent, 'headHeader', id, pattern(16), plaintext);
  expect(attempt).toThrow(expect.objectContaining({ code }));
});

test('commits to one key: a ciphertext built to open under two opens under one', () => {
  const [alice, mallory] = [pattern(32, 6), pattern(32, 7)];
  const headerKeys = [alice, mallory].map((key) => derive(suite, key, 'keyObjectHeader', idBytes(id), salt));
  const [first, second] = headerKeys.map((key) => derive(suite, key, 'headerEncryption'));
  const sealed = sealForTwoKeys(suite, first!, second!, pattern(432));

  // Poly1305 alone is content with both keys.
  const none = new Uint8Array(0);
  expect(suite.open(first!, new Uint8Array(12), none, sealed)).toHaveLength(432);
  expect(suite.open(second!, new Uint8Array(12), none, sealed)).toHaveLength(432);

  const commitment = suite.hmac(derive(suite, headerKeys[0]!, 'headerCommitment'), salt, sealed);
  const header = Uint8Array.from(Buffer.concat([salt, commitment, sealed]));
  expect(openHeader(suite, alice, 'keyObjectHeader', id, header)).toHaveLength(432);
  expect(openHeader(suite, mallory, 'keyObjectHeader', id, header)).toBeUndefined();
});
