import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';

/** Milliseconds between two looks at the clock. They are in what the histogram holds, and are no delay. */
const RESOLUTION = 1;
/** Long enough for a first look, before which nothing is held, and for the look that sees how the work ended. */
const SETTLE_MS = 5;

/**
 * Watches how late the event loop takes its turns while `work` is at it.
 *
 * @param {string} phase  the beginning of the figures' names
 * @param {() => Promise<unknown>} work
 * @returns {Promise<import('./suite.js').Values>}
 */
export async function watchLoop(phase, work) {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  histogram.enable();
  await setTimeout(SETTLE_MS);
  await work();
  await setTimeout(SETTLE_MS);
  histogram.disable();
  /** @param {number} nanoseconds */
  const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION);
  return { [`${phase}Tail`]: late(histogram.percentile(99.9)), [`${phase}Longest`]: late(histogram.max) };
}
