import { toHex } from '../../../src/bytes/hex.js';
import { type BlockInput, encodeBlock } from '../../../src/codec/block.js';
import { fromCanonical, toCanonical } from '../../../src/codec/canonical-key.js';
import { encodeCbor } from '../../../src/codec/cbor.js';
import type { IndexKey } from '../../../src/codec/index-key.js';
import { encodeValues } from '../../../src/codec/value-codec.js';
import { toNotation } from '../notation.js';
import { Maker, type Vector } from '../vector.js';

/** Blocks: columns of every kind, and what no writer makes. */
export function blockVectors(): Vector[] {
  const maker = new Maker('block');
  addGood(maker);
  addShapes(maker);
  addColumns(maker);
  return maker.vectors;
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

function addGood(maker: Maker): void {
  const good = (name: string, description: string, input: BlockInput) => {
    const kinds = input.kinds ?? new Uint8Array(input.keys.length);
    const entries = input.keys.map((key, i) => ({
      key: toNotation(fromCanonical(key)),
      kind: kinds[i] ?? 0,
      sequence: input.sequences?.[i] ?? null,
      ...(kinds[i] === 1 ? {} : { value: toNotation(input.values[i]) }),
    }));
    maker.good(name, description, { input: { bytes: toHex(encodeBlock(input)) } }, { entries });
  };
  const keys = range(6);
  good('empty', 'No entries.', { keys: [], values: [] });
  good('equal-integers', 'A column of equal integers takes no bytes.', { keys, values: keys.map(() => 7) });
  good('frame', 'Integers by their distance from the smallest.', { keys, values: [5, -3, 250, 9, 0, 1] });
  good('delta', 'Integers by their distance from the one before.', {
    keys,
    values: [1e12, 1e12 + 1, 1e12 + 3, 1e12 + 4, 1e12 + 6, 1e12 + 9].map((n, i) => n + i * 1e9),
  });
  good('scaled', 'Decimals as integers times a power of ten.', { keys, values: [23.3, 0.5, -1.25, 100, 7.75, 0] });
  good('float64', 'Numbers exactly as they are.', { keys, values: [0.1, Math.PI, -0, Number.NaN, Infinity, 5e-324] });
  good('dictionary', 'Few distinct values.', { keys, values: ['on', 'off', 'on', null, 'on', 'off'] });
  good('rows', 'Values of any kind.', {
    keys,
    values: ['a', 1n, [1], { b: new Date(5) }, Uint8Array.of(1), undefined],
  });
  good('records', 'Objects of one shape, property by property.', {
    keys,
    values: keys.map((id) => ({ id, on: id > 2, at: { x: id / 2 } })),
  });
  const stringKeys = ['', 'a', 'b\0', 'é', '\uffff', '\u{10000}'];
  good('string-keys', 'Keys that are strings.', { keys: stringKeys, values: keys });
  const mixed: IndexKey[] = [false, true, -1.5, 3n, 'x', [1, 'y']];
  good('mixed-keys', 'Keys of several kinds in their own encoding.', { keys: mixed.map(toCanonical), values: keys });
  good('tombstones', 'Entries that say their key is gone.', {
    keys,
    values: [1, 2, undefined, 4, undefined, 6],
    kinds: Uint8Array.of(0, 0, 1, 0, 1, 0),
  });
  good('versions', 'Versions of one key, the newest first.', {
    keys: [1, 1, 1, 2],
    values: ['c', undefined, 'a', 'x'],
    kinds: Uint8Array.of(0, 1, 0, 0),
    sequences: [9, 5, 2, 5],
  });
  good('pointers', 'Values that lie elsewhere.', {
    keys: range(3),
    values: ['here', ['there', 1], ['there', 2]],
    kinds: Uint8Array.of(0, 2, 2),
  });
}

const frame = (least: number, width: number, ...bytes: number[]) => [1, least, width, Uint8Array.from(bytes)];

/** A block of two entries, with other parts where they are given. */
function block(
  over: Partial<Record<'count' | 'keys' | 'kinds' | 'sequences' | 'values' | 'pointers', unknown>>,
): unknown[] {
  const {
    count = 2,
    keys = frame(0, 1, 0, 1),
    kinds = null,
    sequences = null,
    values = frame(7, 0),
    pointers = null,
  } = over;
  return [count, keys, kinds, sequences, values, pointers];
}

function addShapes(maker: Maker): void {
  const bad = (name: string, description: string, value: unknown) => {
    maker.hostile(name, description, { input: { bytes: toHex(encodeCbor(value)) } });
  };
  bad('no-array', 'No array.', { count: 2 });
  bad('five-parts', 'A part is missing.', block({}).slice(0, 5));
  bad('seven-parts', 'A part too many.', [...block({}), null]);
  bad('count-negative', 'A negative number of entries.', block({ count: -1 }));
  bad('count-fraction', 'Half an entry.', block({ count: 1.5 }));
  bad(
    'count-too-high',
    'More entries than a block may have: equal integers would take no bytes.',
    block({ count: 65_537 }),
  );
  bad('count-bomb', 'Four thousand million entries.', block({ count: 0xffffffff }));
  bad('keys-fewer', 'Fewer keys than entries.', block({ keys: frame(0, 1, 0) }));
  bad('keys-more', 'More keys than entries.', block({ keys: frame(0, 1, 0, 1, 2) }));
  bad('keys-descending', 'Keys out of order.', block({ keys: frame(0, 1, 1, 0) }));
  bad('keys-equal', 'One key twice, without sequences.', block({ keys: frame(0, 1, 1, 1) }));
  bad('keys-nan', 'NaN as a key.', block({ count: 1, keys: [4, Uint8Array.of(0x7f, 0xf8, 0, 0, 0, 0, 0, 0)] }));
  bad(
    'keys-negative-zero',
    'Negative zero as a key.',
    block({ count: 1, keys: [4, Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 0)] }),
  );
  bad('keys-no-strings', 'A number among strings.', block({ keys: [0, encodeCbor(['a', 1])] }));
  bad(
    'keys-encoding',
    'An encoded key that is not canonical.',
    block({ count: 1, keys: [7, Uint8Array.of(0x18, 0xff, 0xff)] }),
  );
  bad('keys-trailing', 'A byte behind the encoded keys.', block({ keys: [7, Uint8Array.of(8, 9, 8)] }));
  bad(
    'versions-ascending',
    'Versions of one key with the oldest first.',
    block({ keys: frame(1, 0), sequences: frame(0, 1, 1, 2) }),
  );
  bad(
    'versions-equal',
    'Two versions of one key from one commit.',
    block({ keys: frame(1, 0), sequences: frame(5, 0) }),
  );
  bad('sequence-negative', 'A negative sequence.', block({ sequences: [1, -1, 0, new Uint8Array(0)] }));
  bad('sequence-fraction', 'A sequence that is no integer.', block({ sequences: [3, 1, frame(1, 0)] }));
  bad('kind-unknown', 'An entry of no known kind.', block({ kinds: frame(0, 1, 0, 3) }));
  bad('kinds-for-nothing', 'A column of kinds although all are values.', block({ kinds: frame(0, 0) }));
  bad(
    'values-for-tombstones',
    'A value for an entry that is gone.',
    block({ kinds: frame(0, 1, 0, 1), values: frame(0, 1, 1, 2) }),
  );
  bad(
    'pointers-missing',
    'A pointer without a column of pointers.',
    block({ kinds: frame(0, 1, 0, 2), values: frame(1, 0) }),
  );
  bad('pointers-for-nothing', 'A column of pointers and no pointer.', block({ pointers: frame(1, 0) }));
}

