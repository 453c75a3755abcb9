import { COLUMN, type EncodedColumn, MAX_SCALE } from './column-kinds.js';
import { corrupt } from './corrupt.js';
import { Integers, openIntegers } from './integer-column.js';
import type { OpenColumn } from './open-column.js';

/** A column of numbers, exactly as they are; `undefined` where one of the values is no number. */
export function encodeNumbers(values: readonly unknown[]): EncodedColumn | undefined {
  const numbers = toFloats(values);
  return numbers && encodeFloat64(numbers);
}

/** The same of what is known to be numbers, with the fewest digits behind the point that do. */
export function encodeFloat64(numbers: Float64Array): EncodedColumn {
  const integers = new Integers(numbers.length);
  for (let scale = 0; scale <= MAX_SCALE; scale++) {
    // Where there are decimals, one of the first numbers shows it.
    if (!integers.take(numbers, 10 ** scale)) continue;
    const column = integers.encode();
    if (column === undefined) break;
    return scale === 0 ? column : [COLUMN.scaled, scale, column];
  }
  return asFloats(numbers);
}

/** What goes over numbers again and again is fastest where the engine knows that they are. */
function toFloats(values: readonly unknown[]): Float64Array | undefined {
  const numbers = new Float64Array(values.length);
  for (let i = 0; i < numbers.length; i++) {
    const value = values[i];
    if (typeof value !== 'number') return undefined;
    numbers[i] = value;
  }
  return numbers;
}

function asFloats(values: Float64Array): EncodedColumn {
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setFloat64(8 * i, values[i] as number);
  return [COLUMN.float64, bytes];
}

/** The numbers of a column; `undefined` for a column of another kind. */
export function decodeNumbers(column: readonly unknown[], count: number): number[] | undefined {
  return openNumbers(column, count)?.all();
}

/** The same, each taken from its bytes when it is asked for. All that can be wrong was looked for. */
export function openNumbers(column: readonly unknown[], count: number): OpenColumn<number> | undefined {
  if (column[0] === COLUMN.float64 && column.length === 2) return openFloats(column[1], count);
  if (column[0] !== COLUMN.scaled || column.length !== 3) return openIntegers(column, count);
  const [, scale, inner] = column;
  const integers = Array.isArray(inner) ? openIntegers(inner as unknown[], count) : undefined;
  if (integers === undefined || !isScale(scale)) throw corrupt('A column of decimals is malformed');
  const power = 10 ** scale;
  return { at: (index) => integers.at(index) / power, all: () => divided(integers.all(), power) };
}

function divided(integers: readonly number[], power: number): number[] {
  const values = new Array<number>(integers.length);
  for (let i = 0; i < integers.length; i++) values[i] = (integers[i] as number) / power;
  return values;
}

function isScale(scale: unknown): scale is number {
  return Number.isInteger(scale) && (scale as number) >= 1 && (scale as number) <= MAX_SCALE;
}

function openFloats(bytes: unknown, count: number): OpenColumn<number> {
  if (!(bytes instanceof Uint8Array) || bytes.length !== 8 * count) {
    throw corrupt('A column of numbers has not as many as there are entries');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return { at: (index) => view.getFloat64(8 * index), all: () => floats(view, count) };
}

function floats(view: DataView, count: number): number[] {
  const values = new Array<number>(count);
  for (let i = 0; i < count; i++) values[i] = view.getFloat64(8 * i);
  return values;
}
