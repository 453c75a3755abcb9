import { isInfinitreeError } from '@infinitree/core';
import fc from 'fast-check';
import { toCanonical } from '../../src/codec/canonical-key.js';
import { encodeKey } from '../../src/codec/key-encode.js';
import { KeyFilter, KeyHashes } from '../../src/codec/key-filter.js';
import { KeyHasher } from '../../src/codec/key-hash.js';
import { anyKey } from './key-arbitraries.js';

/** MurmurHash3_x86_32, word by word as it is published, and slow. */
function murmur(bytes: Uint8Array, seed: number): number {
  const scramble = (word: number): number => {
    const k = Math.imul(word, 0xcc9e2d51);
    return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  };
  let h = seed;
  const whole = bytes.length - (bytes.length % 4);
  for (let i = 0; i < whole; i += 4) {
    h ^= scramble(bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let i = bytes.length - 1; i >= whole; i--) tail = (tail << 8) | bytes[i]!;
  h ^= scramble(tail);
  h ^= bytes.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

test('the slow hash is that of others', () => {
  const of = (text: string, seed: number) => murmur(Buffer.from(text), seed).toString(16);
  expect([of('', 0), of('', 1), of('test', 0), of('Hello, world!', 0)]).toEqual([
    '0',
    '514e28b7',
    'ba6bd213',
    'c0363e43',
  ]);
  expect(of('The quick brown fox jumps over the lazy dog', 0)).toBe('2e4ff723');
});

test('keys are hashed as their encodings are', () => {
  const hasher = new KeyHasher();
  fc.assert(
    fc.property(anyKey, (key) => {
      const canonical = toCanonical(key);
      hasher.hash(canonical);
      const encoded = encodeKey(canonical);
      expect([hasher.high, hasher.low]).toEqual([murmur(encoded, 0), murmur(encoded, 1)]);
    }),
    { numRuns: 2000, examples: [[0], [-0], [-1], [''], ['\0'], ['é'], ['~'], [0n], [['a', [1, true]]]] },
  );
});

test('every key that was added passes', () => {
  fc.assert(
    fc.property(fc.array(anyKey), (keys) => {
      const hashes = new KeyHashes();
      const all = keys.map((key) => toCanonical(key));
      for (const key of all) hashes.add(key);
      const filter = new KeyFilter(hashes.toFilter());
      expect(all.every((key) => filter.mayHold(key))).toBe(true);
    }),
  );
});

test('of others few do, however many there are, and it takes 12 bits for each', () => {
  for (const count of [1, 100, 10_000, 100_000]) {
    const hashes = new KeyHashes();
    for (let i = 0; i < count; i++) {
      hashes.add(i);
      // Versions of a key come together, and count once.
      hashes.add(i);
    }
    expect(hashes.count).toBe(count);
    const bytes = hashes.toFilter();
    expect(bytes.length).toBe(32 * Math.ceil((12 * count) / 256));
    const filter = new KeyFilter(bytes);
    let passed = 0;
    for (let i = 0; i < 50_000; i++) passed += Number(filter.mayHold(`absent ${i}`)) + Number(filter.mayHold(-1 - i));
    expect(passed / 100_000).toBeLessThan(0.008);
  }
});

test('what is no filter is CORRUPT', () => {
  for (const length of [0, 31, 33]) {
    let thrown: unknown;
    try {
      new KeyFilter(new Uint8Array(length));
    } catch (error) {
      thrown = error;
    }
    expect(isInfinitreeError(thrown, 'CORRUPT')).toBe(true);
  }
  expect(new KeyFilter(new Uint8Array(32)).mayHold('a')).toBe(false);
});
