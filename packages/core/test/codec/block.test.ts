import fc from 'fast-check';
import { type Block, type BlockInput, decodeBlock, ENTRY_KIND, encodeBlock, openBlock } from '../../src/codec/block.js';
import { toCanonical } from '../../src/codec/canonical-key.js';
import { decodeCbor, encodeCbor, tagged } from '../../src/codec/cbor.js';
import {
  CellBudget,
  COLUMN,
  MAX_BLOCK_CELLS,
  MAX_BLOCK_ENTRIES,
  MAX_PROPERTIES,
} from '../../src/codec/column-kinds.js';
import { encodeColumn } from '../../src/codec/columns.js';
import { Copied } from '../../src/codec/copied.js';
import { ESCAPE } from '../../src/codec/escape-tags.js';
import { type IndexKey, MAX_KEY_SIZE } from '../../src/codec/index-key.js';
import { encodeValues } from '../../src/codec/value-codec.js';
import { FOUND, inspect } from '../../src/codec/value-kind.js';
import { anyBlock } from './block-arbitraries.js';
import { codeOf, inheritedNames, mutate, mutations, orCorrupt } from './hostile.js';
import { expectSame } from './same.js';
import { decodeRows, encodeRows } from './slow-block.js';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
const LAST = Number.MAX_SAFE_INTEGER;
const block = (values: readonly unknown[]): BlockInput => ({ keys: range(values.length), values });
const roundTrip = (values: readonly unknown[]): unknown[] => decodeBlock(encodeBlock(block(values))).values;

/** A block's parts as CBOR holds them: count, keys, kinds, sequences, values, pointers. */
const partsOf = (input: BlockInput): unknown[] => decodeCbor(encodeBlock(input)) as unknown[];
/** The kind of the column of values. */
const columnOf = (values: readonly unknown[]): unknown[] => partsOf(block(values))[4] as unknown[];

