import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { COLUMN, INTEGER_WIDTHS, MAX_SCALE } from '../../src/codec/column-kinds.js';
import { decodeNumbers, encodeNumbers } from '../../src/codec/number-column.js';

/** More than one stretch of numbers, as the encoder goes through them. */
const LONG = 1100;

const integer = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(0, -0, 2 ** 53, -(2 ** 53), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
);
const decimal = fc.tuple(integer, fc.integer({ min: 0, max: 5 })).map(([value, digits]) => value / 10 ** digits);
const number = fc.oneof({ weight: 3, arbitrary: decimal }, { weight: 1, arbitrary: fc.double() });

/** Many numbers of a kind, or ascending, and one somewhere among them that may be another. */
const column = fc
  .record({
    each: fc.constantFrom(
      integer,
      decimal,
      fc.integer({ min: 1000, max: 1100 }).map((value) => value / 10),
    ),
    count: fc.integer({ min: 0, max: LONG }),
    slope: fc.constantFrom(0, 0, 0.5, 1000),
    odd: fc.option(number),
    at: fc.nat(LONG),
  })
  .chain(({ each, count, slope, odd, at }) =>
    fc.array(each, { minLength: Math.min(1, count), maxLength: 8 }).map((some) => {
      const values = Array.from({ length: count }, (_, i) => slope * i + (some[i % some.length] as number));
      if (odd !== null && at < count) values[at] = odd;
      return values;
    }),
  );

describe('A column of numbers', () => {
  test('is what the rules in docs/format/encoding.md say, however long it is', () => {
    fc.assert(
      fc.property(column, (values) => isDeepStrictEqual(encodeNumbers(values), byTheRules(values))),
      { numRuns: 300 },
    );
  });

  test('gives the same numbers again', () => {
    fc.assert(
      fc.property(column, (values) =>
        isDeepStrictEqual(decodeNumbers(encodeNumbers(values) as unknown[], values.length), values),
      ),
      { numRuns: 300 },
    );
  });

  test.each([511, 512, 513, 1024])('with the smallest number at %d is by distance from that', (at) => {
    const values = Array.from({ length: LONG }, (_, i) => (i === at ? 3 : 90 + (i % 10)));
    expect(encodeNumbers(values)?.slice(0, 3)).toEqual([COLUMN.frame, 3, 1]);
    expect(decodeNumbers(encodeNumbers(values) as unknown[], LONG)).toEqual(values);
  });
});

/** The slow twin of the encoder: each rule by itself, on arrays. */
function byTheRules(values: readonly number[]): readonly unknown[] {
  for (let scale = 0; scale <= MAX_SCALE; scale++) {
    const integers = values.map((value) => Math.round(value * 10 ** scale));
    const isExact = (value: number, i: number) =>
      Number.isSafeInteger(integers[i]) &&
      Object.is((integers[i] as number) / 10 ** scale, value) &&
      !Object.is(value, -0);
    if (!values.every(isExact)) continue;
    const inner = ofIntegers(integers);
    if (inner === undefined) break;
    return scale === 0 ? inner : [COLUMN.scaled, scale, inner];
  }
  const bytes = Buffer.alloc(8 * values.length);
  values.forEach((value, i) => bytes.writeDoubleBE(value, 8 * i));
  return [COLUMN.float64, new Uint8Array(bytes)];
}

function ofIntegers(values: readonly number[]): readonly unknown[] | undefined {
  const steps = values.slice(1).map((value, i) => value - (values[i] as number));
  const [frame, delta] = [narrowest(values), narrowest(steps)];
  if (frame !== undefined && (delta === undefined || frame.width <= delta.width)) {
    return [COLUMN.frame, frame.least, frame.width, frame.bytes];
  }
  return delta && [COLUMN.delta, values[0], delta.least, delta.width, delta.bytes];
}

function narrowest(values: readonly number[]) {
  const least = values.reduce((a, b) => Math.min(a, b), values[0] ?? 0);
  const range = values.reduce((a, b) => Math.max(a, b), values[0] ?? 0) - least;
  const width = INTEGER_WIDTHS.find((each) => range < 2 ** (8 * each));
  if (width === undefined || !Number.isSafeInteger(least) || !Number.isSafeInteger(least + 2 ** (8 * width) - 1)) {
    return undefined;
  }
  const bytes = Buffer.alloc(width * values.length);
  if (width > 0) values.forEach((value, i) => bytes.writeUIntBE(value - least, width * i, width));
  return { least, width, bytes: new Uint8Array(bytes) };
}
