import { COLUMN, type EncodedColumn, INTEGER_WIDTHS } from './column-kinds.js';
import { corrupt } from './corrupt.js';
import { packWidth, unpackWidth, widthFor } from './fixed-width.js';

/**
 * A column of integers, none of them -0, each beside zero at most 2^53 - 1: by distance from the smallest or from the one
 * before, whichever is narrower. `undefined` where neither fits in six bytes; float64 is not much wider then.
 */
export function encodeIntegers(values: Float64Array): EncodedColumn | undefined {
  const first = values[0] ?? 0;
  let least = first;
  let most = first;
  let leastStep = values.length < 2 ? 0 : Number.POSITIVE_INFINITY;
  let mostStep = values.length < 2 ? 0 : Number.NEGATIVE_INFINITY;
  let before = first;
  for (let i = 1; i < values.length; i++) {
    const value = values[i] as number;
    const step = value - before;
    if (value < least) least = value;
    if (value > most) most = value;
    if (step < leastStep) leastStep = step;
    if (step > mostStep) mostStep = step;
    before = value;
  }
  const frame = isExact(least, most - least) ? widthFor(most - least) : undefined;
  const delta = isExact(leastStep, mostStep - leastStep) ? widthFor(mostStep - leastStep) : undefined;
  if (frame !== undefined && (delta === undefined || frame <= delta)) {
    return [COLUMN.frame, least, frame, packWidth(distances(values, least), frame)];
  }
  if (delta === undefined) return undefined;
  return [COLUMN.delta, first, leastStep, delta, packWidth(steps(values, leastStep), delta)];
}

function distances(values: Float64Array, least: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) result[i] = (values[i] as number) - least;
  return result;
}

/** One less than values: the first one is stored beside the column. */
function steps(values: Float64Array, leastStep: number): Float64Array {
  const result = new Float64Array(Math.max(0, values.length - 1));
  for (let i = 0; i < result.length; i++) result[i] = (values[i + 1] as number) - (values[i] as number) - leastStep;
  return result;
}

/** Whether a smallest value and all that any width can add to it are exact, so that decoding needs one check only. */
function isExact(least: number, range: number): boolean {
  const width = widthFor(range);
  return width !== undefined && Number.isSafeInteger(least) && Number.isSafeInteger(least + 2 ** (8 * width) - 1);
}

/** The integers of a column of kind frame or delta; `undefined` for a column of another kind. */
export function decodeIntegers(column: readonly unknown[], count: number): number[] | undefined {
  if (column[0] === COLUMN.frame && column.length === 4) {
    const [, least, width, bytes] = column;
    return unpack(bytes, width, count, least);
  }
  if (column[0] === COLUMN.delta && column.length === 5) {
    const [, first, leastStep, width, bytes] = column;
    if (!Number.isSafeInteger(first)) throw corrupt('A column of integers is malformed');
    const values = unpack(bytes, width, Math.max(0, count - 1), leastStep);
    return count === 0 ? [] : sums(first as number, values);
  }
  return undefined;
}

function unpack(bytes: unknown, width: unknown, count: number, least: unknown): number[] {
  if (typeof least !== 'number' || !INTEGER_WIDTHS.some((known) => known === width)) {
    throw corrupt('A column of integers is malformed');
  }
  const size = width as number;
  if (!(bytes instanceof Uint8Array) || bytes.length !== size * count) {
    throw corrupt('A column of integers has not as many as there are entries');
  }
  if (!Number.isSafeInteger(least) || !Number.isSafeInteger(least + 2 ** (8 * size) - 1)) {
    throw corrupt('A column of integers goes beyond what is exact');
  }
  // The sum turns a -0 into 0, as below.
  return unpackWidth(bytes, size, count, least + 0);
}

function sums(first: number, steps: readonly number[]): number[] {
  const values = new Array<number>(steps.length + 1);
  let value = first + 0;
  values[0] = value;
  let i = 1;
  for (const step of steps) {
    value += step;
    values[i++] = value;
    if (!Number.isSafeInteger(value)) throw corrupt('A column of integers goes beyond what is exact');
  }
  return values;
}
