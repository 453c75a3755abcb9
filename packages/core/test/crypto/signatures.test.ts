import { loadSodium, type SodiumPrimitives } from '../../src/crypto/sodium-suite.js';
import { flipped, pattern } from './suites.js';

let suite: SodiumPrimitives;
beforeAll(async () => {
  suite = await loadSodium();
});

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const invalid = expect.objectContaining({ code: 'INFINITREE_INVALID_ARGUMENT' });

// RFC 8032, section 7.1, tests 1 to 3.
const RFC = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    key: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    key: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    key: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
];

test.each(RFC)('of the RFC are made and verified: $key', ({ seed, key, message, signature }) => {
  expect(suite.verificationKey(bytes(seed))).toEqual(bytes(key));
  expect(suite.sign(bytes(seed), bytes(message))).toEqual(bytes(signature));
  expect(suite.verify(bytes(key), bytes(message), bytes(signature))).toBe(true);
});

test('with any bit turned over, or of another message or key, are none', () => {
  const [seed, message] = [pattern(32, 1), pattern(5000, 2)];
  const [key, signature] = [suite.verificationKey(seed), suite.sign(seed, message)];
  expect(suite.verify(key, message, signature)).toBe(true);
  for (let bit = 0; bit < 512; bit++) expect(suite.verify(key, message, flipped(signature, bit))).toBe(false);
  expect(suite.verify(key, flipped(message, 39_999), signature)).toBe(false);
  expect(suite.verify(suite.verificationKey(pattern(32, 3)), message, signature)).toBe(false);
  expect(suite.verify(key, message.subarray(1), signature)).toBe(false);
});

test('of another length are none, and keys of another length are refused', () => {
  const seed = pattern(32, 1);
  const [key, signature] = [suite.verificationKey(seed), suite.sign(seed, pattern(9))];
  for (const length of [0, 63, 65, 128]) {
    const other = new Uint8Array(length);
    other.set(signature.subarray(0, length));
    expect(suite.verify(key, pattern(9), other)).toBe(false);
  }
  for (const wrong of [pattern(31), pattern(33), pattern(64)]) {
    expect(() => suite.verificationKey(wrong)).toThrow(invalid);
    expect(() => suite.sign(wrong, pattern(9))).toThrow(invalid);
    expect(() => suite.verify(wrong, pattern(9), signature)).toThrow(invalid);
  }
});
