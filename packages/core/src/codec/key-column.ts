import { concat } from '../bytes/concat.js';
import { toCanonical } from './canonical-key.js';
import { decodeScanned, encodeCbor } from './cbor.js';
import { COLUMN, type EncodedColumn } from './column-kinds.js';
import { corrupt } from './corrupt.js';
import { type CanonicalKey, isComposite } from './index-key.js';
import { decodeKey } from './key-decode.js';
import { encodeKey } from './key-encode.js';
import { decodeNumbers, encodeNumbers } from './number-column.js';

/** A column of keys: all numbers, all strings, or in their own encoding. */
export function encodeKeys(keys: readonly CanonicalKey[]): EncodedColumn {
  if (typeof keys[0] === 'string' && keys.every((key) => typeof key === 'string' && !isComposite(key))) {
    return [COLUMN.rows, encodeCbor(keys)];
  }
  return encodeNumbers(keys) ?? [COLUMN.keys, concat(...keys.map(encodeKey))];
}

/** The `count` keys of a column, each a valid one; their order is the block's concern. */
export function decodeKeys(column: unknown, count: number): CanonicalKey[] {
  if (!Array.isArray(column)) throw corrupt('A column of keys is malformed');
  const parts = column as unknown[];
  if (parts[0] === COLUMN.rows && parts.length === 2) return strings(parts[1], count);
  if (parts[0] === COLUMN.keys && parts.length === 2) return encoded(parts[1], count);
  const numbers = decodeNumbers(parts, count);
  if (numbers === undefined) throw corrupt('A column of keys is of no known kind');
  for (const key of numbers) {
    if (Number.isNaN(key) || Object.is(key, -0)) throw corrupt('A key is a number that no key can be');
  }
  return numbers;
}

function strings(bytes: unknown, count: number): CanonicalKey[] {
  const value = bytes instanceof Uint8Array ? decodeScanned(bytes).value : undefined;
  if (!Array.isArray(value) || value.length !== count) {
    throw corrupt('A column of keys has not as many as there are entries');
  }
  return (value as unknown[]).map((key) => {
    if (typeof key !== 'string') throw corrupt('A key is no string among strings');
    return checkedLength(key);
  });
}

function checkedLength(key: string): string {
  try {
    toCanonical(key);
    return key;
  } catch (cause) {
    throw corrupt('A key is too long', undefined, cause);
  }
}

function encoded(bytes: unknown, count: number): CanonicalKey[] {
  // The shortest key takes one byte.
  if (!(bytes instanceof Uint8Array) || bytes.length < count) throw corrupt('A column of keys is malformed');
  const keys: CanonicalKey[] = [];
  let at = 0;
  while (keys.length < count) {
    const { key, end } = decodeKey(bytes, at);
    keys.push(key);
    at = end;
  }
  if (at !== bytes.length) throw corrupt('There are bytes behind the keys', at);
  return keys;
}
