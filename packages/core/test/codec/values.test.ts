import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { encodeCbor, tagged } from '../../src/codec/cbor.js';
import { Copied } from '../../src/codec/copied.js';
import { ESCAPE } from '../../src/codec/escape-tags.js';
import { decodeValue, encodeValue, encodeValues } from '../../src/codec/value-codec.js';
import { FOUND, inspect, MAX_VALUE_DEPTH, MAX_VALUE_ITEMS, MAX_VALUE_SIZE } from '../../src/codec/value-kind.js';
import { fromCborSafe, isPlain, toCborSafe } from '../../src/codec/value-tree.js';
import { codeOf, inheritedNames, messageOf, mutate, mutations, orCorrupt } from './hostile.js';
import { expectSame } from './same.js';
import { anyValue, plainValue } from './value-arbitraries.js';

const roundTrip = (value: unknown): unknown => decodeValue(encodeValue(value)).value;

/** Containers within containers. */
const nested = (depth: number, wrap: (inner: unknown) => unknown): unknown =>
  depth === 0 ? 1 : wrap(nested(depth - 1, wrap));

describe('values', () => {
  test('come back as they were', () => {
    fc.assert(
      fc.property(anyValue, (value) => expectSame(roundTrip(value), value)),
      { numRuns: 1000 },
    );
  });

  test('that are plain come back without a second walk', () => {
    fc.assert(
      fc.property(plainValue, (value) => {
        expect(isPlain(value)).toBe(true);
        expect(toCborSafe(value)).toBe(value);
        expectSame(decodeValue(encodeValue(value)), { value, plain: true });
      }),
    );
  });

  test.each<[string, unknown]>([
    ['a Date', new Date(5)],
    ['a Map', new Map()],
    ['a Set', new Set()],
    ['bytes', Uint8Array.of(1)],
    ['a typed array', Float64Array.of(-0, Number.NaN)],
    ['an array that holds one', [[new Date(5)]]],
    ['an object that holds one', { a: { b: Uint8Array.of() } }],
  ])('with %s in them are not plain', (_, value) => {
    expect(isPlain(value)).toBe(false);
    expect(decodeValue(encodeValue(value))).toStrictEqual({ value, plain: false });
  });

  test('keep their milliseconds through all of time', () => {
    const time = fc.integer({ min: -8.64e15, max: 8.64e15 });
    fc.assert(fc.property(time, (ms) => expect((roundTrip(new Date(ms)) as Date).getTime()).toBe(ms)));
  });

  test('in a box are what is in the box', () => {
    expect(roundTrip(new Copied(new Set([1])))).toEqual(new Set([1]));
    expect(decodeValue(encodeValues([1, new Copied(-0)])).value).toEqual([1, -0]);
  });

  test('of another realm come back as ours', () => {
    const foreign: unknown = runInNewContext(
      '({ list: [1, { a: 2 }], date: new Date(5), map: new Map([[1, new Set([2])]]), bytes: Uint8Array.of(3), wide: Int16Array.of(-2) })',
    );
    expect(roundTrip(foreign)).toStrictEqual({
      list: [1, { a: 2 }],
      date: new Date(5),
      map: new Map([[1, new Set([2])]]),
      bytes: Uint8Array.of(3),
      wide: Int16Array.of(-2),
    });
  });

  test.each(['[1, 2]', '({ a: 1 })', '[[1], { a: [2] }]'])(
    'of another realm like %s come back as ours, too',
    (text) => {
      const back = roundTrip(runInNewContext(text));
      expect(back).toStrictEqual(JSON.parse(JSON.stringify(back)));
      expect(JSON.stringify(back)).toBe(JSON.stringify(runInNewContext(text)));
    },
  );

  test.each<[string, ArrayBufferView, string]>([
    ['Int8Array', Int8Array.of(-1), '82 00 41 ff'],
    ['Uint8ClampedArray', Uint8ClampedArray.of(300), '82 01 41 ff'],
    ['Int16Array', Int16Array.of(-2, 1), '82 02 44 fffe 0001'],
    ['Uint16Array', Uint16Array.of(258), '82 03 42 0102'],
    ['Int32Array', Int32Array.of(-2), '82 04 44 fffffffe'],
    ['Uint32Array', Uint32Array.of(16909060), '82 05 44 01020304'],
    ['Float32Array', Float32Array.of(1), '82 06 44 3f800000'],
    ['Float64Array', Float64Array.of(-0), '82 07 48 8000000000000000'],
    ['BigInt64Array', BigInt64Array.of(-2n), '82 08 48 fffffffffffffffe'],
    ['BigUint64Array', BigUint64Array.of(1n), '82 09 48 0000000000000001'],
  ])('of class %s are stored big-endian', (_, value, content) => {
    expect(Buffer.from(encodeValue(value)).toString('hex')).toBe(`d9a006${content.replaceAll(' ', '')}`);
    expectSame(roundTrip(value), value);
  });

  test('that are Buffers come back as bytes', () => {
    expect(roundTrip({ a: Buffer.from('ab') })).toStrictEqual({ a: Uint8Array.of(97, 98) });
  });

  test('hold arrays of their own, however large what they were read from', () => {
    const encoded = encodeValue([Uint8Array.of(1, 2), 'x'.repeat(10_000)]);
    const [bytes] = decodeValue(encoded).value as [Uint8Array];
    expect(bytes.buffer.byteLength).toBe(2);
    expect(encodeValue(1).buffer.byteLength).toBe(1);
  });

  test('keep the shared parts of a map apart from its keys', () => {
    const part = { a: 1 };
    expect(roundTrip(new Map([[part, part]]))).toStrictEqual(new Map([[{ a: 1 }, { a: 1 }]]));
  });

  test('do not change what objects inherit', () => {
    const before = inheritedNames();
    const hostile: unknown = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
    const back = roundTrip(hostile) as object;
    expectSame(back, hostile);
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptors(back)).toEqual(Object.getOwnPropertyDescriptors(hostile));
    expect('polluted' in {}).toBe(false);
    expect(inheritedNames()).toBe(before);
  });

  test.each<[string, (inner: unknown) => unknown]>([
    ['arrays', (inner) => [inner]],
    ['objects', (inner) => ({ inner })],
    ['bare objects', (inner) => Object.assign(Object.create(null), { inner })],
    ['maps', (inner) => new Map([[1, inner]])],
    ['sets', (inner) => new Set([inner])],
  ])('may be nested as deep as %s may, and no deeper', (_, wrap) => {
    const deepest = nested(MAX_VALUE_DEPTH, wrap);
    expect(roundTrip(deepest)).toStrictEqual(deepest);
    const act = (): unknown => encodeValue(nested(MAX_VALUE_DEPTH + 1, wrap));
    expect(codeOf(act)).toBe('INFINITREE_INVALID_ARGUMENT');
    expect(messageOf(act)).toMatch(/nested deeper than 64/);
  });

  class Class {
    secret = 1;
  }
  const inheriting = (name: string): object => Object.create(Object.assign(Object.create(null), { [name]: 1 }));
  const cycle: unknown[] = [];
  cycle.push({ back: cycle });
  const sparse = [1, , 3];

  test.each<[string, unknown, string]>([
    ['a function', { a: [0, 0, 0, { b: () => 'secret' }] }, '$.a[3].b is a function'],
    ['a symbol', [Symbol('secret')], '$[0] is a symbol'],
    ['an invalid date', { 'a b': new Date(Number.NaN) }, '$["a b"] is an invalid Date'],
    ['a lone surrogate', { a: 'secret\ud800' }, '$.a is a string with a lone surrogate'],
    ['a lone surrogate in a name', { a: { '\ud800': 1 } }, 'the name of $.a["\\ud800"] has a lone surrogate'],
    ['a class instance', { a: new Class() }, '$.a is an instance of a class'],
    ['a subclass of Map', [new (class extends Map {})()], '$[0] is an instance of a class'],
    ['a subclass of Array', [new (class extends Array {})()], '$[0] is an instance of a class'],
    ['a subclass of a typed array', [new (class extends Int8Array {})()], '$[0] is an instance of a class'],
    ['an object that only inherits from Map', [Object.create(Map.prototype)], '$[0] is an instance of a class'],
    ['an object that only inherits from Array', [Object.create(Array.prototype)], '$[0] is an instance of a class'],
    ['a prototype of one’s own', [Object.create(Object.create(null))], '$[0] is an instance of a class'],
    ['a prototype somewhat like that of objects', [inheriting('isPrototypeOf')], '$[0] is an instance of a class'],
    ['a prototype otherwise like it', [inheriting('hasOwnProperty')], '$[0] is an instance of a class'],
    ['a DataView', [new DataView(new ArrayBuffer(1))], '$[0] is an instance of a class'],
    ['an ArrayBuffer', [new ArrayBuffer(1)], '$[0] is an instance of a class'],
    ['a regular expression', [/secret/], '$[0] is an instance of a class'],
    ['an error', [new Error('secret')], '$[0] is an instance of a class'],
    ['a boxed number', [new Number(1)], '$[0] is an instance of a class'],
    ['a cycle', cycle, '$[0].back contains itself'],
    ['a hole', { a: sparse }, '$.a[1] is missing'],
    ['an array with a name', [Object.assign([1], { extra: 'secret' })], '$[0] is an array with named properties'],
    ['an array with a symbol', [Object.assign([1], { [Symbol('s')]: 1 })], '$[0] is an array with named properties'],
    [
      'a getter',
      {
        a: {
          get b() {
            return 'secret';
          },
        },
      },
      '$.a.b is a getter',
    ],
    ['a setter', { a: { set b(_: unknown) {} } }, '$.a.b is a getter or setter'],
    ['a getter in an array', [Object.defineProperty([0], 0, { get: () => 'secret' })], '$[0][0] is a getter'],
    ['a setter in an array', [Object.defineProperty([0], 0, { set() {}, enumerable: true })], '$[0][0] is a getter'],
    ['a hidden property', { a: Object.defineProperty({}, 'b', { value: 'secret' }) }, '$.a.b is not enumerable'],
    ['a property named by a symbol', { a: { [Symbol('secret')]: 1 } }, '$.a has a property named by a symbol'],
    [
      'a map with a bad key',
      {
        m: new Map<unknown, unknown>([
          [1, 2],
          [Symbol('secret'), 2],
        ]),
      },
      '$.m<key 1> is a symbol',
    ],
    ['a map with a bad value', new Map([[1, () => 0]]), '$<value 0> is a function'],
    ['a set with a bad element', new Set([1, () => 0]), '$<element 1> is a function'],
    ['a date with a name', [Object.assign(new Date(0), { secret: 1 })], '$[0] is a Date with properties of its own'],
    ['a map with a name', [Object.assign(new Map(), { secret: 1 })], '$[0] is a map with properties of its own'],
    ['a set with a name', [Object.assign(new Set(), { secret: 1 })], '$[0] is a set with properties of its own'],
    ['a bigint that is too long', [1n << 32768n], '$[0] is a bigint of more than 4096 bytes'],
    ['a negative one', [-(1n << 32768n) - 1n], '$[0] is a bigint of more than 4096 bytes'],
    ['what stands behind nothing', [undefined, null, true, 1, Symbol('secret')], '$[4] is a symbol'],
    ['what stands behind the longest bigint', [(1n << 32768n) - 1n, Symbol('secret')], '$[1] is a symbol'],
    [
      'a part of a bare object',
      { a: Object.assign(Object.create(null), { b: Symbol('secret') }) },
      '$.a.b is a symbol',
    ],
    ['what is not the first property', { a: 1, b: { c: [], d: Symbol('secret') } }, '$.b.d is a symbol'],
    ['what stands behind bytes', [Uint8Array.of(1), Int8Array.of(1), Symbol('secret')], '$[2] is a symbol'],
    ['an object that only inherits from Date', [Object.create(Date.prototype)], '$[0] is an instance of a class'],
    ['an object that only inherits from Set', [Object.create(Set.prototype)], '$[0] is an instance of a class'],
    ['a name of forty letters', { ['n'.repeat(40)]: () => 0 }, `$.${'n'.repeat(40)} is a function`],
    ['one of forty signs', { ['-'.repeat(40)]: () => 0 }, `$["${'-'.repeat(40)}"] is a function`],
    ['one of forty-one letters', { ['n'.repeat(41)]: () => 0 }, `$["${'n'.repeat(40)}…"] is a function`],
    ['a long name', { ['n'.repeat(60)]: () => 0 }, `$["${'n'.repeat(40)}…"] is a function`],
  ])('refuse %s by its path, never by its content', (_, value, reason) => {
    const act = (): unknown => encodeValue(value);
    expect(codeOf(act)).toBe('INFINITREE_INVALID_ARGUMENT');
    expect(messageOf(act)).toContain(`This value cannot be stored: ${reason}`);
    expect(messageOf(act)).not.toContain('secret');
    expect(codeOf(() => isPlain(value))).toBe('INFINITREE_INVALID_ARGUMENT');
  });

  test('are plain for zero, and not for minus zero', () => {
    expect([0, -0, [0], [-0]].map(isPlain)).toEqual([true, false, true, false]);
  });

  test('may hold 128 MiB of bytes, and no more', () => {
    expect(isPlain(new Uint8Array(MAX_VALUE_SIZE))).toBe(false);
    for (const tooMuch of [new Uint8Array(MAX_VALUE_SIZE + 1), [new Float64Array(MAX_VALUE_SIZE / 8), 'a']]) {
      const act = (): unknown => isPlain(tooMuch);
      expect(codeOf(act)).toBe('INFINITREE_INVALID_ARGUMENT');
      expect(messageOf(act)).toMatch(/^This value cannot be stored: \$ holds more than 134217728 bytes\. Store it/);
    }
  });

  test('are looked through for objects within them', () => {
    const nested = (value: unknown): boolean => (inspect(value) & FOUND.nested) !== 0;
    expect([1, 'a', {}, [], new Map([[1, 2]]), Uint8Array.of(1)].map(nested)).toEqual(new Array(6).fill(false));
    expect([{ a: {} }, [[]], new Map([[1, []]]), [Uint8Array.of(1)]].map(nested)).toEqual(new Array(4).fill(true));
  });

  test('refuse parts that are shared so often that they would never end', () => {
    const part = Array.from({ length: 4096 }, (_, i) => i);
    const value = new Array(MAX_VALUE_ITEMS / 4096).fill(part);
    expect(messageOf(() => isPlain(value))).toMatch(/too many parts/);
  });

  test.each([(1n << 32768n) - 1n, -(1n << 32768n)])('hold the longest bigints', (value) => {
    expect(roundTrip(value) === value).toBe(true);
  });
});