describe('blocks', () => {
  test('are what their rows are', () => {
    fc.assert(
      fc.property(anyBlock, (input) => {
        const { plain, ...fast } = decodeBlock(encodeBlock(input));
        expectSame(fast, decodeRows(encodeRows(input), input.sequences !== undefined));
        const found = input.values
          .filter((_, i) => (input.kinds?.[i] ?? ENTRY_KIND.value) === ENTRY_KIND.value)
          .reduce((sum: number, value) => sum | inspect(value), 0);
        if ((found & FOUND.rich) !== 0) expect(plain).toBe(false);
        if ((found & (FOUND.rich | FOUND.escape)) === 0) expect(plain).toBe(true);
      }),
      { numRuns: 800 },
    );
  });

  test('give each value alone as they give all together', () => {
    fc.assert(
      fc.property(anyBlock, (input) => {
        const bytes = encodeBlock(input);
        const { values } = openBlock(bytes);
        const alone = input.keys.map((_, i) => values.at(i));
        expectSame(alone, decodeBlock(bytes).values);
        expectSame(values.all(), alone);
      }),
      { numRuns: 800 },
    );
  });

  test('write nothing down twice: what was read is written the same', () => {
    fc.assert(
      fc.property(anyBlock, (input) => {
        const bytes = encodeBlock(input);
        const { keys, values, kinds, sequences } = decodeBlock(bytes);
        expect(encodeBlock({ keys, values, ...(kinds && { kinds }), ...(sequences && { sequences }) })).toEqual(bytes);
      }),
    );
  });

  test('hold the records they were made for in few bytes', () => {
    const records = range(4096).map((id) => ({
      id,
      airHumidity: 40 + ((id * 37) % 400) / 10,
      soilHumidity: (id * 7) % 100,
      temperature: ((id * 13) % 350) / 10,
    }));
    const bytes = encodeBlock(block(records));
    // Keys and ids by delta take none; two bytes for each decimal, one for the percentage.
    expect(bytes.length).toBeLessThan(4096 * 5 + 200);
    expectSame(decodeBlock(bytes).values, records);
  });

  test.each<[string, readonly unknown[], number]>([
    ['equal integers', [5, 5, 5], COLUMN.frame],
    ['integers', [3, 200, 7], COLUMN.frame],
    ['ascending integers', [1000, 2000, 3010], COLUMN.delta],
    ['integers that are too far apart', [0, 2 ** 50, 3], COLUMN.float64],
    ['integers far from zero', [2 ** 52, 2 ** 52 + 3, 2 ** 52 + 1], COLUMN.frame],
    ['integers a long way apart, but evenly', [0, 2 ** 50, 2 ** 51 + 3], COLUMN.delta],
    ['integers as large as fits behind the smallest', [LAST - 255, LAST, LAST - 255], COLUMN.frame],
    ['integers at the end of exactness', [LAST - 1, LAST, LAST - 1], COLUMN.delta],
    ['integers at the other end', [-LAST, 3 - LAST, 1 - LAST], COLUMN.frame],
    ['integers at both ends', [LAST, -LAST], COLUMN.float64],
    ['negative integers', [-3, -200, -7], COLUMN.frame],
    ['integers beyond exactness that are close to one another', [2 ** 53, 2 ** 53 + 2], COLUMN.float64],
    ['integers beyond exactness', [2 ** 53, 1, 2], COLUMN.float64],
    ['decimals', [1.5, 22.25, 3], COLUMN.scaled],
    ['negative decimals', [-1.5, 2.25, -3], COLUMN.scaled],
    ['decimals of four digits', [0.0001, 22.25, 1], COLUMN.scaled],
    ['decimals of five digits', [0.00001, 22.2, 1], COLUMN.float64],
    ['decimals near the end of exactness', [9007199254740991, 0.5, 1], COLUMN.float64],
    ['minus zero', [1, -0, 2], COLUMN.float64],
    ['NaN', [1, Number.NaN, 2], COLUMN.float64],
    ['infinities', [1, Infinity, -Infinity], COLUMN.float64],
    ['strings that repeat', ['a', 'b', 'a', 'b', 'a'], COLUMN.dictionary],
    ['flags', [true, null, undefined, false, true, true, null, true], COLUMN.dictionary],
    ['nulls and undefineds', [null, undefined, null, null], COLUMN.dictionary],
    ['strings that differ', ['a', 'b', 'c', 'd', 'e'], COLUMN.rows],
    ['as many strings as a dictionary holds', range(512).map((i) => `${i >> 1}`), COLUMN.dictionary],
    ['one string more', range(514).map((i) => `${i >> 1}`), COLUMN.rows],
    ['strings that differ for long, and then repeat', range(200).map((i) => `${Math.min(i, 64)}`), COLUMN.rows],
    ['numbers and strings', [1, 'a'], COLUMN.rows],
    ['strings and objects', ['a', 'a', 'a', 'a', {}], COLUMN.rows],
    [
      'records',
      [
        { a: 1, b: 2 },
        { a: 3, b: 4 },
      ],
      COLUMN.record,
    ],
    [
      'records in another order',
      [
        { a: 1, b: 2 },
        { b: 4, a: 3 },
      ],
      COLUMN.rows,
    ],
    ['records and a longer one', [{ a: 1 }, { a: 1, b: 2 }], COLUMN.rows],
    ['records and a shorter one', [{ a: 1, b: 2 }, { a: 1 }], COLUMN.rows],
    ['records and null', [{ a: 1 }, null], COLUMN.rows],
    ['a record and a bare object', [{ a: 1 }, Object.assign(Object.create(null), { a: 1 })], COLUMN.rows],
    ['a record and undefined', [{ a: 1 }, undefined], COLUMN.rows],
    ['a record and an array', [{ 0: 'a' }, ['a']], COLUMN.rows],
    ['empty objects', [{}, {}], COLUMN.rows],
    ['arrays', [[1], [2]], COLUMN.rows],
    ['bigints', [1n, 2n], COLUMN.rows],
    ['nothing', [], COLUMN.rows],
    ['a record alone', [{ a: 1, b: 2 }], COLUMN.rows],
  ])('store %s in the column meant for them', (_, values, kind) => {
    expect(columnOf(values)[0]).toBe(kind);
    expectSame(roundTrip(values), values);
  });

  test.each<[string, readonly IndexKey[], number]>([
    ['strings', ['a', 'b'], COLUMN.rows],
    ['equally spaced numbers', [1, 2, 3], COLUMN.delta],
    ['a number', [5], COLUMN.frame],
    ['a number and a string', [5, 'a'], COLUMN.keys],
    ['strings and bytes', ['a', Uint8Array.of(1)], COLUMN.keys],
    ['tuples', [['a'], ['b']], COLUMN.keys],
    ['booleans', [false, true], COLUMN.keys],
    ['bigints', [1n, 2n], COLUMN.keys],
  ])('store %s for keys in the column meant for them', (_, keys, kind) => {
    const canonical = keys.map(toCanonical);
    const input = { keys: canonical, values: keys.map(() => 0) };
    expect((partsOf(input)[1] as unknown[])[0]).toBe(kind);
    expect(decodeBlock(encodeBlock(input)).keys).toEqual(canonical);
  });

  test.each([1, 2, 3, 4, 6])('store integers that take %d bytes', (width) => {
    const values = [0, 256 ** width - 1, 5, -3 + 3];
    expect(columnOf(values)[2]).toBe(width);
    expectSame(roundTrip(values), values);
  });

  test('turn to floats where scaling is exact for each value alone, but not for all', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.double(),
            fc.maxSafeInteger().map((n) => n / 1000),
          ),
          { maxLength: 8 },
        ),
        (values) => {
          expectSame(roundTrip(values), values);
        },
      ),
    );
  });

  test('find out that a value is not exact with the digits another one needs', () => {
    // 433377443209.84 times 10,000 rounds to the integer above the right one. The others are close by, so that a column
    // of scaled integers would be narrow enough.
    const values = [433377443209.84, 433377443209.8125, 433377443209.1];
    expect(Math.round(433377443209.84 * 10_000) / 10_000).not.toBe(433377443209.84);
    expectSame(roundTrip(values), values);
  });

  test('split records twice, and then no more', () => {
    const nested = (i: number): object => ({ a: { b: { c: i } } });
    const column = columnOf([nested(1), nested(2)]) as [number, string[], [number, string[], [number]][][]];
    expect(column[2][0]?.[0]).toBe(COLUMN.record);
    expect(((column[2][0] as unknown[])[2] as unknown[][])[0]?.[0]).toBe(COLUMN.rows);
    expectSame(roundTrip([nested(1), nested(2)]), [nested(1), nested(2)]);
  });

  test('leave records with too many properties whole', () => {
    const wide = (count: number): object => Object.fromEntries(range(count).map((i) => [`p${i}`, i]));
    const two = (count: number) => [wide(count), wide(count)];
    expect(columnOf(two(MAX_PROPERTIES))[0]).toBe(COLUMN.record);
    expectSame(roundTrip(two(MAX_PROPERTIES)), two(MAX_PROPERTIES));
    expect(columnOf(two(MAX_PROPERTIES + 1))[0]).toBe(COLUMN.rows);
  });

  test('leave records whole where they would be split into too many cells', () => {
    const budget = new CellBudget();
    budget.spend(MAX_BLOCK_CELLS - 4);
    expect(
      encodeColumn(
        [
          { a: 1, b: 2 },
          { a: 3, b: 4 },
        ],
        budget,
      )[0],
    ).toBe(COLUMN.record);
    expect(encodeColumn([{ a: 1 }], budget)[0]).toBe(COLUMN.rows);
  });

  test('leave an object whole to which somebody added a property for all objects', () => {
    const values = [{ a: 1 }, { a: 2 }];
    Object.defineProperty(Object.prototype, 'added', { value: 1, enumerable: true, configurable: true });
    try {
      expect(columnOf(values)[0]).toBe(COLUMN.rows);
      expect(Object.keys(roundTrip(values)[0] as object)).toEqual(['a']);
    } finally {
      delete (Object.prototype as { added?: number }).added;
    }
  });

  test('take values out of their boxes', () => {
    const values = [new Copied(new Date(5)), new Copied(new Map([[1, 2]]))];
    expectSame(roundTrip(values), [new Date(5), new Map([[1, 2]])]);
    const { plain } = decodeBlock(encodeBlock(block([{ at: new Date(5) }])));
    expect(plain).toBe(false);
  });

  test('are not plain for bytes alone', () => {
    const { values, plain } = decodeBlock(encodeBlock(block([{ hash: Uint8Array.of(1) }])));
    expectSame({ values, plain }, { values: [{ hash: Uint8Array.of(1) }], plain: false });
  });

  test('ignore what stands beside a tombstone, and judge plainness without pointers', () => {
    const kinds = Uint8Array.of(ENTRY_KIND.tombstone, ENTRY_KIND.pointer, ENTRY_KIND.value);
    const decoded = decodeBlock(encodeBlock({ keys: [1, 2, 3], values: [Symbol('x'), Uint8Array.of(9), 5], kinds }));
    expectSame(decoded, {
      keys: [1, 2, 3],
      values: [undefined, Uint8Array.of(9), 5],
      kinds,
      sequences: undefined,
      plain: true,
    } satisfies Block);
  });

  test('refuse more entries than can be read', () => {
    const keys = range(MAX_BLOCK_ENTRIES + 1);
    expect(codeOf(() => encodeBlock({ keys, values: keys }))).toBe('INFINITREE_INVALID_ARGUMENT');
    const most = keys.slice(1);
    expect(decodeBlock(encodeBlock({ keys: most, values: most })).keys).toEqual(most);
  });

  test('refuse values that cannot be stored, by their path', () => {
    expect(codeOf(() => encodeBlock(block([{ a: () => 0 }])))).toBe('INFINITREE_INVALID_ARGUMENT');
    expect(codeOf(() => encodeBlock(block(['\ud800', '\ud800', '\ud800', '\ud800'])))).toBe(
      'INFINITREE_INVALID_ARGUMENT',
    );
    expect(codeOf(() => encodeBlock(block([{ '\ud800': 1 }])))).toBe('INFINITREE_INVALID_ARGUMENT');
    const named = { a: 1, '\ud800': 1 };
    expect(codeOf(() => encodeBlock(block([named, named])))).toBe('INFINITREE_INVALID_ARGUMENT');
  });
});

