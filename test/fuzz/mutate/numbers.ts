import type { SeededRandom } from '@infinitree/testing';

/** Where lengths, counts, offsets and versions go wrong. */
const BOUNDARIES = [
  0n,
  1n,
  0x17n,
  0x18n,
  0x7fn,
  0x80n,
  0xffn,
  0x100n,
  0xfffn,
  0x1000n,
  0xffffn,
  0x10000n,
  2n ** 22n,
  2n ** 26n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** A number at a boundary, or one beside `now`, in as many bits as `size` bytes have. */
export function oddNumber(random: SeededRandom, now: bigint, size: number): bigint {
  const beside = random.int(3) === 0;
  const number = beside ? now + BigInt(random.int(5) - 2) : random.pick(BOUNDARIES);
  return BigInt.asUintN(8 * size, number);
}

export function readNumber(bytes: Uint8Array, at: number, size: number): bigint {
  let number = 0n;
  for (const byte of bytes.subarray(at, at + size)) number = (number << 8n) | BigInt(byte);
  return number;
}

/** Writes big-endian what there is room for. */
export function writeNumber(bytes: Uint8Array, at: number, size: number, number: bigint): void {
  for (let i = size - 1, rest = number; i >= 0; i--, rest >>= 8n) {
    if (at + i < bytes.length) bytes[at + i] = Number(rest & 0xffn);
  }
}
