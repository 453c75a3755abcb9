/**
 * CBOR tags for values that CBOR, or the library that writes it, would lose or change. They are private and mean
 * something only in what Infinitree writes. The usual tags for sets, maps and typed arrays were rejected: the decoder
 * acts on those itself, and in ways that alias its input or forget milliseconds.
 */
export const ESCAPE = {
  /** -0; holds 0. */
  negativeZero: 40960,
  /** A Date; holds its milliseconds since 1970 as a number. */
  date: 40961,
  /** A Map; holds an array of key, value, key, value. */
  map: 40962,
  /** A Set; holds an array of its elements. */
  set: 40963,
  /** A plain object with a key `__proto__`; holds an array of key, value, key, value. */
  object: 40964,
  /** An object without a prototype; holds an array of key, value, key, value. */
  bareObject: 40965,
  /** A typed array other than Uint8Array; holds an array of its {@link TYPED_ARRAYS} number and its bytes. */
  typedArray: 40966,
} as const;

export const ESCAPE_TAGS: ReadonlySet<number> = new Set(Object.values(ESCAPE));

/** Numbers of typed arrays within {@link ESCAPE.typedArray}; elements are stored big-endian. */
export const TYPED_ARRAYS = [
  ['Int8Array', 1],
  ['Uint8ClampedArray', 1],
  ['Int16Array', 2],
  ['Uint16Array', 2],
  ['Int32Array', 4],
  ['Uint32Array', 4],
  ['Float32Array', 4],
  ['Float64Array', 8],
  ['BigInt64Array', 8],
  ['BigUint64Array', 8],
] as const;
