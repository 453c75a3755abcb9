import { decodeScanned } from './cbor.js';
import { MAX_BLOCK_ENTRIES } from './column-kinds.js';
import { corrupt } from './corrupt.js';

/** A block as its CBOR holds it: nothing here is known to be valid but the count. */
export interface BlockLayout {
  readonly count: number;
  readonly keys: unknown;
  /** `null` where all entries are values. */
  readonly kinds: unknown;
  /** `null` where entries have none. */
  readonly sequences: unknown;
  readonly values: unknown;
  /** `null` where no entry is a pointer. */
  readonly pointers: unknown;
}

/** How deep a block is nested: its array, and twice for each level of records; values are in byte strings within. */
export const MAX_LAYOUT_DEPTH = 16;

/** The parts of a block, in their order. */
export const BLOCK_PARTS = ['count', 'keys', 'kinds', 'sequences', 'values', 'pointers'] as const;

/** Takes a block apart. */
export function readBlock(bytes: Uint8Array): BlockLayout {
  const { value, scan } = decodeScanned(bytes, { maxDepth: MAX_LAYOUT_DEPTH });
  if (scan.escaped || !Array.isArray(value) || value.length !== BLOCK_PARTS.length) {
    throw corrupt('A block is malformed');
  }
  const [count, keys, kinds, sequences, values, pointers] = value as unknown[];
  if (!Number.isInteger(count) || (count as number) < 0 || (count as number) > MAX_BLOCK_ENTRIES) {
    throw corrupt('A block has an invalid number of entries');
  }
  return { count: count as number, keys, kinds, sequences, values, pointers };
}
