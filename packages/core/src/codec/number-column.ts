import { COLUMN, type EncodedColumn, MAX_SCALE } from './column-kinds.js';
import { corrupt } from './corrupt.js';
import { decodeIntegers, encodeIntegers } from './integer-column.js';

/** A column of numbers, exactly as they are; `undefined` where one of the values is no number. */
export function encodeNumbers(values: readonly unknown[]): EncodedColumn | undefined {
  const numbers = toFloats(values);
  if (numbers === undefined) return undefined;
  const scale = scaleOf(numbers);
  if (scale === 0) return encodeIntegers(numbers) ?? encodeFloats(numbers);
  const integers = scale <= MAX_SCALE ? scaled(numbers, 10 ** scale) : undefined;
  const column = integers && encodeIntegers(integers);
  return column === undefined ? encodeFloats(numbers) : [COLUMN.scaled, scale, column];
}

// All that follows goes over the numbers several times, which is fastest where the engine knows that they are numbers.
function toFloats(values: readonly unknown[]): Float64Array | undefined {
  const numbers = new Float64Array(values.length);
  for (let i = 0; i < numbers.length; i++) {
    const value = values[i];
    if (typeof value !== 'number') return undefined;
    numbers[i] = value;
  }
  return numbers;
}

/**
 * The fewest digits behind the point with which all values are integers divided by a power of ten; more than
 * {@link MAX_SCALE} where there is no such number.
 */
function scaleOf(values: Float64Array): number {
  let scale = 0;
  let power = 1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value === 0 && 1 / value < 0) return MAX_SCALE + 1;
    while (!isScaled(value, power)) {
      scale += 1;
      power *= 10;
      if (scale > MAX_SCALE) return scale;
    }
  }
  return scale;
}

/** More digits never make a value less exact, but rounding near 2^53 can: `scaled` looks again at what it wrote. */
function isScaled(value: number, power: number): boolean {
  const integer = Math.round(value * power);
  return integer / power === value && integer <= Number.MAX_SAFE_INTEGER && integer >= -Number.MAX_SAFE_INTEGER;
}

function scaled(values: Float64Array, power: number): Float64Array | undefined {
  const integers = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!isScaled(value, power)) return undefined;
    integers[i] = Math.round(value * power);
  }
  return integers;
}

function encodeFloats(values: Float64Array): EncodedColumn {
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setFloat64(8 * i, values[i] as number);
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
