/**
 * A bound that a tree may come to, or something that grows with all there is.
 *
 * @typedef {object} Finding
 * @property {string} what
 * @property {string} measured  with its number
 * @property {string} limit  where it ends, or what it comes to; what follows from the code and was not measured says so
 * @property {string} where  in the sources
 */

/** The heap that Node allows itself where nothing else is said, on a machine with 16 GB or more. */
export const DEFAULT_HEAP_MB = 4144;
/** Storage objects of a terabyte. */
export const OBJECTS_PER_TB = 1e12 / (4 * 1024 * 1024);

/** @param {number} value @param {number} [digits] */
export function number(value, digits = 0) {
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}
