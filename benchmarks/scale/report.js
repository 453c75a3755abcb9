import { tmpdir } from 'node:os';
import { describeMachine } from '../machine.js';
import { apart } from './apart.js';
import { LIMITS } from './limits/index.js';
import { markdown } from './markdown.js';

/** How many commits bring a tree to its full size. */
const COMMITS = 500;
/** With how many entries the limits are shown as is usual. */
const USUAL = 200_000;

/**
 * @typedef {object} Result
 * @property {Awaited<ReturnType<typeof describeMachine>>} machine
 * @property {number} entries
 * @property {number} perCommit
 * @property {Readonly<Record<string, import('./child.js').Grown>>} shapes
 * @property {readonly import('./limits/limit.js').Finding[]} limits
 */

/**
 * Runs the simulation, and gives what is to be printed: JSON, or tables in Markdown.
 *
 * @param {import('../options.js').Options} options
 * @param {(line: string) => void} progress
 */
export async function reportScale({ entries, shapes, json }, progress) {
  const machine = await describeMachine(tmpdir());
  const perCommit = Math.max(1, Math.round(entries / COMMITS));
  const points = [...new Set([entries / 10, entries / 3, entries].map(Math.round))];
  /** @type {Record<string, import('./child.js').Grown>} */
  const grown = {};
  for (const shape of shapes) {
    grown[shape] = await apart({ shape, points, perCommit, careUpTo: USUAL }, progress);
  }
  /** @type {import('./limits/limit.js').Finding[]} */
  const limits = [];
  for (const limit of Object.keys(LIMITS)) {
    progress(`limits: ${limit}`);
    limits.push(...(await apart({ limit, part: Math.min(1, entries / USUAL) }, progress)));
  }
  /** @type {Result} */
  const result = { machine, entries, perCommit, shapes: grown, limits };
  return json ? `${JSON.stringify({ format: 1, ...result }, null, 2)}\n` : markdown(result);
}
