import { compareBytes, sameBytes } from '../../src/bytes/compare.js';
import { concat } from '../../src/bytes/concat.js';
import { fromHex, toHex } from '../../src/bytes/hex.js';
import { ByteReader } from '../../src/bytes/reader.js';
import { fromUtf8, toUtf8 } from '../../src/bytes/utf8.js';
import { ByteWriter } from '../../src/bytes/writer.js';

const bytes = (...values: readonly number[]) => Uint8Array.from(values);

test('bytes are ordered as memcmp orders them', () => {
  const sorted = [bytes(), bytes(0), bytes(0, 0), bytes(0, 255), bytes(1), bytes(127), bytes(128), bytes(255)];
  for (const [i, a] of sorted.entries()) {
    for (const [j, b] of sorted.entries()) {
      expect(Math.sign(compareBytes(a, b))).toBe(Math.sign(i - j));
      expect(sameBytes(a, b)).toBe(i === j);
    }
  }
});

test('parts are joined into an array of their own', () => {
  const part = bytes(1, 2);
  const joined = concat(part, bytes(), bytes(3));
  part[0] = 9;
  expect(joined).toEqual(bytes(1, 2, 3));
  expect(concat()).toEqual(bytes());
});

test('hex is two digits a byte, and anything else is none', () => {
  expect(toHex(bytes(0, 10, 255))).toBe('000aff');
  expect(fromHex('000aFF')).toEqual(bytes(0, 10, 255));
  expect(fromHex('')).toEqual(bytes());
  for (const text of ['0', '0g', ' 00', '0x00', '00\n']) expect(fromHex(text)).toBeUndefined();
});

test('UTF-8 that is malformed is none, and a byte order mark is kept', () => {
  expect(fromUtf8(toUtf8('grüße \u{1f331}\ufeff'))).toBe('grüße \u{1f331}\ufeff');
  expect(fromUtf8(bytes(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa');
  for (const bad of [bytes(0xff), bytes(0xc3), bytes(0xed, 0xa0, 0x80), bytes(0xc0, 0x80)]) {
    expect(fromUtf8(bad)).toBeUndefined();
  }
});

test('numbers are written and read big-endian, one behind the other', () => {
  const writer = new ByteWriter(17)
    .u8(1)
    .u16(0x0203)
    .u32(0x04050607)
    .u64(2 ** 53 - 1)
    .raw(bytes(9, 8));
  expect(writer.bytes).toEqual(bytes(1, 2, 3, 4, 5, 6, 7, 0, 0x1f, 255, 255, 255, 255, 255, 255, 9, 8));

  const reader = new ByteReader(writer.bytes);
  expect([reader.u8(), reader.u16(), reader.u32(), reader.u64()]).toEqual([1, 0x0203, 0x04050607, 2 ** 53 - 1]);
  expect(reader.remaining).toBe(2);
  expect(() => reader.raw(3)).toThrow(RangeError);
  const copy = reader.raw(2);
  writer.bytes.fill(0);
  expect(copy).toEqual(bytes(9, 8));
  expect(reader.remaining).toBe(0);
});

test('a 64-bit number that would not be exact is none', () => {
  expect(new ByteReader(bytes(0, 0x20, 0, 0, 0, 0, 0, 0)).u64()).toBeUndefined();
  expect(new ByteReader(new Uint8Array(8).fill(255)).u64()).toBeUndefined();
});

test('a reader looks at its part of a buffer only', () => {
  const part = bytes(1, 2, 3, 4, 5).subarray(2, 4);
  expect(new ByteReader(part).u16()).toBe(0x0304);
  expect(() => new ByteReader(part).u32()).toThrow(RangeError);
});
