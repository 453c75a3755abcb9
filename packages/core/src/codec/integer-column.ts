import { COLUMN, type EncodedColumn, INTEGER_WIDTHS } from './column-kinds.js';
import { corrupt } from './corrupt.js';
import { packWidth, unpackOne, unpackWidth, widthFor } from './fixed-width.js';
import { type OpenColumn, together } from './open-column.js';

const MOST = Number.MAX_SAFE_INTEGER;

/**
 * Numbers are gone through in stretches of that many. A function whose first loop is a long one is compiled while it is in
 * that, knowing nothing of what comes behind it, so that it is given up at the loop's end, again and again.
 */
const STRETCH = 512;

/** Numbers times a power of ten, where all of these are integers, and how far they are apart. */
export class Integers {
  readonly #values: Float64Array;
  /** Each without the one before. */
  readonly #steps: Float64Array;
  #least = 0;
  #most = 0;
  #leastStep = 0;
  #mostStep = 0;

  constructor(count: number) {
    this.#values = new Float64Array(count);
    this.#steps = new Float64Array(count);
  }

  /** Takes as many numbers, times `power`; false where one of these is no integer, -0, or beyond 2^53 - 1. */
  take(numbers: Float64Array, power: number): boolean {
    this.#least = Number.POSITIVE_INFINITY;
    this.#most = Number.NEGATIVE_INFINITY;
    this.#leastStep = Number.POSITIVE_INFINITY;
    this.#mostStep = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < numbers.length; at += STRETCH) {
      if (!this.#takeStretch(numbers, power, at, Math.min(at + STRETCH, numbers.length))) return false;
    }
    return true;
  }

  #takeStretch(numbers: Float64Array, power: number, from: number, to: number): boolean {
    const values = this.#values;
    const steps = this.#steps;
    let least = this.#least;
    let most = this.#most;
    let leastStep = this.#leastStep;
    let mostStep = this.#mostStep;
    // Nothing compares with NaN, so the first one has no step.
    let before = from === 0 ? Number.NaN : (values[from - 1] as number);
    for (let i = from; i < to; i++) {
      const number = numbers[i] as number;
      const integer = Math.round(number * power);
      // Near 2^53 more digits can make a value less exact.
      if (integer / power !== number || integer > MOST || integer < -MOST) return false;
      if (integer === 0 && 1 / number < 0) return false;
      const step = integer - before;
      if (integer < least) least = integer;
      if (integer > most) most = integer;
      if (step < leastStep) leastStep = step;
      if (step > mostStep) mostStep = step;
      values[i] = integer;
      steps[i] = step;
      before = integer;
    }
    this.#least = least;
    this.#most = most;
    this.#leastStep = leastStep;
    this.#mostStep = mostStep;
    return true;
  }

  /**
   * A column of what was taken: by distance from the smallest or from the one before, whichever is narrower. `undefined`
   * where neither fits in six bytes; float64 is not much wider then.
   */
  encode(): EncodedColumn | undefined {
    const values = this.#values;
    const count = values.length;
    const [least, most] = count === 0 ? [0, 0] : [this.#least, this.#most];
    const [leastStep, mostStep] = count < 2 ? [0, 0] : [this.#leastStep, this.#mostStep];
    const frame = widthOf(least, most);
    const delta = widthOf(leastStep, mostStep);
    if (frame !== undefined && (delta === undefined || frame <= delta)) {
      return [COLUMN.frame, least, frame, packWidth(values, least, frame)];
    }
    if (delta === undefined) return undefined;
    // The first one is stored beside the column.
    return [COLUMN.delta, values[0], leastStep, delta, packWidth(this.#steps.subarray(1), leastStep, delta)];
  }
}

/** A column of integers; `undefined` where they are none, or too far apart. */
export function encodeIntegers(values: Float64Array): EncodedColumn | undefined {
  const integers = new Integers(values.length);
  return integers.take(values, 1) ? integers.encode() : undefined;
}

/** The width from `least` to `most`, where all that it can add to `least` is exact: then decoding needs one check only. */
function widthOf(least: number, most: number): number | undefined {
  const width = widthFor(most - least);
  if (width === undefined || !Number.isSafeInteger(least)) return undefined;
  return Number.isSafeInteger(least + 2 ** (8 * width) - 1) ? width : undefined;
}

/** The integers of a column of kind frame or delta; `undefined` for a column of another kind. */
export function decodeIntegers(column: readonly unknown[], count: number): number[] | undefined {
  return openIntegers(column, count)?.all();
}

/** The same, where that can be taken from their bytes one by one: all steps up to an integer tell what it is. */
export function openIntegers(column: readonly unknown[], count: number): OpenColumn<number> | undefined {
  if (column[0] === COLUMN.frame && column.length === 4) {
    const [, least, width, bytes] = column;
    return packed(bytes, width, count, least);
  }
  if (column[0] === COLUMN.delta && column.length === 5) {
    const [, first, leastStep, width, bytes] = column;
    if (!Number.isSafeInteger(first)) throw corrupt('A column of integers is malformed');
    const steps = packed(bytes, width, Math.max(0, count - 1), leastStep).all();
    return together(count === 0 ? [] : sums(first as number, steps));
  }
  return undefined;
}

function packed(bytes: unknown, width: unknown, count: number, least: unknown): OpenColumn<number> {
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
  const base = least + 0;
  return { at: (index) => unpackOne(bytes, size, index, base), all: () => unpackWidth(bytes, size, count, base) };
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
