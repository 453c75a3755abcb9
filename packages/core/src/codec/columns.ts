import { asKey, assemble, assembleOne } from './assemble.js';
import { decodeScanned } from './cbor.js';
import { CellBudget, COLUMN, type EncodedColumn, MAX_RECORD_LEVELS } from './column-kinds.js';
import { corrupt } from './corrupt.js';
import { decodeDictionary, encodeDictionary } from './dictionary-column.js';
import { encodeFloat64, encodeNumbers, openNumbers } from './number-column.js';
import { type OpenColumn, together } from './open-column.js';
import { checkedNames, splitRecords } from './record-column.js';
import { encodeValues, VALUE_LIMITS } from './value-codec.js';
import { fromCborSafe } from './value-tree.js';

/** The narrowest form for these values, which were admitted; looks at the first one to know which to try. */
export function encodeColumn(
  values: Float64Array | readonly unknown[],
  budget = new CellBudget(),
  level = 0,
): EncodedColumn {
  if (values instanceof Float64Array) return encodeFloat64(values);
  // A value alone gains nothing from columns, and most commits change one.
  if (values.length === 1) return rows(values);
  const first = values[0];
  if (typeof first === 'number') return encodeNumbers(values) ?? rows(values);
  if (typeof first !== 'object' || first === null) return encodeDictionary(values) ?? rows(values);
  const records = level < MAX_RECORD_LEVELS ? splitRecords(values, budget) : undefined;
  if (records === undefined) return rows(values);
  const columns = records.columns.map((column) => encodeColumn(column, budget, level + 1));
  return [COLUMN.record, records.names, columns];
}

function rows(values: readonly unknown[]): EncodedColumn {
  return [COLUMN.rows, encodeValues(values)];
}

/** Decodes the columns of one block. Everything malformed is `CORRUPT`, before anything is made from it. */
export class ColumnDecoder {
  readonly #budget = new CellBudget();
  /** Whether freezing protects all values decoded so far: none holds a Date, Map, Set or bytes. */
  plain = true;

  /** The `count` values of a column. */
  decode(column: unknown, count: number): unknown[] {
    return this.open(column, count).all();
  }

  /** The same, put together when they are asked for: who looks for one of thousands need not have all. */
  open(column: unknown, count: number, level = 0): OpenColumn {
    if (!Array.isArray(column)) throw corrupt('A column is malformed');
    const parts = column as unknown[];
    if (parts[0] === COLUMN.rows && parts.length === 2) return together(this.#rows(parts[1], count));
    if (parts[0] === COLUMN.record && parts.length === 3) return this.#records(parts[1], parts[2], count, level);
    const numbers = openNumbers(parts, count);
    if (numbers !== undefined) return numbers;
    const values = decodeDictionary(parts, count);
    if (values === undefined) throw corrupt('A column is of no known kind');
    return together(values);
  }

  #rows(bytes: unknown, count: number): unknown[] {
    if (!(bytes instanceof Uint8Array)) throw corrupt('A column of rows is malformed');
    const { value, scan } = decodeScanned(bytes, VALUE_LIMITS);
    if (!Array.isArray(value) || value.length !== count) {
      throw corrupt('A column of rows has not as many as there are entries');
    }
    if (scan.escaped || scan.bytes) this.plain = false;
    return scan.escaped ? (value as unknown[]).map(fromCborSafe) : (value as unknown[]);
  }

  #records(names: unknown, columns: unknown, count: number, level: number): OpenColumn {
    if (level >= MAX_RECORD_LEVELS) throw corrupt('A column of records is nested too deep');
    const known = checkedNames(names, count, this.#budget).map(asKey);
    if (!Array.isArray(columns) || columns.length !== known.length) {
      throw corrupt('A column of records has not as many columns as properties');
    }
    const parts = (columns as unknown[]).map((column) => this.open(column, count, level + 1));
    return {
      at: (index) => assembleOne(known, parts, index),
      all: () => {
        const values = parts.map((part) => part.all());
        return assemble(known, values, count);
      },
    };
  }
}
