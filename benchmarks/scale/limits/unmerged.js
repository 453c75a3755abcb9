import { askReader } from '../ask.js';
import { growth } from '../grow.js';
import { number } from './limit.js';

/** Too many for their entries to ride in a head. */
const PER_COMMIT = 1500;

/**
 * Commits that are too large for a frame, with keys in no order, before any of them is folded.
 *
 * @param {number} commits
 * @returns {Promise<import('./limit.js').Finding[]>}
 */
export async function unmergedRuns(commits) {
  const total = commits * PER_COMMIT;
  const grown = growth({ shape: 'photos', perCommit: PER_COMMIT, shuffled: true, total });
  await grown.to(total);
  const { runs, firstGetRequests } = await askReader(grown.backend, total);
  return [
    {
      what: 'Runs that are not merged',
      measured:
        `after ${commits} commits of ${number(PER_COMMIT)} keys in no order there are ${runs} runs, and the first get of a handle ` +
        `takes ${firstGetRequests} requests`,
      limit: '16 such runs are folded beside commits, and then merged; compact() folds first',
      where: 'tree/write/compaction.ts, MANY_RUNS',
    },
  ];
}
