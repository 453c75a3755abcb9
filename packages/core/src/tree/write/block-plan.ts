import { ENTRY_KIND, encodeBlock } from '../../codec/block.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { BlockRoom } from './block-room.js';

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
    const end = rowsFrom(entries, start);
    yield encodeRows(entries, start, end);
    start = end;
  }
}

/** Encodes entries as one block, in which they have to have room. */
export function encodeWhole(entries: Entries): EncodedBlock {
  return encodeRows(entries, 0, entries.keys.length);
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

/** Where the block ends that begins with the entry at `start`. */
function rowsFrom({ values, kinds }: Entries, start: number): number {
  const room = new BlockRoom();
  let end = start;
  while (end < values.length && room.take(values[end], kinds?.[end] ?? ENTRY_KIND.value)) end += 1;
  return end;
}
