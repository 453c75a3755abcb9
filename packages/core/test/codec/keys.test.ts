import fc from 'fast-check';
import { compareBytes } from '../../src/bytes/compare.js';
import { concat } from '../../src/bytes/concat.js';
import { isWellFormed, isWellFormedByPattern } from '../../src/bytes/well-formed.js';
import { fromCanonical, toCanonical } from '../../src/codec/canonical-key.js';
import { type CanonicalKey, type IndexKey, MAX_KEY_DEPTH, MAX_KEY_SIZE } from '../../src/codec/index-key.js';
import { decodeKey } from '../../src/codec/key-decode.js';
import { encodeKey } from '../../src/codec/key-encode.js';
import { compareCanonical } from '../../src/codec/key-order.js';
import { codeOf, messageOf, mutate, mutations, orCorrupt } from './hostile.js';
import { anyKey } from './key-arbitraries.js';

const encode = (key: IndexKey): Uint8Array => encodeKey(toCanonical(key));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** -0 becomes 0, at every depth; everything else stays. */
const normal = (key: IndexKey): IndexKey =>
  Array.isArray(key) ? key.map(normal) : typeof key === 'number' ? key + 0 : key;

test('lone surrogates are found with and without the engine’s help', () => {
  const unit = fc.constantFrom('a', '\ud800', '\udbff', '\udc00', '\udfff', '\ue000', '\u{10000}');
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 4 }), (units) => {
      const text = units.join('');
      expect(isWellFormed(text)).toBe(Buffer.from(text).toString() === text);
      expect(isWellFormedByPattern(text)).toBe(isWellFormed(text));
    }),
  );
});

describe('canonical keys', () => {
  test('give back the key they were made from', () => {
    fc.assert(fc.property(anyKey, (key) => expect(fromCanonical(toCanonical(key))).toStrictEqual(normal(key))));
  });

  test('are the same for the same key and no other', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (a, b) => {
        expect(toCanonical(a) === toCanonical(b)).toBe(hex(encode(a)) === hex(encode(b)));
      }),
    );
  });

  test.each<[string, IndexKey, CanonicalKey]>([
    ['a number', 7.5, 7.5],
    ['minus zero', -0, 0],
    ['a string', 'a', 'a'],
    ['a string that begins like a composite key', '\u{10000}', '\u{10000}'],
    ['a bigint', 1n, 1n],
    ['bytes', Uint8Array.of(1, 0), '\ud800\x28\x01\x00\xff\x00\x01'],
    ['the empty tuple', [], '\ud800\x30\x00'],
  ])('of %s', (_, key, canonical) => {
    expect(Object.is(toCanonical(key), canonical)).toBe(true);
  });

  test('copy bytes in and out, and freeze tuples', () => {
    const bytes = Uint8Array.of(1, 2);
    const canonical = toCanonical([bytes]);
    bytes[0] = 9;
    const [first] = fromCanonical(canonical) as Uint8Array[];
    const [second] = fromCanonical(canonical) as Uint8Array[];
    expect(first).toEqual(Uint8Array.of(1, 2));
    expect(first).not.toBe(second);
    expect(Object.isFrozen(fromCanonical(canonical))).toBe(true);
  });

  test.each<[string, unknown, RegExp]>([
    ['NaN', Number.NaN, /NaN/],
    ['NaN in a tuple', [Number.NaN], /NaN/],
    ['a lone surrogate', 'secret\ud800', /lone surrogate/],
    ['a lone surrogate in a tuple', ['secret\udc00'], /lone surrogate/],
    ['null', null, /not null/],
    ['an object', {}, /not an object/],
    ['undefined', undefined, /type undefined/],
    ['a symbol', Symbol('secret'), /type symbol/],
    ['a function in a tuple', [() => 0], /type function/],
    ['a hole in a tuple', [, 1], /type undefined/],
  ])('refuse %s', (_, key, reason) => {
    const act = (): unknown => toCanonical(key as IndexKey);
    expect(codeOf(act)).toBe('INFINITREE_INVALID_ARGUMENT');
    expect(messageOf(act)).toMatch(reason);
    expect(messageOf(act)).not.toMatch('secret');
  });

  const nested = (depth: number): IndexKey => (depth === 0 ? 1 : [nested(depth - 1)]);
  // Three bytes of framing, whatever the kind; a zero takes two.
  test.each<[string, IndexKey, IndexKey]>([
    ['a string', 'x'.repeat(MAX_KEY_SIZE - 3), 'x'.repeat(MAX_KEY_SIZE - 2)],
    ['a string of three bytes a unit', '\uffff'.repeat(1364), `${'\uffff'.repeat(1364)}\u0080`],
    ['a string of zeros', '\0'.repeat(2046), '\0'.repeat(2047)],
    ['bytes', new Uint8Array(MAX_KEY_SIZE - 3).fill(1), new Uint8Array(MAX_KEY_SIZE - 2).fill(1)],
    ['a bigint', (1n << (8n * 4093n)) - 1n, 1n << (8n * 4093n)],
    ['a negative bigint', -((1n << (8n * 4093n)) - 1n), -(1n << (8n * 4093n))],
    ['a tuple', new Array(MAX_KEY_SIZE - 2).fill(true), new Array(MAX_KEY_SIZE - 1).fill(true)],
    ['nesting', nested(MAX_KEY_DEPTH), nested(MAX_KEY_DEPTH + 1)],
  ])('reach the limit with %s, and not beyond', (_, longest, tooLong) => {
    expect(decodeKey(encode(longest), 0).key).toBe(toCanonical(longest));
    expect(codeOf(() => toCanonical(tooLong))).toBe('INFINITREE_INVALID_ARGUMENT');
  });
});

