import { concat } from '../../../src/bytes/concat.js';
import { fromHex, toHex } from '../../../src/bytes/hex.js';
import { encodeValue } from '../../../src/codec/value-codec.js';
import { toNotation } from '../notation.js';
import { Maker, type Vector } from '../vector.js';

/** CBOR as it is scanned before anything is decoded, and values as CBOR holds them. */
export function cborVectors(): Vector[] {
  return [...scans(), ...values()];
}

const DEPTH = 64;

function nested(byte: number, depth: number, inner: string): string {
  return toHex(concat(new Uint8Array(depth).fill(byte), fromHex(inner) ?? new Uint8Array(0)));
}

function scans(): Vector[] {
  const maker = new Maker('cbor');
  const good = (
    name: string,
    description: string,
    bytes: string,
    found: { escaped?: boolean; bytes?: boolean } = {},
  ) => {
    maker.good(name, description, { input: { bytes } }, { escaped: false, bytes: false, ...found });
  };
  good('integers', 'Unsigned and negative integers of every width.', '88001718181901001a0001000020387f3903e7');
  good(
    'array-of-kinds',
    'null, undefined, false, true, a float, text, an array, a map.',
    '88f6f7f4f5fb3ff8000000000000616180a16162f6',
  );
  good('bytes', 'A byte string.', '43010203', { bytes: true });
  good('bignums', 'The magnitude of a bigint is no byte string of its own.', '82c249010000000000000000c340');
  good('escape', 'A private tag.', 'd9a00000', { escaped: true });
  good(
    'longer-than-needed',
    'An array, an integer and a tag in longer forms than they need.',
    '9a000000021800da0000a00000',
    { escaped: true },
  );
  good('deepest', 'Arrays nested as deep as allowed.', nested(0x81, DEPTH - 1, '80'));
  good('duplicate-keys', 'Two equal map keys: the last one counts.', 'a2616101616102');

  const bad = (name: string, description: string, bytes: string) => {
    maker.hostile(name, description, { input: { bytes } });
  };
  bad('nothing', 'Nothing at all.', '');
  bad('trailing', 'A byte behind the item.', '0000');
  bad('two-items', 'Two items.', '6161f6');
  bad('argument-missing', 'The value of an integer is missing.', '19ff');
  bad('text-short', 'Text that ends early.', '6261');
  bad('bytes-short', 'A byte string that ends early.', '5a00010000ff');
  bad('array-short', 'An array with fewer items than it says.', '8301');
  bad('map-short', 'A map whose last value is missing.', 'a26161016162');
  bad('array-count-bomb', 'An array of 2^32 - 1 items in five bytes.', '9affffffff');
  bad('map-count-bomb', 'A map of 2^32 - 1 entries in five bytes.', 'baffffffff');
  bad('map-count-half', 'A map that would fit if each entry took one byte.', `a4${'f6'.repeat(4)}`);
  bad('text-length-bomb', 'Text of 4 GiB in five bytes.', '7affffffff');
  bad('array-length-64', 'A count of 64 bits.', '9b0000000000000001f6');
  bad('bytes-length-64', 'A length of 64 bits.', '5b000000000000000101');
  bad('depth-bomb', 'Arrays nested 100,000 deep would exhaust a stack; 200 are enough here.', nested(0x81, 200, 'f6'));
  bad('one-too-deep', 'One level more than allowed.', nested(0x81, DEPTH, '80'));
  bad('maps-too-deep', 'Maps nested too deep.', `${'a16161'.repeat(65)}f6`);
  bad('tags-too-deep', 'Tags nested too deep.', `${'d9a003'.repeat(65)}f6`);
  bad('indefinite-array', 'An array of indefinite length.', '9f01ff');
  bad('indefinite-map', 'A map of indefinite length.', 'bf616101ff');
  bad('indefinite-bytes', 'A byte string of indefinite length.', '5f4101ff');
  bad('indefinite-text', 'Text of indefinite length.', '7f6161ff');
  bad('break', 'A break without a beginning.', 'ff');
  bad('reserved-length', 'A reserved additional information.', '1c');
  bad('half-float', 'A float of 16 bits.', 'f93c00');
  bad('single-float', 'A float of 32 bits.', 'fa3f800000');
  bad('simple-value', 'A simple value without a meaning.', 'f0');
  bad('simple-value-byte', 'A simple value in two bytes.', 'f8ff');
  bad('tag-date', 'The usual tag of a date.', 'c11a5f000000');
  bad('tag-set', 'The usual tag of a set, which decoders act on.', 'd90102820102');
  bad('tag-record', 'The tag by which the decoder would define records.', 'd9dfff8480818080f6');
  bad('tag-typed-array', 'The usual tag of a typed array.', 'd8404101');
  bad('tag-32-bits', 'An unknown tag of 32 bits.', 'dafffffffff6');
  bad('tag-64-bits', 'A tag of 64 bits.', 'db000000000000a000f6');
  bad('tag-nothing', 'A tag and nothing behind it.', 'd9a000');
  bad(
    'bignum-long',
    'A bigint of 4,097 bytes: decoding it takes time that grows with the square.',
    `c2591001${'01'.repeat(4097)}`,
  );
  bad('bignum-no-bytes', 'The tag of a bigint around an integer.', 'c201');
  bad('map-key-integer', 'A map key that is no text.', 'a10101');
  bad('map-key-bytes', 'A map key of bytes.', 'a1416101');
  bad('map-key-proto', 'The map key __proto__, which decoders rename or act on.', 'a1695f5f70726f746f5f5f01');
  bad('utf8-overlong', 'Text with an overlong form.', '62c080');
  bad('utf8-surrogate', 'Text with an encoded surrogate.', '63eda080');
  bad('utf8-beyond', 'Text beyond U+10FFFF.', '64f4908080');
  bad('utf8-cut', 'Text that ends within a character.', '61c3');
  return maker.vectors;
}

