import { readFileSync } from 'node:fs';
import { ENTRY_KIND } from '../../src/codec/block.js';
import { BLOCK_PARTS, MAX_LAYOUT_DEPTH } from '../../src/codec/block-layout.js';
import {
  COLUMN,
  INTEGER_WIDTHS,
  MAX_BLOCK_CELLS,
  MAX_BLOCK_ENTRIES,
  MAX_DICTIONARY,
  MAX_PROPERTIES,
  MAX_RECORD_LEVELS,
  MAX_SCALE,
} from '../../src/codec/column-kinds.js';
import { CODEC_LZ4, CODEC_STORED, MIN_COMPRESSED } from '../../src/codec/compression.js';
import { ESCAPE, TYPED_ARRAYS } from '../../src/codec/escape-tags.js';
import { KEY_KIND, MAX_KEY_DEPTH, MAX_KEY_SIZE } from '../../src/codec/index-key.js';
import { DEFAULT_MAX_DEPTH, DEFAULT_MAX_ITEMS, MAX_BIGINT_SIZE } from '../../src/codec/prescan.js';
import { MAX_ENCODED_DEPTH } from '../../src/codec/value-codec.js';
import { MAX_VALUE_DEPTH, MAX_VALUE_ITEMS } from '../../src/codec/value-kind.js';

const page = readFileSync(new URL('../../../../docs/format/encoding.md', import.meta.url), 'utf8');

/** The first two cells of each row of the table that has this header. */
function table(header: string): [string, string][] {
  const start = page.indexOf(`| ${header} |`);
  if (start < 0) throw new Error(`no table with the header ${header}`);
  const rows = (page.slice(start).split('\n\n')[0] ?? '').split('\n').slice(2);
  return rows.map((row) => row.split('|').map((cell) => cell.trim())).map((cells) => [cells[1] ?? '', cells[2] ?? '']);
}

const numbers = (header: string): Record<string, number> =>
  Object.fromEntries(table(header).map(([name, number]) => [name, Number(number)]));

/** A name of the code as the page writes it: `negativeBigint` is "negative bigint". */
const spaced = (names: Record<string, number>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(names).map(([name, value]) => [
      name.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`),
      value,
    ]),
  );

describe('docs/format/encoding.md names the same', () => {
  test('limits', () => {
    expect(numbers('limit | value')).toEqual({
      'key size': MAX_KEY_SIZE,
      'key depth': MAX_KEY_DEPTH,
      'value depth': MAX_VALUE_DEPTH,
      'value items': MAX_VALUE_ITEMS,
      'bigint size': MAX_BIGINT_SIZE,
      'CBOR depth of values': MAX_ENCODED_DEPTH,
      'CBOR depth of blocks': MAX_LAYOUT_DEPTH,
      'CBOR depth elsewhere': DEFAULT_MAX_DEPTH,
      'CBOR items elsewhere': DEFAULT_MAX_ITEMS,
      'block entries': MAX_BLOCK_ENTRIES,
      'block cells': MAX_BLOCK_CELLS,
      'record properties': MAX_PROPERTIES,
      'record levels': MAX_RECORD_LEVELS,
      'dictionary size': MAX_DICTIONARY,
      'decimal digits': MAX_SCALE,
      'smallest compressed': MIN_COMPRESSED,
    });
  });

  test('kinds of keys', () => expect(numbers('kind | first byte')).toEqual(spaced(KEY_KIND)));
  test('escape tags', () => expect(numbers('value | tag')).toEqual(ESCAPE));
  test('kinds of entries', () => expect(numbers('kind | number')).toEqual(ENTRY_KIND));
  test('columns', () => expect(numbers('column | kind')).toEqual(COLUMN));
  test('codecs', () => expect(numbers('codec | number')).toEqual({ stored: CODEC_STORED, LZ4: CODEC_LZ4 }));

  test('typed arrays', () => {
    expect(table('number | class')).toEqual(TYPED_ARRAYS.map(([name], i) => [String(i), name]));
  });

  test('parts of blocks', () => {
    expect(table('part | name')).toEqual(BLOCK_PARTS.map((name, i) => [String(i), name]));
  });

  test('widths', () => {
    expect(page).toContain(`*Width* is ${INTEGER_WIDTHS.slice(0, -1).join(', ')} or ${String(INTEGER_WIDTHS.at(-1))}.`);
  });
});
