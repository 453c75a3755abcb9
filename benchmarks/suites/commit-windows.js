import { thousands } from '../shown.js';
import { median } from '../statistics.js';

/** Where windows end, and how many commits are in one. */
const ENDS = [1_000, 10_000, 100_000];
const WINDOW = 500;

/** Where the windows of so many commits end. @param {number} all */
export function endsOf(all) {
  return [...new Set([...ENDS.filter((end) => end < all), all])];
}

/** @param {number} end */
function startOf(end) {
  return Math.max(0, end - WINDOW);
}

/** @param {number} end */
export function windowTitle(end) {
  return `commit ${thousands(startOf(end) + 1)} to ${thousands(end)}`;
}

/** The worst of the later windows beside the first. @param {string} name @param {import('../figures/suite.js').Values} values @param {number} all */
export function ratios(name, values, all) {
  const [first = Number.NaN, ...later] = endsOf(all).map((end) => values[`${name}:${end}`] ?? Number.NaN);
  const ratio = later.length === 0 ? Number.NaN : Math.max(...later) / first;
  return Number.isNaN(ratio) ? {} : { [`${name}Ratio`]: ratio };
}

/** Whether the commit at this place, from 0 on, is in a window. @param {readonly number[]} ends @param {number} i */
export function isInside(ends, i) {
  return ends.some((end) => i >= startOf(end) && i < end);
}

/**
 * @param {number} end
 * @param {Float64Array} times  in milliseconds
 * @param {ReadonlyMap<number, number>} written  in bytes, by the number of commits so far
 * @returns {import('../figures/suite.js').Values}
 */
export function windowValues(end, times, written) {
  const start = startOf(end);
  const time = { [`time:${end}`]: median([...times.subarray(start, end)]) * 1000 };
  if (written.size === 0) return time;
  const marks = Array.from({ length: end - start + 1 }, (_, i) => written.get(start + i) ?? Number.NaN);
  const each = marks.slice(1).map((bytes, i) => bytes - (marks[i] ?? Number.NaN));
  const total = (marks.at(-1) ?? Number.NaN) - (marks[0] ?? Number.NaN);
  return { ...time, [`bytes:${end}`]: median(each), [`meanBytes:${end}`]: total / (end - start) };
}
