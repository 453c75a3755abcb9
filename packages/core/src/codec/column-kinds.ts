/** The first element of every column: how its values are stored. */
export const COLUMN = {
  /** Any values: a byte string that holds a CBOR array of them, with escape tags. */
  rows: 0,
  /** Integers as their distance from the smallest one. */
  frame: 1,
  /** Integers as their distance from the one before. */
  delta: 2,
  /** Decimals as integers, times a power of ten. */
  scaled: 3,
  /** Any numbers, exactly. */
  float64: 4,
  /** Strings, booleans, null and undefined as places in a list of the distinct ones. */
  dictionary: 5,
  /** Plain objects of one shape: a column for each property. */
  record: 6,
  /** Keys in their own encoding. */
  keys: 7,
} as const;

/** The widths of an element in {@link COLUMN.frame} and {@link COLUMN.delta}, in bytes; 0 where all are the same. */
export const INTEGER_WIDTHS = [0, 1, 2, 3, 4, 6] as const;

/** The largest number of digits behind the point in {@link COLUMN.scaled}. */
export const MAX_SCALE = 4;

/** The largest number of distinct values in {@link COLUMN.dictionary}. */
export const MAX_DICTIONARY = 256;

/** The largest number of properties of a {@link COLUMN.record}; objects with more are rows. */
export const MAX_PROPERTIES = 256;

/** How deep records may be split: the properties of a property. */
export const MAX_RECORD_LEVELS = 2;

/** The largest number of entries in a block. A column of equal integers takes no bytes, so nothing else bounds it. */
export const MAX_BLOCK_ENTRIES = 65_536;

/**
 * The largest number of properties times entries that records of one block may be split into. A column of equal values
 * takes next to no bytes, so a short block could otherwise cost seconds and hundreds of megabytes; a block that is filled
 * as far as writers fill it has two thirds of this.
 */
export const MAX_BLOCK_CELLS = 65_536;

/** What one block may still be split into; encoder and decoder count alike. */
export class CellBudget {
  #left = MAX_BLOCK_CELLS;

  /** Whether there were that many left; if so, they are spent. */
  spend(cells: number): boolean {
    if (cells > this.#left) return false;
    this.#left -= cells;
    return true;
  }
}

/** A column as CBOR holds it: its kind, then what that kind needs. */
export type EncodedColumn = readonly unknown[];
