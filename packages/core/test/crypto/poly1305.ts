import type { Suite } from '../../src/crypto/suite.js';

const P = (1n << 130n) - 5n;
const TWO_128 = 1n << 128n;
const CLAMP = 0x0ffffffc_0ffffffc_0ffffffc_0fffffffn;

const mod = (value: bigint) => ((value % P) + P) % P;

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function toBytes(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

function power(base: bigint, exponent: number): bigint {
  let result = 1n;
  for (let i = 0; i < exponent; i++) result = mod(result * base);
  return result;
}

function inverse(value: bigint): bigint {
  let [a, b, x, y] = [mod(value), P, 1n, 0n];
  while (a !== 0n) {
    const quotient = b / a;
    [a, b] = [b - quotient * a, a];
    [x, y] = [y - quotient * x, x];
  }
  return mod(y);
}

/**
 * A ciphertext and a tag that verify under both keys, with a zero nonce and no additional data: the given one, of a multiple of
 * 16 bytes, but for two blocks of it, by their numbers. The tag is a polynomial in the blocks, so two free blocks satisfy two
 * equations, one for each key; a solution is usable when both blocks are below 2^128, which the tags tried one after another
 * soon give.
 */
export function sealForTwoKeys(
  suite: Suite,
  first: Uint8Array,
  second: Uint8Array,
  given: Uint8Array,
  free: readonly [number, number] = [0, 1],
): Uint8Array {
  const pair = [first, second].map((key) => {
    const block = new Uint8Array(32);
    suite.keyStream(key, block);
    return { r: littleEndian(block.subarray(0, 16)) & CLAMP, s: littleEndian(block.subarray(16)) };
  });
  const ciphertext = given.slice();
  const { length } = ciphertext;
  const blocks = Array.from({ length: length / 16 }, (_, i) => littleEndian(ciphertext.subarray(16 * i, 16 * i + 16)));
  blocks.push(BigInt(length) << 64n);
  const n = blocks.length;
  const fixed = [...blocks.entries()].filter(([i]) => !free.includes(i));
  for (let attempt = 1n; attempt < 1000n; attempt++) {
    const tag = (attempt * 0x9e3779b97f4a7c15f39cc0605cedc835n) % TWO_128;
    // a·x + b·y = c for each key: x and y are the free blocks with their 2^128 bit.
    const [one, two] = pair.map(({ r, s }) => {
      const rest = fixed.reduce((sum, [i, block]) => mod(sum + (block + TWO_128) * power(r, n - i)), 0n);
      return { a: power(r, n - free[0]), b: power(r, n - free[1]), c: mod(((tag - s + TWO_128) % TWO_128) - rest) };
    });
    const determinant = inverse(one!.a * two!.b - two!.a * one!.b);
    const x = mod((one!.c * two!.b - two!.c * one!.b) * determinant) - TWO_128;
    const y = mod((one!.a * two!.c - two!.a * one!.c) * determinant) - TWO_128;
    if (x < 0n || x >= TWO_128 || y < 0n || y >= TWO_128) continue;
    ciphertext.set(toBytes(x), 16 * free[0]);
    ciphertext.set(toBytes(y), 16 * free[1]);
    return Uint8Array.from([...ciphertext, ...toBytes(tag)]);
  }
  throw new Error('No tag tried has a solution.');
}