describe('hostile blocks', () => {
  test('are entries in order or corrupt, and change nothing that is inherited', () => {
    const before = inheritedNames();
    fc.assert(
      fc.property(anyBlock, mutations, (input, changes) => {
        const decoded = orCorrupt(() => decodeBlock(mutate(encodeBlock(input), changes)));
        if (decoded === undefined) return;
        const { keys, values, kinds, sequences } = decoded;
        expect(values.length).toBe(keys.length);
        expect(
          codeOf(() => encodeBlock({ keys, values, ...(kinds && { kinds }), ...(sequences && { sequences }) })),
        ).toBe(undefined);
      }),
      { numRuns: 1500 },
    );
    expect(inheritedNames()).toBe(before);
  });

  const empty = new Uint8Array(0);
  const two = Uint8Array.of(1, 2);
  const ascending = [COLUMN.delta, 0, 1, 0, empty];
  const frame = [COLUMN.frame, 0, 0, empty];
  const rows = (values: readonly unknown[]): unknown[] => [COLUMN.rows, encodeValues(values)];
  const keyed = (...keys: string[]): unknown[] => [COLUMN.keys, new Uint8Array(Buffer.from(keys.join(''), 'hex'))];
  /** Two entries, of which one part is another. */
  const withPart = (part: number, value: unknown): unknown[] =>
    [2, ascending, null, null, frame, null].map((known, i) => (i === part ? value : known));
  const withKeys = (keys: unknown): unknown[] => withPart(1, keys);
  const withValues = (values: unknown): unknown[] => withPart(4, values);
  /** One entry. */
  const withOne = (keys: unknown, values: unknown): unknown[] => [1, keys, null, null, values, null];

  test('are made here from a good one', () => {
    expect(decodeBlock(encodeCbor(withPart(0, 2))).values).toEqual([0, 0]);
  });

  test.each<[string, unknown]>([
    ['no array', 1],
    ['too few parts', [2, ascending, null, null, frame]],
    ['too many parts', [2, ascending, null, null, frame, null, null]],
    ['a count that is no number', withPart(0, '2')],
    ['a count that is no integer', withPart(0, 1.5)],
    ['a negative count', withPart(0, -1)],
    ['too large a count', withPart(0, MAX_BLOCK_ENTRIES + 1)],
    ['a count of 2^32 without a byte for it', withPart(0, 2 ** 32)],
    ['an escape tag', withPart(4, tagged(0, ESCAPE.negativeZero))],
    ['keys that are no column', withKeys(1)],
    ['keys of no known kind', withKeys([9, 1])],
    ['keys of a kind for values', withKeys([COLUMN.record, ['a'], [frame]])],
    ['equal keys', withKeys(frame)],
    ['descending keys', withKeys([COLUMN.delta, 5, -1, 0, empty])],
    ['a key that is NaN', withKeys([COLUMN.float64, new Uint8Array(16).fill(255)])],
    [
      'a key that is minus zero',
      withKeys([COLUMN.float64, Uint8Array.of(128, 0, 0, 0, 0, 0, 0, 0, 63, 240, 0, 0, 0, 0, 0, 0)]),
    ],
    ['keys that are no rows', withKeys([COLUMN.rows, 'a'])],
    ['keys in rows that are no strings', withKeys(rows([1, 'a']))],
    ['too few keys in rows', withKeys(rows(['a']))],
    ['a key in rows that is too long', withKeys(rows(['a', 'b'.repeat(MAX_KEY_SIZE)]))],
    ['encoded keys that are no bytes', withKeys([COLUMN.keys, 'a'])],
    ['encoded keys that are text', withKeys([COLUMN.keys, 'abc'])],
    ['a key alone that is too long', withOne(rows(['b'.repeat(MAX_KEY_SIZE)]), frame)],
    ['half an integer alone', withOne(frame, [COLUMN.delta, 0.5, 0, 0, empty])],
    ['too few encoded keys', withKeys(keyed('08'))],
    ['too many encoded keys', withKeys(keyed('08', '09', '3000'))],
    ['encoded keys out of order', withKeys(keyed('09', '08'))],
    ['kinds that are no column', withPart(2, 1)],
    ['kinds of no known kind', withPart(2, [COLUMN.keys, empty])],
    ['an entry of no known kind', withPart(2, [COLUMN.frame, 3, 0, empty])],
    ['kinds for nothing', withPart(2, frame)],
    [
      'tombstones and a value',
      withPart(2, [COLUMN.frame, 0, 1, Uint8Array.of(1, 0)]).with(4, [COLUMN.float64, new Uint8Array(16)]),
    ],
    ['pointers without their column', withPart(2, [COLUMN.frame, 2, 0, empty])],
    ['a column of pointers without pointers', withPart(5, frame)],
    ['sequences that are no column', withPart(3, 'a')],
    ['negative sequences', withPart(3, [COLUMN.frame, -1, 0, empty])],
    ['sequences that are no integers', withPart(3, [COLUMN.scaled, 1, [COLUMN.frame, 1, 0, empty]])],
    ['one key twice in one sequence', withKeys(frame).with(3, frame)],
    ['one key with ascending sequences', withKeys(frame).with(3, ascending)],
    [
      'descending keys with descending sequences',
      withKeys([COLUMN.delta, 5, -1, 0, empty]).with(3, [COLUMN.delta, 5, -1, 0, empty]),
    ],
    ['keys in rows with a part too many', withKeys([...rows(['a', 'b']), 0])],
    ['encoded keys with a part too many', withKeys([...keyed('08', '09'), 0])],
    ['rows with a part too many', withValues([...rows([1, 2]), 0])],
    ['records with a part too many', withValues([COLUMN.record, ['a'], [frame], 0])],
    ['a dictionary with a part too many', withValues([COLUMN.dictionary, ['a'], frame, 0])],
    ['steps with a part too many', withValues([COLUMN.delta, 0, 1, 0, empty, 0])],
    ['decimals with a part too many', withValues([COLUMN.scaled, 1, frame, 0])],
    ['floats with a part too many', withValues([COLUMN.float64, new Uint8Array(16), 0])],
    ['values that are no column', withValues(null)],
    ['values of no known kind', withValues([99])],
    ['values of a kind for keys', withValues(keyed('08', '09'))],
    ['sixteen bytes of a kind for keys', withValues([COLUMN.keys, new Uint8Array(16)])],
    ['integers with a part too many', withValues([COLUMN.frame, 0, 0, empty, 0])],
    ['integers of an unknown width', withValues([COLUMN.frame, 0, 5, new Uint8Array(10)])],
    ['integers of no width', withValues([COLUMN.frame, 0, 'a', two])],
    ['integers from no number', withValues([COLUMN.frame, 'a', 1, two])],
    ['integers from half a number', withValues([COLUMN.frame, 0.5, 1, two])],
    ['integers in no bytes', withValues([COLUMN.frame, 0, 1, 'ab'])],
    ['too few integers', withValues([COLUMN.frame, 0, 1, Uint8Array.of(1)])],
    ['too many integers', withValues([COLUMN.frame, 0, 1, Uint8Array.of(1, 2, 3)])],
    ['integers beyond exactness', withValues([COLUMN.frame, 2 ** 53 - 1, 1, two])],
    ['steps from no number', withValues([COLUMN.delta, 'a', 0, 0, empty])],
    ['steps from half a number', withValues([COLUMN.delta, 0.5, 0, 0, empty])],
    ['too many steps', withValues([COLUMN.delta, 0, 0, 1, two])],
    ['steps beyond exactness', withValues([COLUMN.delta, 2 ** 53 - 1, 1, 0, empty])],
    ['decimals of no digits', withValues([COLUMN.scaled, 0, frame])],
    ['decimals of too many digits', withValues([COLUMN.scaled, 5, frame])],
    ['decimals of part of a digit', withValues([COLUMN.scaled, 1.5, frame])],
    ['decimals of decimals', withValues([COLUMN.scaled, 1, [COLUMN.scaled, 1, frame]])],
    ['decimals without integers', withValues([COLUMN.scaled, 1, 'a'])],
    ['floats in no bytes', withValues([COLUMN.float64, 'a'])],
    ['too few floats', withValues([COLUMN.float64, new Uint8Array(8)])],
    ['part of a float', withValues([COLUMN.float64, new Uint8Array(15)])],
    ['a dictionary of another kind', withValues([99, ['a'], frame])],
    ['a dictionary that is no list', withValues([COLUMN.dictionary, 'ab', frame])],
    ['a dictionary of numbers', withValues([COLUMN.dictionary, [1], frame])],
    ['a dictionary that is too long', withValues([COLUMN.dictionary, new Array(257).fill('a'), frame])],
    ['a place behind the dictionary', withValues([COLUMN.dictionary, ['a'], ascending])],
    ['a place before the dictionary', withValues([COLUMN.dictionary, ['a'], [COLUMN.frame, -1, 0, empty]])],
    ['a dictionary without places', withValues([COLUMN.dictionary, ['a'], 'a'])],
    [
      'a dictionary with floats for places',
      withValues([COLUMN.dictionary, ['a'], [COLUMN.float64, new Uint8Array(16)]]),
    ],
    ['rows in no bytes', withValues([COLUMN.rows, [1, 2]])],
    ['rows that are no list', withValues([COLUMN.rows, encodeCbor(1)])],
    ['too few rows', withValues(rows([1]))],
    ['too many rows', withValues(rows([1, 2, 3]))],
    ['rows with bytes behind them', withValues([COLUMN.rows, Uint8Array.of(0x82, 1, 2, 3)])],
    ['records without properties', withValues([COLUMN.record, [], []])],
    ['records whose names are no list', withValues([COLUMN.record, 'a', [frame]])],
    ['records with a name that is no string', withValues([COLUMN.record, [1], [frame]])],
    ['records with a second name that is no string', withValues([COLUMN.record, ['a', 1], [frame, frame]])],
    ['records with one name twice', withValues([COLUMN.record, ['a', 'a'], [frame, frame]])],
    ['steps from more than is exact', withValues([COLUMN.delta, 2 ** 53, 0, 0, empty])],
    ['records that change what they inherit', withValues([COLUMN.record, ['__proto__'], [frame]])],
    [
      'records with too many properties',
      withValues([COLUMN.record, range(257).map(String), range(257).map(() => frame)]),
    ],
    ['records with a column too few', withValues([COLUMN.record, ['a', 'b'], [frame]])],
    ['records without columns', withValues([COLUMN.record, ['a'], 'a'])],
    [
      'records that are split too often',
      withValues([COLUMN.record, ['a'], [[COLUMN.record, ['b'], [[COLUMN.record, ['c'], [frame]]]]]]),
    ],
  ])('with %s are corrupt', (_, parts) => {
    expect(codeOf(() => decodeBlock(encodeCbor(parts)))).toBe('INFINITREE_CORRUPT');
  });

  test('may have no entries, whatever a column begins with', () => {
    const none = [0, rows([]), null, null, [COLUMN.delta, 5, 0, 0, empty], null];
    expect(decodeBlock(encodeCbor(none)).values).toEqual([]);
  });

  test.each([
    ['the smallest', [COLUMN.frame, 1.5, 0, empty]],
    ['the first', [COLUMN.delta, 1.5, 0, 0, empty]],
  ])('with minus zero for %s integer hold zeros', (_, column) => {
    const bytes = Buffer.from(encodeCbor(withValues(column))).toString('hex');
    const negative = bytes.replace('fb3ff8000000000000', 'fb8000000000000000');
    expect(negative).not.toBe(bytes);
    expectSame(decodeBlock(Buffer.from(negative, 'hex')).values, [0, 0]);
  });

  test('cannot claim more cells than a block may have', () => {
    const wide = [COLUMN.record, range(100).map(String), range(100).map(() => frame)];
    const deep = [COLUMN.record, range(100).map(String), range(100).map(() => wide)];
    const few = [COLUMN.record, range(3).map(String), range(3).map(() => frame)];
    const act = (values: unknown): unknown =>
      decodeBlock(encodeCbor([MAX_BLOCK_ENTRIES, ascending, null, null, values, null]));
    expect(codeOf(() => act(wide))).toBe('INFINITREE_CORRUPT');
    expect(codeOf(() => act(few))).toBe('INFINITREE_CORRUPT');
    expect(codeOf(() => decodeBlock(encodeCbor([500, ascending, null, null, deep, null])))).toBe('INFINITREE_CORRUPT');
  });

  test('are as deep as a scan allows, and no deeper', () => {
    let parts: unknown = 0;
    for (let i = 0; i < 20; i++) parts = [parts];
    expect(codeOf(() => decodeBlock(encodeCbor(parts)))).toBe('INFINITREE_CORRUPT');
  });

  test('keep the order of composite keys', () => {
    const keys = [toCanonical(Uint8Array.of(1)), toCanonical([]), toCanonical([1])];
    expect(decodeBlock(encodeBlock({ keys, values: keys.map(() => 0) })).keys).toEqual(keys);
    expect(codeOf(() => decodeBlock(encodeBlock({ keys: [...keys].reverse(), values: keys.map(() => 0) })))).toBe(
      'INFINITREE_CORRUPT',
    );
  });
});
