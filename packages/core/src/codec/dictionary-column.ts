import { isWellFormed } from '../bytes/well-formed.js';
import { COLUMN, type EncodedColumn, MAX_DICTIONARY } from './column-kinds.js';
import { corrupt } from './corrupt.js';
import { decodeIntegers, encodeIntegers } from './integer-column.js';

/** Below this many values a list of distinct ones is no gain. */
const MIN_COUNT = 4;

/** After this many values it shows whether they repeat. */
const SAMPLE = 64;

/**
 * A column of strings, booleans, null and undefined that repeat; `undefined` where there is anything else, or fewer than
 * half of the values are repetitions.
 */
export function encodeDictionary(values: readonly unknown[]): EncodedColumn | undefined {
  if (values.length < MIN_COUNT) return undefined;
  const places = new Map<unknown, number>();
  const indexes = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    let place = places.get(value);
    if (place === undefined) {
      if (!isEntry(value) || (typeof value === 'string' && !isWellFormed(value))) return undefined;
      place = places.size;
      if (place === MAX_DICTIONARY || (i >= SAMPLE && 2 * place > i)) return undefined;
      places.set(value, place);
    }
    indexes[i] = place;
  }
  if (2 * places.size > values.length) return undefined;
  const column = encodeIntegers(indexes);
  return column && [COLUMN.dictionary, [...places.keys()], column];
}

/** The values of a column of kind dictionary; `undefined` for a column of another kind. */
export function decodeDictionary(column: readonly unknown[], count: number): unknown[] | undefined {
  if (column[0] !== COLUMN.dictionary || column.length !== 3) return undefined;
  const [, entries, inner] = column as readonly [unknown, unknown, unknown];
  if (!Array.isArray(entries) || entries.length > MAX_DICTIONARY || !entries.every(isEntry)) {
    throw corrupt('A dictionary is malformed');
  }
  const places = Array.isArray(inner) ? decodeIntegers(inner as unknown[], count) : undefined;
  if (places === undefined) throw corrupt('A dictionary is malformed');
  return places.map((place) => {
    if (place < 0 || place >= entries.length) throw corrupt('A dictionary has no such entry');
    return entries[place];
  });
}

function isEntry(value: unknown): value is string | boolean | null | undefined {
  return typeof value === 'string' || typeof value === 'boolean' || value === null || value === undefined;
}
