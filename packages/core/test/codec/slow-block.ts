import { compareBytes } from '../../src/bytes/compare.js';
import { type Block, type BlockInput, ENTRY_KIND } from '../../src/codec/block.js';
import type { CanonicalKey } from '../../src/codec/index-key.js';
import { decodeKey } from '../../src/codec/key-decode.js';
import { encodeKey } from '../../src/codec/key-encode.js';
import { decodeValue, encodeValue } from '../../src/codec/value-codec.js';

/** An entry by itself. */
export interface Entry {
  readonly key: CanonicalKey;
  readonly kind: number;
  readonly sequence: number;
  readonly value: unknown;
}

interface Row {
  readonly key: Uint8Array;
  readonly kind: number;
  readonly sequence: number | undefined;
  readonly value: Uint8Array;
}

/** The twin of `encodeBlock`: a row for each entry. Slow, and short enough to see that it is right. */
export function encodeRows({ keys, values, kinds, sequences }: BlockInput): Row[] {
  return keys.map((key, i) => ({
    key: encodeKey(key),
    kind: kinds?.[i] ?? ENTRY_KIND.value,
    sequence: sequences?.[i],
    value: encodeValue(kinds?.[i] === ENTRY_KIND.tombstone ? undefined : values[i]),
  }));
}

/** The twin of `decodeBlock`, but for `plain`. */
export function decodeRows(rows: readonly Row[], sequences: boolean): Omit<Block, 'plain'> {
  return {
    keys: rows.map((row) => decodeKey(row.key, 0).key),
    values: rows.map((row) => decodeValue(row.value).value),
    kinds: rows.every((row) => row.kind === ENTRY_KIND.value) ? undefined : Uint8Array.from(rows, (row) => row.kind),
    sequences: sequences ? rows.map((row) => row.sequence ?? -1) : undefined,
  };
}

/** Entries as a block takes them: key ascending, then sequence descending, none twice. */
export function toInput(entries: readonly Entry[], kinds: boolean, sequences: boolean): BlockInput {
  const sorted = entries
    .map((entry) => ({ entry, bytes: encodeKey(entry.key) }))
    .sort((a, b) => compareBytes(a.bytes, b.bytes) || b.entry.sequence - a.entry.sequence)
    .map(({ entry }) => entry)
    .filter((entry, i, all) => {
      const before = all[i - 1];
      return before?.key !== entry.key || (sequences && before.sequence !== entry.sequence);
    });
  return {
    keys: sorted.map((entry) => entry.key),
    values: sorted.map((entry) => entry.value),
    ...(kinds ? { kinds: Uint8Array.from(sorted, (entry) => entry.kind) } : {}),
    ...(sequences ? { sequences: sorted.map((entry) => entry.sequence) } : {}),
  };
}
