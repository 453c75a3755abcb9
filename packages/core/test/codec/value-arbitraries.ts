import fc from 'fast-check';

const names = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 5 }),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', '0', 'length', 'then', 'a', 'b'),
);

/** An object with exactly these properties, `__proto__` included. */
function objectOf(entries: readonly [string, unknown][], bare: boolean): object {
  const object = (bare ? Object.create(null) : {}) as object;
  for (const [key, value] of entries) {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  }
  return object;
}

const plainPrimitive = fc.oneof(
  fc.constantFrom(null, undefined, true, false, Number.NaN, Infinity, -Infinity, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53),
  fc.integer(),
  fc.double().filter((value) => !Object.is(value, -0)),
  fc.string({ unit: 'binary' }),
  fc.bigInt(),
  fc.constantFrom(1n << 64n, -(1n << 64n), (1n << 64n) - 1n, 1n << 4000n, -(1n << 4000n)),
);

const richLeaf = fc.oneof(
  fc.constant(-0),
  fc.date({ noInvalidDate: true }),
  fc.constantFrom(new Date(8.64e15), new Date(-8.64e15), new Date(-1), new Date(0.5)),
  fc.uint8Array(),
  fc.int16Array(),
  fc.uint32Array(),
  fc.float64Array(),
  fc.float32Array(),
  fc.bigInt64Array(),
  fc.uint8ClampedArray(),
  fc.int8Array(),
);

interface Tie {
  plain: unknown;
  any: unknown;
}

const { plain, any } = fc.letrec<Tie>((tie) => ({
  plain: fc.oneof(
    { depthSize: 'small' },
    plainPrimitive,
    fc.array(tie('plain'), { maxLength: 4 }),
    fc.dictionary(
      names.filter((name) => name !== '__proto__'),
      tie('plain'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
  any: fc.oneof(
    { depthSize: 'small' },
    plainPrimitive,
    richLeaf,
    fc.array(tie('any'), { maxLength: 4 }),
    fc
      .tuple(fc.uniqueArray(fc.tuple(names, tie('any')), { maxLength: 4, selector: ([name]) => name }), fc.boolean())
      .map(([entries, bare]) => objectOf(entries, bare)),
    fc.array(fc.tuple(tie('any'), tie('any')), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie('any'), { maxLength: 3 }).map((elements) => new Set(elements)),
  ),
}));

/** Values that CBOR holds as they are. */
export const plainValue = plain;

/** Values of every kind that can be stored. */
export const anyValue = any;
