// A part of the simulation in a process of its own, so that its memory is its own. Started by apart.js.
import { askCare, askReader, askWriter } from './ask.js';
import { growth } from './grow.js';
import { LIMITS } from './limits/index.js';
import { shapeOf } from './shapes.js';

/**
 * @typedef {{ shape: string, points: readonly number[], perCommit: number, careUpTo: number } | { limit: string, part: number }} Job
 *
 * @typedef {object} Point
 * @property {number} entries
 * @property {number} madeUp  storage objects that are there in name
 * @property {Awaited<ReturnType<import('./grow.js').Growth['to']>>} write  since the point before
 * @property {Awaited<ReturnType<typeof askReader>>} read
 * @property {Awaited<ReturnType<typeof askCare>> | undefined} care
 *
 * @typedef {{ points: readonly Point[], small: Awaited<ReturnType<typeof askWriter>> }} Grown
 */

/** @param {Job} job */
async function run(job) {
  if ('limit' in job) return LIMITS[job.limit]?.(job.part);
  const { shape, points, perCommit, careUpTo } = job;
  const { isWalked, shuffled } = shapeOf(shape);
  const grown = growth({ shape, perCommit, shuffled, total: points.at(-1) ?? 0 });
  /** @type {Point[]} */
  const measured = [];
  for (const entries of points) {
    const write = await grown.to(entries);
    const read = await askReader(grown.backend, entries);
    const care = isWalked && entries <= careUpTo ? await askCare(grown.backend) : undefined;
    measured.push({ entries, madeUp: grown.backend.madeUp, write, read, care });
    process.send?.({ progress: `${shape}: ${entries.toLocaleString('en')} entries` });
  }
  return { points: measured, small: await askWriter(grown.backend, points.at(-1) ?? 0) };
}

process.once('message', async (message) => {
  try {
    process.send?.({ result: await run(/** @type {Job} */ (message)) });
  } catch (error) {
    process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
  process.disconnect();
});