function addColumns(maker: Maker): void {
  const bad = (name: string, description: string, values: unknown) => {
    maker.hostile(name, description, { input: { bytes: toHex(encodeCbor(block({ values }))) } });
  };
  bad('column-null', 'No column.', null);
  bad('column-unknown', 'A column of no known kind.', [8, 1]);
  bad('column-keys', 'Keys are no values.', [7, Uint8Array.of(8, 9)]);
  bad('frame-width', 'A width that there is not.', frame(0, 5, ...range(10)));
  bad('frame-width-negative', 'A negative width.', frame(0, -1));
  bad('frame-inexact', 'A smallest value beyond 2^53.', frame(2 ** 53, 1, 0, 1));
  bad(
    'frame-overflow',
    'A smallest value to which what the width can add is not exact.',
    frame(Number.MAX_SAFE_INTEGER, 1, 0, 1),
  );
  bad('frame-short', 'Fewer bytes than entries need.', frame(0, 2, 0, 1, 0));
  bad('delta-overflow', 'Distances that add up beyond 2^53.', [2, Number.MAX_SAFE_INTEGER, 1, 0, new Uint8Array(0)]);
  bad('delta-text', 'A first value that is text.', [2, 'a', 1, 0, new Uint8Array(0)]);
  bad('scaled-zero', 'No digit behind the point.', [3, 0, frame(1, 0)]);
  bad('scaled-five', 'Too many digits behind the point.', [3, 5, frame(1, 0)]);
  bad('scaled-of-floats', 'Decimals of what are no integers.', [3, 1, [4, new Uint8Array(16)]]);
  bad('float64-short', 'Half a number.', [4, new Uint8Array(12)]);
  bad('dictionary-place', 'A place that the list has not.', [5, ['a'], frame(0, 1, 0, 1)]);
  bad('dictionary-negative', 'A place before the list.', [5, ['a'], frame(-1, 0)]);
  bad('dictionary-of-numbers', 'A list of what does not belong there.', [5, [1, 2], frame(0, 1, 0, 1)]);
  bad('dictionary-long', 'More than 256 distinct values.', [5, range(257).map(String), frame(0, 1, 0, 1)]);
  bad('rows-fewer', 'Fewer rows than entries.', [0, encodeValues([1])]);
  bad('rows-no-bytes', 'Rows outside of a byte string.', [0, [1, 2]]);
  bad('rows-trailing', 'A byte behind the rows.', [0, Uint8Array.of(...encodeValues([1, 2]), 0)]);
  bad('rows-bad-escape', 'A malformed escape among rows.', [0, Uint8Array.of(0x82, 1, 0xd9, 0xa0, 0, 1)]);
  bad('record-no-names', 'Objects without properties.', [6, [], []]);
  bad('record-name-twice', 'A property twice.', [6, ['a', 'a'], [frame(1, 0), frame(1, 0)]]);
  bad('record-proto', 'A property called __proto__.', [6, ['__proto__'], [frame(1, 0)]]);
  bad('record-name-number', 'A name that is no text.', [6, [1], [frame(1, 0)]]);
  bad('record-columns', 'More properties than columns.', [6, ['a', 'b'], [frame(1, 0)]]);
  bad('record-too-deep', 'Objects taken apart too deep.', [6, ['a'], [[6, ['b'], [[6, ['c'], [frame(1, 0)]]]]]]);
  bad('escape-outside', 'An escape outside of rows.', [5, ['a', { tagged: 1 }], frame(0, 0)]);
}