describe('hostile values', () => {
  test('are values or corrupt, and change nothing that is inherited', () => {
    const before = inheritedNames();
    fc.assert(
      fc.property(anyValue, mutations, (value, changes) => {
        const decoded = orCorrupt(() => decodeValue(mutate(encodeValue([value, value]), changes)));
        // Whatever was read can be written again.
        if (decoded !== undefined) expect(codeOf(() => encodeValue(decoded.value))).toBeUndefined();
      }),
      { numRuns: 3000 },
    );
    expect(inheritedNames()).toBe(before);
  });

  test.each<[string, number, unknown]>([
    ['a negative zero that is none', ESCAPE.negativeZero, 1],
    ['a date of text', ESCAPE.date, 'now'],
    ['a date of half a millisecond', ESCAPE.date, 0.5],
    ['a date out of range', ESCAPE.date, 8.64e15 + 1],
    ['a date of NaN', ESCAPE.date, Number.NaN],
    ['a set of no array', ESCAPE.set, 1],
    ['a map of no array', ESCAPE.map, {}],
    ['a map with a key alone', ESCAPE.map, [1]],
    ['an object with a key that is no text', ESCAPE.object, [1, 2]],
    ['an object of no array', ESCAPE.bareObject, 'a'],
    ['a typed array of too much', ESCAPE.typedArray, [0, Uint8Array.of(1), 1]],
    ['a typed array of an unknown kind', ESCAPE.typedArray, [99, Uint8Array.of(1)]],
    ['a typed array of a kind that is no number', ESCAPE.typedArray, ['map', Uint8Array.of(1)]],
    ['a typed array without bytes', ESCAPE.typedArray, [0, 'a']],
    ['a typed array of part of an element', ESCAPE.typedArray, [2, Uint8Array.of(1)]],
  ])('like %s are corrupt', (_, tag, content) => {
    expect(codeOf(() => decodeValue(encodeCbor(tagged(content, tag))))).toBe('INFINITREE_CORRUPT');
  });

  test('with tags that only a scan would refuse are corrupt', () => {
    expect(codeOf(() => fromCborSafe(tagged(0, 1)))).toBe('INFINITREE_CORRUPT');
  });
});