describe('encoded keys', () => {
  test('have the bytes they always had', () => {
    expect(
      [false, true, 1, -1, 0, 0n, 256n, -1n, 'a\0é', Uint8Array.of(0), [], ['a', [1n]]].map((key) => hex(encode(key))),
    ).toEqual([
      '08',
      '09',
      '10bff0000000000000',
      '10400fffffffffffff',
      '108000000000000000',
      '190000',
      '1900020100',
      '18fffefe',
      '206100ffc3a90001',
      '2800ff0001',
      '3000',
      '302061000130190001010000',
    ]);
  });

  test('are ordered by memcmp as the keys are ordered', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (a, b) => {
        const order = compareCanonical(toCanonical(a), toCanonical(b));
        expect(Math.sign(order)).toBe(Math.sign(compareBytes(encode(a), encode(b))));
      }),
      { numRuns: 2000 },
    );
  });

  test('order kinds, numbers, code points and prefixes', () => {
    const ordered: IndexKey[] = [
      ...[false, true, -Infinity, -1.5, -1, 0, Number.MIN_VALUE, 1, Infinity],
      ...[-(1n << 64n), -256n, -255n, -1n, 0n, 1n, 255n, 256n, 1n << 64n],
      ...['', '\0', '\0a', '\u0001', 'a', 'a\0', 'ab', '\ue000', '\uffff', '\u{10000}', '\u{10001}'],
      ...[Uint8Array.of(), Uint8Array.of(0), Uint8Array.of(0, 0), Uint8Array.of(0, 1), Uint8Array.of(255)],
      ...[[], [false], [1], [1, 'a'], [1, 'ab'], [1n], ['a'], ['a', 0], ['a\0'], [[]], [[], []], [['a']]],
    ];
    const canonical = ordered.map(toCanonical);
    expect([...canonical].reverse().sort(compareCanonical)).toEqual(canonical);
    for (const key of canonical) expect(compareCanonical(key, key)).toBe(0);
  });

  test('end where they say, whatever follows', () => {
    fc.assert(
      fc.property(anyKey, fc.uint8Array({ maxLength: 5 }), fc.uint8Array({ maxLength: 5 }), (key, before, behind) => {
        const bytes = concat(before, encode(key), behind);
        const { key: decoded, end } = decodeKey(bytes, before.length);
        expect(decoded).toBe(toCanonical(key));
        expect(end).toBe(bytes.length - behind.length);
      }),
    );
  });

  test('are read from a Buffer too, and left as they are', () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        const bytes = Buffer.concat([Buffer.of(7), encode(key)]);
        const before = hex(bytes);
        expect(decodeKey(bytes, 1).key).toBe(toCanonical(key));
        expect(hex(bytes)).toBe(before);
      }),
    );
  });

  test('that are changed are another key or corrupt', () => {
    fc.assert(
      fc.property(anyKey, mutations, (key, changes) => {
        const bytes = mutate(encode(key), changes);
        const decoded = orCorrupt(() => decodeKey(bytes, 0));
        // Only one encoding of each key is accepted.
        if (decoded !== undefined) expect(encodeKey(decoded.key)).toEqual(bytes.slice(0, decoded.end));
      }),
      { numRuns: 2000 },
    );
  });

  test.each<[string, string]>([
    ['nothing', ''],
    ['an unknown kind', '07'],
    ['a number cut short', '10bff00000000000'],
    ['NaN', '10fff8000000000000'],
    ['minus zero', '107fffffffffffffff'],
    ['a bigint with a leading zero', '1900020001'],
    ['a negative zero bigint', '18ffff'],
    ['a bigint cut short', '19000201'],
    ['a bigint of no length', '1900'],
    ['a string without an end', '2061'],
    ['a string that ends in an escape', '206100'],
    ['a string with an unknown escape', '20610002'],
    ['a string that is not UTF-8', '20ff0001'],
    ['a string with a surrogate', '20eda0800001'],
    ['a tuple without an end', '3008'],
    ['a tuple nested too deep', `${'30'.repeat(MAX_KEY_DEPTH + 1)}${'00'.repeat(MAX_KEY_DEPTH + 1)}`],
    ['a key that is too long', `28${'01'.repeat(MAX_KEY_SIZE - 2)}0001`],
  ])('refuse %s', (_, text) => {
    expect(codeOf(() => decodeKey(Buffer.from(text, 'hex'), 0))).toBe('INFINITREE_CORRUPT');
  });

  test('say at which byte they are wrong', () => {
    expect(messageOf(() => decodeKey(Uint8Array.of(8, 8, 7), 2))).toMatch(/at byte 3\.$/);
    expect(messageOf(() => decodeKey(Uint8Array.of(8, 8, 0x30, 7), 2))).toMatch(/at byte 4\.$/);
  });
});
