import { isTagged, type Tagged, tagged } from './cbor.js';
import { corrupt } from './corrupt.js';
import { ESCAPE } from './escape-tags.js';
import { explain } from './explain-value.js';
import { nativeKind } from './native-kind.js';
import { typedArrayFromBytes, typedArrayToBytes } from './typed-arrays.js';
import { FOUND, inspect, nativeEntries } from './value-kind.js';

/**
 * Whether CBOR holds the value as it is and reading gives it back unchangeable once frozen: nothing but null,
 * undefined, booleans, numbers other than -0, strings, bigints, and plain objects and arrays of these. Throws
 * `INVALID_ARGUMENT`, with a path, for what cannot be stored.
 */
export function isPlain(value: unknown): boolean {
  const found = inspect(value);
  if ((found & FOUND.invalid) !== 0) throw explain(value, found);
  return (found & (FOUND.escape | FOUND.rich)) === 0;
}

/** What stands for `value` in CBOR: the value itself where CBOR holds it, a copy with escape tags otherwise. */
export function toCborSafe(value: unknown): unknown {
  const found = inspect(value);
  if ((found & FOUND.invalid) !== 0) throw explain(value, found);
  return (found & FOUND.escape) === 0 ? value : escapeValue(value);
}

function escapeValue(value: unknown): unknown {
  if (Object.is(value, -0)) return tagged(0, ESCAPE.negativeZero);
  if (typeof value !== 'object' || value === null) return value;
  switch (nativeKind(value)) {
    case 'object':
      return Object.hasOwn(value, '__proto__') ? tagged(escapeEntries(value), ESCAPE.object) : escapeObject(value);
    case 'bare':
      return tagged(escapeEntries(value), ESCAPE.bareObject);
    case 'array':
      return Array.from(value as unknown[], escapeValue);
    case 'bytes': {
      const { buffer, byteOffset, byteLength } = value as Uint8Array;
      return new Uint8Array(buffer, byteOffset, byteLength);
    }
    case 'typed': {
      const { kind, bytes } = typedArrayToBytes(value as ArrayBufferView);
      return tagged([kind, bytes], ESCAPE.typedArray);
    }
    case 'date':
      return tagged(Date.prototype.getTime.call(value), ESCAPE.date);
    case 'map':
      return tagged(Array.from(nativeEntries(value as Map<unknown, unknown>), escapeValue), ESCAPE.map);
    case 'set':
      return tagged(Array.from(nativeEntries(value as Set<unknown>), escapeValue), ESCAPE.set);
    case 'other':
      throw explain(value, FOUND.invalid);
  }
}

function escapeObject(value: object): object {
  const copy: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) copy[key] = escapeValue(inner);
  return copy;
}

function escapeEntries(value: object): unknown[] {
  return Object.entries(value).flatMap(([key, inner]) => [key, escapeValue(inner)]);
}

/**
 * The value that `toCborSafe` was given, from what decoding made of it, which is used up. Only needed where the scan
 * saw escape tags. Malformed escapes are `CORRUPT`.
 */
export function fromCborSafe(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (isTagged(value)) return fromTagged(value);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = fromCborSafe(value[i]);
    return value as unknown[];
  }
  const object = value as Record<string, unknown>;
  for (const key of Object.keys(object)) object[key] = fromCborSafe(object[key]);
  return object;
}

function fromTagged({ tag, value }: Tagged): unknown {
  switch (tag) {
    case ESCAPE.negativeZero:
      if (value !== 0) throw corrupt('A negative zero is malformed');
      return -0;
    case ESCAPE.date:
      return dateFrom(value);
    case ESCAPE.set:
      return new Set(listFrom(value).map(fromCborSafe));
    case ESCAPE.map:
      return new Map(pairsFrom(value).map(([key, inner]) => [fromCborSafe(key), fromCborSafe(inner)]));
    case ESCAPE.object:
      return objectFrom({}, value);
    case ESCAPE.bareObject:
      return objectFrom(Object.create(null) as object, value);
    case ESCAPE.typedArray: {
      const [kind, bytes, ...rest] = listFrom(value);
      if (rest.length !== 0) throw corrupt('A typed array is malformed');
      return typedArrayFromBytes(kind, bytes);
    }
    default:
      throw corrupt('A value has an unknown tag');
  }
}

function dateFrom(value: unknown): Date {
  const date = new Date(typeof value === 'number' ? value : Number.NaN);
  if (date.getTime() !== value) throw corrupt('A date is malformed');
  return date;
}

function listFrom(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw corrupt('An escaped value is malformed');
  return value as unknown[];
}

function pairsFrom(value: unknown): [unknown, unknown][] {
  const list = listFrom(value);
  if (list.length % 2 !== 0) throw corrupt('An escaped value has a key without a value');
  return Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i], list[2 * i + 1]]);
}

/** Properties are defined, not assigned: assigning `__proto__` would change what the object inherits. */
function objectFrom(target: object, value: unknown): object {
  for (const [key, inner] of pairsFrom(value)) {
    if (typeof key !== 'string') throw corrupt('An escaped object has a key that is not text');
    const property = { value: fromCborSafe(inner), writable: true, enumerable: true, configurable: true };
    Object.defineProperty(target, key, property);
  }
  return target;
}
