import { OBJECT, shapeOf } from './shapes.js';

/**
 * Something that grows with the number of entries.
 *
 * @typedef {object} Metric
 * @property {string} name
 * @property {string} unit
 * @property {(points: readonly import('./child.js').Point[], at: number) => number | undefined} of  at one of the points
 * @property {number} [least]  what is measured of less says nothing
 */

/** Memory goes up and down by as many megabytes with what else is collected or not. */
const NOISE_MB = 10;

/** @param {(point: import('./child.js').Point) => number | undefined} value @returns {Metric['of']} */
const at = (value) => (points, i) => value(/** @type {import('./child.js').Point} */ (points[i]));

/** What was written up to a point. @param {(write: import('./child.js').Point['write']) => number} value @returns {Metric['of']} */
const upTo = (value) => (points, i) => points.slice(0, i + 1).reduce((sum, { write }) => sum + value(write), 0);

/** @type {readonly Metric[]} */
export const METRICS = [
  { name: 'index', unit: 'MB', of: at(({ read }) => read.indexBytes / 1e6) },
  { name: 'index written, in objects', unit: 'MB', of: upTo(({ put }) => (put * OBJECT) / 1e6) },
  {
    name: 'requests for index and heads',
    unit: '',
    of: upTo(({ put, get, delete: gone, heads }) => put + get + gone + heads),
  },
  { name: 'blocks', unit: '', of: at(({ read }) => read.blocks) },
  { name: 'indexes of runs', unit: 'KB', of: at(({ read }) => read.runIndexBytes / 1e3) },
  { name: 'heap of gc', unit: 'MB', of: at(({ care }) => care?.gcHeapMb), least: NOISE_MB },
  { name: 'heap of verify', unit: 'MB', of: at(({ care }) => care?.verifyHeapMb), least: NOISE_MB },
  { name: 'requests of gc', unit: '', of: at(({ care }) => care?.gcRequests) },
];

/**
 * A straight line through two points, which is all that these sizes are taken to be: what grows faster shows as a prediction
 * that is too low.
 *
 * @param {readonly { entries: number, value: number }[]} points
 */
export function lineThrough([a, b]) {
  if (a === undefined || b === undefined) return undefined;
  const slope = (b.value - a.value) / (b.entries - a.entries);
  return { slope, at: (/** @type {number} */ entries) => a.value + slope * (entries - a.entries) };
}

/**
 * What the two smaller points say of the largest, beside what was measured there, and the line through the two larger ones.
 *
 * @param {readonly import('./child.js').Point[]} points
 */
export function fits(points) {
  return METRICS.flatMap(({ name, unit, of, least = 0 }) => {
    const values = points.flatMap(({ entries }, i) => {
      const value = of(points, i);
      return value === undefined ? [] : [{ entries, value }];
    });
    const line = lineThrough(values.slice(-2));
    const last = values.at(-1);
    if (line === undefined || last === undefined || last.value < least) return [];
    const predicted = values.length > 2 ? lineThrough(values.slice(-3, -1))?.at(last.entries) : undefined;
    return [{ name, unit, entries: last.entries, measured: last.value, predicted, at: line.at }];
  });
}

/** How many entries there are of a shape where that many bytes are stored. @param {string} shape @param {number} bytes */
export function entriesOf(shape, bytes) {
  return bytes / shapeOf(shape).bytes;
}
