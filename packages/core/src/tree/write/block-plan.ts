import { encodeBlock } from '../../codec/block.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { BLOCK_MAX_ENTRIES, BLOCK_TARGET } from '../../format/limits.js';
import { roughSize } from './rough-size.js';

/** Entries of one field in key order, by columns. */
export interface Entries {
  readonly keys: readonly CanonicalKey[];
  readonly values: readonly unknown[];
  /** What each entry is; may be absent where all are values. */
  readonly kinds: Uint8Array | undefined;
  /** The commit of each entry; absent where all are of one. */
  readonly sequences: readonly number[] | undefined;
}

export interface EncodedBlock {
  readonly keys: readonly CanonicalKey[];
  readonly firstKey: CanonicalKey;
  readonly lastKey: CanonicalKey;
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** Encodes entries as blocks of about the wanted size, one at a time. */
export function* encodeBlocks(entries: Entries): Generator<EncodedBlock, void, undefined> {
  const { keys } = entries;
  for (let start = 0; start < keys.length; ) {
    const end = Math.min(keys.length, start + rowsFrom(entries.values, start));
    yield encodeRows(entries, start, end);
    start = end;
  }
}

function encodeRows(entries: Entries, start: number, end: number): EncodedBlock {
  const { keys, values, kinds, sequences } = entries;
  const whole = start === 0 && end === keys.length;
  const chosenKeys = whole ? keys : keys.slice(start, end);
  const bytes = encodeBlock({
    keys: chosenKeys,
    values: whole ? values : values.slice(start, end),
    ...(kinds === undefined ? {} : { kinds: kinds.subarray(start, end) }),
    ...(sequences === undefined ? {} : { sequences: sequences.slice(start, end) }),
  });
  const [firstKey, lastKey] = [chosenKeys[0] as CanonicalKey, chosenKeys.at(-1) as CanonicalKey];
  return { keys: chosenKeys, firstKey, lastKey, count: end - start, bytes };
}

/**
 * How many entries from `start` on make a block. Every value is looked at: where only some were, a few large ones among
 * the others could make a block that is too large to be read.
 */
function rowsFrom(values: readonly unknown[], start: number): number {
  const most = Math.min(BLOCK_MAX_ENTRIES, values.length - start);
  let total = 0;
  for (let i = 0; i < most; i++) {
    total += roughSize(values[start + i]);
    if (total > BLOCK_TARGET) return Math.max(1, i);
  }
  return most;
}
