import fc from 'fast-check';
import type { BlockInput } from '../../src/codec/block.js';
import { toCanonical } from '../../src/codec/canonical-key.js';
import { anyKey } from './key-arbitraries.js';
import { type Entry, toInput } from './slow-block.js';
import { anyValue } from './value-arbitraries.js';

const decimal = fc.tuple(fc.integer({ min: -1e6, max: 1e6 }), fc.nat(5)).map(([n, scale]) => (n + 0) / 10 ** scale + 0);
const wide = fc.oneof(
  fc.maxSafeInteger(),
  fc.constantFrom(0, 1, 2 ** 48, 2 ** 53 - 1, -(2 ** 53) + 1, 2 ** 53, 2 ** 60),
);
const few = fc.constantFrom('', 'a', 'é', '\u{10000}', true, false, null, undefined);

/** Property names, those with a meaning of their own included. */
const name = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.constantFrom('a', 'b', '0', '1', 'constructor', '__proto__', 'toString'),
);

/** An object with these properties, defined and not assigned. */
function record(names: readonly string[], values: readonly unknown[]): object {
  const object = {};
  names.forEach((key, i) => {
    Object.defineProperty(object, key, { value: values[i], writable: true, enumerable: true, configurable: true });
  });
  return object;
}

/** An arbitrary for the values of one column: mostly all of a sort, as the columns are made for. */
const sort: fc.Arbitrary<fc.Arbitrary<unknown>> = fc.letrec<{
  sort: fc.Arbitrary<unknown>;
  shape: fc.Arbitrary<unknown>;
}>((tie) => ({
  sort: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<fc.Arbitrary<unknown>>(
      fc.integer(),
      fc.integer({ min: 40, max: 60 }),
      fc.constant(7),
      wide,
      decimal,
      fc.double(),
      fc.oneof(decimal, fc.constantFrom(-0, Number.NaN)),
      few,
      fc.string({ unit: 'binary' }),
      fc.oneof(fc.integer(), few),
      fc.bigInt(),
      anyValue,
    ),
    tie('shape'),
  ),
  shape: fc
    .uniqueArray(fc.tuple(name, tie('sort')), { minLength: 1, maxLength: 6, selector: ([key]) => key })
    .map((properties) =>
      fc.tuple(...properties.map(([, inner]) => inner)).map((values) =>
        record(
          properties.map(([key]) => key),
          values,
        ),
      ),
    ),
})).sort;

const keys = fc.constantFrom<fc.Arbitrary<unknown>>(
  fc.integer({ min: 0, max: 300 }),
  fc.integer(),
  decimal,
  fc.string({ unit: 'binary', maxLength: 6 }),
  anyKey,
);

/** Blocks of all sorts of entries, in order. */
export const anyBlock: fc.Arbitrary<BlockInput> = fc
  .tuple(sort, keys, fc.boolean(), fc.boolean(), fc.nat(40))
  .chain(([value, key, kinds, sequences, maxLength]) =>
    fc
      .array(
        fc.record({
          key: (key as fc.Arbitrary<never>).map(toCanonical),
          kind: kinds ? fc.constantFrom(0, 0, 1, 2) : fc.constant(0),
          sequence: fc.oneof(fc.nat(5), fc.maxSafeNat()),
          value,
        }) as fc.Arbitrary<Entry>,
        { maxLength },
      )
      .map((entries) => toInput(entries, kinds, sequences)),
  );
