import { InfinitreeError } from '../errors.js';
import { readBlock } from './block-layout.js';
import { encodeCbor } from './cbor.js';
import { CellBudget, MAX_BLOCK_ENTRIES } from './column-kinds.js';
import { ColumnDecoder, encodeColumn } from './columns.js';
import { corrupt } from './corrupt.js';
import type { CanonicalKey } from './index-key.js';
import { encodeIntegers } from './integer-column.js';
import { decodeKeys, encodeKeys } from './key-column.js';
import { compareCanonical } from './key-order.js';
import { decodeNumbers, encodeNumbers } from './number-column.js';
import { type OpenColumn, together } from './open-column.js';

/** What an entry of a block is. */
export const ENTRY_KIND = {
  /** The key has this value. */
  value: 0,
  /** The key is gone; there is no value. */
  tombstone: 1,
  /** The value lies elsewhere, and the value here says where. */
  pointer: 2,
} as const;

/** Entries of one field: key ascending, then sequence descending. */
export interface BlockInput {
  readonly keys: readonly CanonicalKey[];
  /** In the form in which fields hold them, at the places of their keys; ignored for tombstones. */
  readonly values: readonly unknown[];
  /** One of {@link ENTRY_KIND} for each entry; all are values where it is absent. */
  readonly kinds?: Uint8Array | undefined;
  /** The commit sequence of each entry; where it is absent, each key occurs once. */
  readonly sequences?: readonly number[];
}

export interface Block {
  readonly keys: CanonicalKey[];
  /** As given, but out of their boxes; `undefined` for tombstones. */
  readonly values: unknown[];
  /** `undefined` where all entries are values. */
  readonly kinds: Uint8Array | undefined;
  readonly sequences: number[] | undefined;
  /** Whether freezing protects every value, so that none has to be boxed. Pointers do not count. */
  readonly plain: boolean;
}

/** CBOR of at most {@link MAX_BLOCK_ENTRIES} entries, column by column. The order is the caller's to keep. */
export function encodeBlock({ keys, values, kinds, sequences }: BlockInput): Uint8Array {
  const count = keys.length;
  if (count > MAX_BLOCK_ENTRIES) {
    throw new InfinitreeError('INVALID_ARGUMENT', `A block has at most ${MAX_BLOCK_ENTRIES} entries, not ${count}.`);
  }
  const mixed = kinds?.some((kind) => kind !== ENTRY_KIND.value) === true ? kinds : undefined;
  const pointers = mixed === undefined ? [] : ofKind(values, mixed, ENTRY_KIND.pointer);
  return encodeCbor([
    count,
    encodeKeys(keys),
    mixed === undefined ? null : encodeIntegers(Float64Array.from(mixed)),
    sequences === undefined ? null : encodeNumbers(sequences),
    encodeColumn(mixed === undefined ? values : ofKind(values, mixed, ENTRY_KIND.value), new CellBudget()),
    pointers.length === 0 ? null : encodeColumn(pointers, new CellBudget()),
  ]);
}

/** A block of which the values are put together when they are asked for. */
export interface OpenBlock extends Omit<Block, 'values'> {
  readonly values: OpenColumn;
}

/** The entries of a block. Whatever `encodeBlock` does not write, an order of keys other than theirs too, is `CORRUPT`. */
export function decodeBlock(bytes: Uint8Array): Block {
  const block = openBlock(bytes);
  return { ...block, values: block.values.all() };
}

/** The same for who may look for few of them. All of it is checked. */
export function openBlock(bytes: Uint8Array): OpenBlock {
  const layout = readBlock(bytes);
  const { count } = layout;
  const keys = decodeKeys(layout.keys, count);
  const kinds = layout.kinds === null ? undefined : decodeKinds(layout.kinds, count);
  const sequences = layout.sequences === null ? undefined : decodeSequences(layout.sequences, count);
  checkOrder(keys, sequences);
  const pointerCount = countOf(kinds, ENTRY_KIND.pointer);
  if ((layout.pointers === null) !== (pointerCount === 0)) throw corrupt('A block has no fitting column of pointers');
  const decoder = new ColumnDecoder();
  if (kinds === undefined) {
    const values = decoder.open(layout.values, count);
    return { keys, values, kinds, sequences, plain: decoder.plain };
  }
  const values = decoder.decode(layout.values, countOf(kinds, ENTRY_KIND.value));
  const pointers = pointerCount === 0 ? undefined : new ColumnDecoder().open(layout.pointers, pointerCount);
  const { plain } = decoder;
  if (pointers !== undefined && pointerCount === count) return { keys, values: pointers, kinds, sequences, plain };
  const all = interleave(kinds, values, pointers?.all() ?? []);
  return { keys, values: together(all), kinds, sequences, plain };
}

function ofKind(values: readonly unknown[], kinds: Uint8Array, kind: number): unknown[] {
  return values.filter((_, i) => kinds[i] === kind);
}

function countOf(kinds: Uint8Array | undefined, wanted: number): number {
  let count = 0;
  if (kinds !== undefined) for (const kind of kinds) if (kind === wanted) count += 1;
  return count;
}

function decodeKinds(column: unknown, count: number): Uint8Array {
  const numbers = Array.isArray(column) ? decodeNumbers(column as unknown[], count) : undefined;
  if (numbers?.every((kind) => kind === 0 || kind === 1 || kind === 2) !== true) {
    throw corrupt('A block has an entry of no known kind');
  }
  if (numbers.every((kind) => kind === ENTRY_KIND.value)) throw corrupt('A block has a column of kinds for nothing');
  return Uint8Array.from(numbers);
}

function decodeSequences(column: unknown, count: number): number[] {
  const numbers = Array.isArray(column) ? decodeNumbers(column as unknown[], count) : undefined;
  if (numbers?.every((sequence) => Number.isSafeInteger(sequence) && sequence >= 0) !== true) {
    throw corrupt('A block has an invalid sequence');
  }
  return numbers;
}

/** Everything that looks into a block relies on its order, so a block in disorder would hide entries. */
function checkOrder(keys: readonly CanonicalKey[], sequences: readonly number[] | undefined): void {
  for (let i = 1; i < keys.length; i++) {
    const order = compareCanonical(keys[i - 1] ?? false, keys[i] ?? false);
    if (order < 0) continue;
    const newer = sequences?.[i - 1] ?? 0;
    if (order > 0 || newer <= (sequences?.[i] ?? 0)) throw corrupt('The entries of a block are not in order');
  }
}

function interleave(kinds: Uint8Array, values: readonly unknown[], pointers: readonly unknown[]): unknown[] {
  let value = 0;
  let pointer = 0;
  return Array.from(kinds, (kind) => {
    if (kind === ENTRY_KIND.value) return values[value++];
    return kind === ENTRY_KIND.pointer ? pointers[pointer++] : undefined;
  });
}
