import { INTEGER_WIDTHS } from './column-kinds.js';

/** The width for distances up to `largest`; `undefined` where no width is enough. */
export function widthFor(largest: number): number | undefined {
  return INTEGER_WIDTHS.find((width) => largest < 2 ** (8 * width));
}

/** By how much integers exceed `least`, which is none of them below, each in `width` bytes, big-endian. */
export function packWidth(values: Float64Array, least: number, width: number): Uint8Array {
  const bytes = new Uint8Array(values.length * width);
  if (width > 0) pack(bytes, values, least, width);
  return bytes;
}

function pack(bytes: Uint8Array, values: Float64Array, least: number, width: number): void {
  let at = 0;
  for (let i = 0; i < values.length; i++) {
    const value = (values[i] as number) - least;
    // Shifts work on 32 bits, so what is above them is written apart.
    if (width === 6) {
      const high = Math.floor(value / 0x100000000);
      bytes[at++] = high >>> 8;
      bytes[at++] = high;
    }
    const low = value >>> 0;
    if (width > 3) bytes[at++] = low >>> 24;
    if (width > 2) bytes[at++] = low >>> 16;
    if (width > 1) bytes[at++] = low >>> 8;
    bytes[at++] = low;
  }
}

/** `count` integers of `width` bytes, `base` added to each; the length of `bytes` was checked. */
export function unpackWidth(bytes: Uint8Array, width: number, count: number, base: number): number[] {
  const values = new Array<number>(count);
  let at = 0;
  if (width <= 2) {
    for (let i = 0; i < count; i++) {
      let value = 0;
      if (width === 2) value = (bytes[at++] ?? 0) << 8;
      if (width > 0) value |= bytes[at++] ?? 0;
      values[i] = base + value;
    }
    return values;
  }
  for (let i = 0; i < count; i++) {
    let value = 0;
    for (let k = 0; k < width; k++) value = value * 256 + (bytes[at++] ?? 0);
    values[i] = base + value;
  }
  return values;
}

/** One of them. */
export function unpackOne(bytes: Uint8Array, width: number, index: number, base: number): number {
  let value = 0;
  for (let at = width * index; at < width * (index + 1); at++) value = value * 256 + (bytes[at] ?? 0);
  return base + value;
}
