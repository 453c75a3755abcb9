import { toHex } from '../../../src/bytes/hex.js';
import { toCanonical } from '../../../src/codec/canonical-key.js';
import type { IndexKey } from '../../../src/codec/index-key.js';
import { encodeKey } from '../../../src/codec/key-encode.js';
import { toNotation } from '../notation.js';
import { type Json, Maker, type Vector } from '../vector.js';

const encoded = (key: IndexKey) => toHex(encodeKey(toCanonical(key)));

/** Keys of every kind in their order. */
const ORDERED: readonly IndexKey[] = [
  false,
  true,
  -Infinity,
  -Number.MAX_VALUE,
  -1.5,
  -1,
  -5e-324,
  0,
  5e-324,
  1,
  1.5,
  255,
  256,
  Number.MAX_SAFE_INTEGER,
  Infinity,
  -(2n ** 64n),
  -256n,
  -255n,
  -1n,
  0n,
  1n,
  255n,
  256n,
  2n ** 64n,
  '',
  '\0',
  '\0a',
  'A',
  'a',
  'a\0',
  'aa',
  'ab',
  'é',
  '\uffff',
  '\u{10000}',
  Uint8Array.of(),
  Uint8Array.of(0),
  Uint8Array.of(0, 0),
  Uint8Array.of(0, 1),
  Uint8Array.of(1),
  Uint8Array.of(255),
  [],
  [[]],
  [[], 1],
  [false],
  [1],
  [1, 2],
  [1n],
  ['a'],
  ['a', 'b'],
  ['a\0'],
  ['b'],
  [Uint8Array.of(0)],
];

/** The encoding of keys. */
export function keyVectors(): Vector[] {
  return [...orders(), ...single(), ...refused()];
}

function orders(): Vector[] {
  const maker = new Maker('key-order');
  const sorted = [...ORDERED].sort((a, b) => (encoded(a) < encoded(b) ? -1 : 1));
  const input = { keys: sorted.map(toNotation) };
  maker.good(
    'all-kinds',
    'Keys in their order: that of their encodings.',
    { input },
    { encodings: sorted.map(encoded) },
  );
  return maker.vectors;
}

function single(): Vector[] {
  const maker = new Maker('key');
  const good = (name: string, description: string, key: IndexKey) => {
    maker.good(name, description, { input: { bytes: encoded(key) } }, { key: toNotation(key) });
  };
  good('number', 'A number.', -2.5);
  good('bigint', 'A negative bigint.', -(2n ** 70n));
  good('string', 'A string with a zero in it.', 'a\0ü');
  good('tuple', 'A tuple of everything.', [true, 1, 2n, 'x', Uint8Array.of(0, 9), [[]]]);
  const longest = Uint8Array.from({ length: 4093 }, () => 1);
  good('longest', 'The longest encoding there may be.', longest);

  const bad = (name: string, description: string, bytes: string) => {
    maker.hostile(name, description, { input: { bytes } });
  };
  const number = encoded(1);
  bad('nothing', 'Nothing at all.', '');
  bad('unknown-kind', 'A kind that there is not.', '40');
  bad('kind-zero', 'The kind zero.', '00');
  bad('number-short', 'A number that ends early.', number.slice(0, -2));
  bad('number-nan', 'NaN.', '10fff8000000000000');
  bad('number-negative-nan', 'NaN with its sign bit.', '100007ffffffffffff');
  bad('number-negative-zero', 'Negative zero, which is written as zero.', '107fffffffffffffff');
  bad('bigint-leading-zero', 'A bigint with a leading zero.', '1900020001');
  bad('bigint-zero-digit', 'Zero with a digit.', '19000100');
  bad('bigint-negative-zero', 'A negative zero.', '18ffff');
  bad('bigint-short', 'A bigint that ends early.', '19000301');
  bad('bigint-no-length', 'A bigint whose length ends early.', '1900');
  bad('string-no-end', 'A string without an end.', '2061');
  bad('string-half-end', 'A string with half an end.', '206100');
  bad('string-unknown-escape', 'A zero with an unknown mark behind it.', '206100020001');
  bad('string-not-utf8', 'A string that is not UTF-8.', '20ff0001');
  bad('string-surrogate', 'A string with an encoded surrogate.', '20eda0800001');
  bad('string-overlong', 'A zero in an overlong form.', '20c0800001');
  bad('bytes-no-end', 'Bytes without an end.', '2801');
  bad('tuple-no-end', 'A tuple without an end.', '3008');
  bad('tuple-unknown-kind', 'A tuple with an element of no known kind.', '300100');
  bad('tuple-too-deep', 'Tuples nested too deep.', `${'30'.repeat(33)}${'00'.repeat(33)}`);
  bad('too-long', 'Longer than a key may be.', `28${'01'.repeat(4094)}0001`);
  bad('trailing', 'A byte behind the key.', `${number}00`);
  return maker.vectors;
}

function refused(): Vector[] {
  const maker = new Maker('key-refused');
  const bad = (name: string, description: string, key: Json) => {
    maker.hostile(name, description, { input: { key } }, { error: 'INVALID_ARGUMENT' });
  };
  bad('nan', 'NaN has no place in an order.', { $number: 'NaN' });
  bad('surrogate', 'A string with a lone surrogate.', 'a\ud800');
  bad('surrogate-in-tuple', 'A tuple with a lone surrogate.', [1, '\udc00']);
  bad('too-long', 'A string too long for a key.', 'x'.repeat(4094));
  bad('zeros-too-long', 'Bytes that are too long once zeros take two.', { $bytes: '00'.repeat(2047) });
  bad('too-deep', 'Tuples nested too deep.', nestedTuple(33));
  return maker.vectors;
}

function nestedTuple(depth: number): Json {
  let key: Json = [];
  for (let i = 1; i < depth; i++) key = [key];
  return key;
}
