import { COLUMN, type EncodedColumn, MAX_SCALE } from './column-kinds.js';
import { corrupt } from './corrupt.js';
import { decodeIntegers, encodeIntegers } from './integer-column.js';

/** A column of numbers, exactly as they are; `undefined` where one of the values is no number. */
export function encodeNumbers(values: readonly unknown[]): EncodedColumn | undefined {
  const scale = scaleOf(values);
  if (scale === undefined) return undefined;
  const numbers = values as readonly number[];
  if (scale === 0) return encodeIntegers(numbers) ?? encodeFloats(numbers);
  const integers = scale <= MAX_SCALE ? scaled(numbers, 10 ** scale) : undefined;
  const column = integers && encodeIntegers(integers);
  return column === undefined ? encodeFloats(numbers) : [COLUMN.scaled, scale, column];
}

/**
 * The fewest digits behind the point with which all values are integers divided by a power of ten; more than
 * {@link MAX_SCALE} where there is no such number, `undefined` where not all are numbers.
 */
function scaleOf(values: readonly unknown[]): number | undefined {
  let scale = 0;
  let power = 1;
  for (const value of values) {
    if (typeof value !== 'number') return undefined;
    if (value === 0 && 1 / value < 0) scale = MAX_SCALE + 1;
    while (scale <= MAX_SCALE && !isScaled(value, power)) {
      scale += 1;
      power *= 10;
    }
  }
  return scale;
}

/** More digits never make a value less exact, but rounding near 2^53 can: `scaled` looks again at what it wrote. */
function isScaled(value: number, power: number): boolean {
  const integer = Math.round(value * power);
  return integer / power === value && integer <= Number.MAX_SAFE_INTEGER && integer >= -Number.MAX_SAFE_INTEGER;
}

function scaled(values: readonly number[], power: number): Float64Array | undefined {
  const integers = new Float64Array(values.length);
  let i = 0;
  for (const value of values) {
    if (!isScaled(value, power)) return undefined;
    integers[i++] = Math.round(value * power);
  }
  return integers;
}

function encodeFloats(values: readonly number[]): EncodedColumn {
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const value of values) {
    view.setFloat64(at, value);
    at += 8;
  }
  return [COLUMN.float64, bytes];
}

/** The numbers of a column; `undefined` for a column of another kind. */
export function decodeNumbers(column: readonly unknown[], count: number): number[] | undefined {
  if (column[0] === COLUMN.float64 && column.length === 2) return decodeFloats(column[1], count);
  if (column[0] !== COLUMN.scaled || column.length !== 3) return decodeIntegers(column, count);
  const [, scale, inner] = column;
  const values = Array.isArray(inner) ? decodeIntegers(inner as unknown[], count) : undefined;
  if (values === undefined || !isScale(scale)) throw corrupt('A column of decimals is malformed');
  const power = 10 ** scale;
  return values.map((value) => value / power);
}

function isScale(scale: unknown): scale is number {
  return Number.isInteger(scale) && (scale as number) >= 1 && (scale as number) <= MAX_SCALE;
}

function decodeFloats(bytes: unknown, count: number): number[] {
  if (!(bytes instanceof Uint8Array) || bytes.length !== 8 * count) {
    throw corrupt('A column of numbers has not as many as there are entries');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const values = new Array<number>(count);
  for (let i = 0; i < count; i++) values[i] = view.getFloat64(8 * i);
  return values;
}
