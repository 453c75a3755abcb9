import fc from 'fast-check';
import type { IndexKey } from '../../src/codec/index-key.js';

/** Characters at the borders of UTF-8 lengths and of UTF-16's order, and the zero that encodings escape. */
const trickyText = fc
  .array(
    fc.constantFrom(
      '\0',
      '\u0001',
      'a',
      '\x7f',
      '\x80',
      '\xff',
      '\u07ff',
      '\ud7ff',
      '\ue000',
      '\uffff',
      '\u{10000}',
      '\u{10ffff}',
    ),
    {
      maxLength: 6,
    },
  )
  .map((characters) => characters.join(''));

const trickyBytes = fc
  .array(fc.constantFrom(0, 1, 0xfe, 0xff), { maxLength: 6 })
  .map((bytes) => Uint8Array.from(bytes));

const primitive: fc.Arbitrary<IndexKey> = fc.oneof(
  fc.boolean(),
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.constantFrom(0, -0, 1, -1, Infinity, -Infinity, Number.MIN_VALUE, -Number.MIN_VALUE, Number.MAX_VALUE),
  fc.bigInt(),
  fc.bigInt({ min: -(1n << 600n), max: 1n << 600n }),
  fc.constantFrom(0n, 1n, -1n, 255n, 256n, -255n, -256n, 1n << 64n, -(1n << 64n), 1n << 2048n, -(1n << 2048n)),
  fc.string({ unit: 'binary', maxLength: 12 }),
  trickyText,
  fc.uint8Array({ maxLength: 12 }),
  trickyBytes,
);

/** Keys of every kind, tuples of tuples included. */
export const anyKey: fc.Arbitrary<IndexKey> = fc.letrec<{ key: IndexKey; tuple: IndexKey[] }>((tie) => ({
  key: fc.oneof({ depthSize: 'small', withCrossShrink: true }, primitive, tie('tuple')),
  tuple: fc.array(tie('key'), { maxLength: 4 }),
})).key;
