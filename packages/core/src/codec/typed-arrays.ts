import { corrupt } from './corrupt.js';
import { TYPED_ARRAYS } from './escape-tags.js';
import { typedArrayName } from './native-kind.js';

type TypedArray = ArrayBufferView & ArrayLike<number | bigint>;
type TypedArrayClass = new (buffer: ArrayBuffer) => TypedArray;

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** The number of a typed array's class and its elements' bytes, big-endian. */
export function typedArrayToBytes(value: ArrayBufferView): { kind: number; bytes: Uint8Array } {
  const name = typedArrayName(value);
  const kind = TYPED_ARRAYS.findIndex(([known]) => known === name);
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
  reorder(bytes, TYPED_ARRAYS[kind]?.[1] ?? 1);
  return { kind, bytes };
}

/** The typed array of that class; `CORRUPT` where there is no such class or the bytes are no whole elements. */
export function typedArrayFromBytes(kind: unknown, bytes: unknown): TypedArray {
  const known = typeof kind === 'number' ? TYPED_ARRAYS[kind] : undefined;
  if (known === undefined || !(bytes instanceof Uint8Array) || bytes.length % known[1] !== 0) {
    throw corrupt('A typed array is malformed');
  }
  const own = new Uint8Array(bytes);
  reorder(own, known[1]);
  return new CLASSES[known[0]](own.buffer);
}

const CLASSES: Record<(typeof TYPED_ARRAYS)[number][0], TypedArrayClass> = {
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
};

/** Between the machine's order of bytes and big-endian, in place. */
function reorder(bytes: Uint8Array, size: number): void {
  if (size === 1 || !littleEndian) return;
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}
