import { clearing } from './clears.js';
import { dropboxes } from './dropboxes.js';
import { headRoom } from './head-room.js';
import { mergedBlocks } from './merged-blocks.js';
import { oneBlob } from './one-blob.js';
import { replacing } from './replaced.js';
import { runIndexes } from './run-index.js';
import { unmergedRuns } from './unmerged.js';
import { valuesApart } from './values-apart.js';
import { writerSession } from './writer-session.js';

/**
 * What shows a bound or a growth each, by name. `part`: how much of what is usual, up to 1.
 *
 * @type {Readonly<Record<string, (part: number) => Promise<readonly import('./limit.js').Finding[]>>>}
 */
export const LIMITS = {
  session: (part) => writerSession(scaled(6000, part, 2000)),
  blob: () => oneBlob(),
  clears: (part) => clearing(scaled(8192, part, 1024)),
  replaced: (part) => replacing(scaled(60_000, part, 40_000)),
  head: (part) => headRoom(scaled(600, part, 20)),
  apart: (part) => valuesApart(scaled(8000, part, 1000)),
  index: (part) => runIndexes(scaled(100_000, part, 1000)),
  merged: (part) => mergedBlocks(scaled(20_000, part, 10_000)),
  unmerged: (part) => unmergedRuns(scaled(64, part, 8)),
  dropboxes: (part) => dropboxes(scaled(100_000, part, 2500)),
};

/** @param {number} usual @param {number} part @param {number} least */
function scaled(usual, part, least) {
  return Math.max(least, Math.round(usual * part));
}