function values(): Vector[] {
  const maker = new Maker('value');
  const good = (name: string, description: string, value: unknown) => {
    maker.good(name, description, { input: { bytes: toHex(encodeValue(value)) } }, { value: toNotation(value) });
  };
  good('plain', 'What CBOR holds as it is.', { a: [1, -1, 1.5, 'ü', null, undefined, true], b: { c: 2 ** 40 } });
  good('numbers', 'Numbers that JSON has not.', [Number.NaN, Infinity, -Infinity, -0, 0, 2 ** 53, 5e-324]);
  good('bigints', 'Bigints of every form.', [
    0n,
    5n,
    -5n,
    2n ** 63n,
    2n ** 64n,
    -(2n ** 64n),
    2n ** 200n,
    -(2n ** 200n),
  ]);
  good('date', 'A date, to the millisecond.', new Date(1_704_067_200_123));
  good('map-and-set', 'A map and a set.', [
    new Map<unknown, unknown>([
      [1, 'a'],
      ['b', new Set([1, [2]])],
    ]),
    new Set([new Date(0)]),
  ]);
  good('bytes', 'Bytes.', { raw: Uint8Array.of(0, 1, 255) });
  good('typed-arrays', 'Typed arrays, whose elements are stored big-endian.', [
    Int16Array.of(-2, 300),
    Float32Array.of(1.5),
    Float64Array.of(-0, 0.1),
    BigUint64Array.of(2n ** 64n - 1n),
    Uint8ClampedArray.of(255),
  ]);
  good('bare-object', 'An object without a prototype.', Object.assign(Object.create(null) as object, { a: 1 }));
  good(
    'proto-key',
    'An object with a property of its own called __proto__.',
    JSON.parse('{"__proto__": {"a": 1}, "b": 2}'),
  );

  const bad = (name: string, description: string, bytes: string) => {
    maker.hostile(name, description, { input: { bytes } });
  };
  bad('zero-of-another', 'A negative zero that holds one.', 'd9a00001');
  bad('date-text', 'A date that holds text.', 'd9a0016161');
  bad('date-nan', 'A date that holds NaN.', 'd9a001fb7ff8000000000000');
  bad('date-beyond', 'A date beyond what dates can be.', 'd9a001fb43e0000000000000');
  bad('date-fraction', 'A date with half a millisecond.', 'd9a001fb3fe0000000000000');
  bad('map-odd', 'A map with a key and no value.', 'd9a0028101');
  bad('map-of-map', 'A map that holds a CBOR map.', 'd9a002a0');
  bad('set-of-text', 'A set that holds text.', 'd9a0036161');
  bad('object-key', 'An object with a key that is no text.', 'd9a004820102');
  bad('bare-odd', 'An object without a prototype, with a key and no value.', 'd9a005816161');
  bad('typed-unknown', 'A typed array of no known class.', 'd9a006820a4101');
  bad('typed-inherited', 'A typed array whose class is a text.', 'd9a00682666c656e67746840');
  bad('typed-odd', 'A typed array of half an element.', 'd9a006820243000102');
  bad('typed-more', 'A typed array with a third part.', 'd9a00683004101f6');
  bad('typed-no-bytes', 'A typed array without bytes.', 'd9a006820080');
  return maker.vectors;
}
