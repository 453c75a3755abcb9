import { encodeCbor } from '../../packages/core/src/codec/cbor.js';
import {
  COLUMN,
  MAX_BLOCK_CELLS,
  MAX_BLOCK_ENTRIES,
  MAX_PROPERTIES,
} from '../../packages/core/src/codec/column-kinds.js';

/** A column whose values take no bytes. */
const NOTHING = [COLUMN.frame, 0, 0, new Uint8Array(0)];

/** Short blocks that stand for as much as a block may, or for more. */
export function blockBombs(): Uint8Array[] {
  return [
    block(MAX_BLOCK_ENTRIES, NOTHING),
    block(MAX_BLOCK_ENTRIES, [COLUMN.scaled, 4, NOTHING]),
    block(MAX_BLOCK_ENTRIES, [COLUMN.dictionary, ['x'.repeat(1000)], NOTHING]),
    block(MAX_BLOCK_ENTRIES, records(2)),
    block(MAX_BLOCK_ENTRIES, records(64)),
    block(MAX_BLOCK_CELLS / MAX_PROPERTIES, records(MAX_PROPERTIES)),
    block(MAX_BLOCK_ENTRIES / 64, [COLUMN.record, ['a'], [records(MAX_PROPERTIES / 2)]]),
    block(MAX_BLOCK_ENTRIES / 4, [COLUMN.rows, list(MAX_BLOCK_ENTRIES / 4, 'a0')]),
    block(10, NOTHING, [COLUMN.keys, tuples(10)]),
  ];
}

/** Values of as many parts as their bytes allow, of each kind that is made apart. */
export function valueBombs(): Uint8Array[] {
  const parts = ['a0', '80', '40', 'f6', 'd9a00380', 'd9a00280', 'd9a00580', 'd9a00100', 'd9a006820040', 'c24101'];
  return [...parts.map((part) => list(4000, part)), list(15, `c2591000${'ff'.repeat(4096)}`)];
}

function block(count: number, values: unknown, keys: unknown = [COLUMN.delta, 0, 1, 0, new Uint8Array(0)]): Uint8Array {
  return encodeCbor([count, keys, null, null, values, null]);
}

function records(properties: number): unknown[] {
  const names = Array.from({ length: properties }, (_, i) => `p${i}`);
  return [COLUMN.record, names, names.map(() => NOTHING)];
}

/** An array of the same item, given in hex. */
function list(count: number, item: string): Uint8Array {
  const head = `9a${count.toString(16).padStart(8, '0')}`;
  return new Uint8Array(Buffer.from(head + item.repeat(count), 'hex'));
}

/** Ascending keys, each a tuple of as many empty strings as a key has room for. */
function tuples(count: number): Uint8Array {
  const each = (i: number) => `3010c0${i.toString(16).padStart(2, '0')}000000000000${'200001'.repeat(1300)}00`;
  return new Uint8Array(Buffer.from(Array.from({ length: count }, (_, i) => each(i)).join(''), 'hex'));
}
