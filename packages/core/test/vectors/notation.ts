import { fromHex, toHex } from '../../src/bytes/hex.js';
import type { Json, JsonObject } from './vector.js';

/**
 * Values that JSON has not, as objects with one member whose name begins with `$`: `$bytes`, `$bigint`, `$number`
 * (`-0`, `NaN`, `Infinity`, `-Infinity`), `$undefined`, `$date`, `$map`, `$set`, `$bare`, `$object`, `$typed`.
 */
export function toNotation(value: unknown): Json {
  switch (typeof value) {
    case 'undefined':
      return { $undefined: true };
    case 'bigint':
      return { $bigint: value.toString() };
    case 'number':
      if (Object.is(value, -0)) return { $number: '-0' };
      return Number.isFinite(value) ? value : { $number: String(value) };
    case 'object':
      return value === null ? null : objectToNotation(value);
    default:
      return value as Json;
  }
}

function objectToNotation(value: object): Json {
  if (value instanceof Uint8Array) return { $bytes: toHex(value) };
  if (Array.isArray(value)) return value.map(toNotation);
  if (value instanceof Date) return { $date: value.getTime() };
  if (value instanceof Map) return { $map: Array.from(value, ([key, inner]) => [toNotation(key), toNotation(inner)]) };
  if (value instanceof Set) return { $set: Array.from(value, toNotation) };
  if (ArrayBuffer.isView(value)) {
    const elements = Array.from(value as unknown as ArrayLike<number | bigint>, toNotation);
    return { $typed: [value.constructor.name, elements] };
  }
  const entries = Object.entries(value).map(([name, inner]): [string, Json] => [name, toNotation(inner)]);
  if (Object.getPrototypeOf(value) === null) return { $bare: entries };
  return Object.hasOwn(value, '__proto__') ? { $object: entries } : Object.fromEntries(entries);
}

/** A key of a map from its notation. */
export function keyFromNotation(value: Json): boolean | number | bigint | string | Uint8Array | readonly unknown[] {
  if (Array.isArray(value)) return (value as readonly Json[]).map(keyFromNotation);
  if (typeof value !== 'object' || value === null) {
    if (value === null) throw new Error('null is no key.');
    return value;
  }
  const [name, inner] = Object.entries(value as JsonObject)[0] ?? [];
  if (name === '$bytes') return fromHex(inner as string) ?? new Uint8Array(0);
  if (name === '$bigint') return BigInt(inner as string);
  if (name === '$number') return Number(inner);
  throw new Error(`${String(name)} is no notation of a key.`);
}
