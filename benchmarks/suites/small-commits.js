import { recordsAfter } from '../records.js';
import { thousands } from '../shown.js';
import { requireStored } from './answers.js';

const COMMITS = 1_000;
const GROUPS = 100;
/** After as many, a process runs compiled code. */
const COMMITS_BEFORE = 4_000;
const GROUPS_BEFORE = 400;

/**
 * @typedef {object} Way  of committing
 * @property {number} size  how many entries at a time
 * @property {(store: import('../peers/peer.js').Store, entries: readonly import('../records.js').Entry[]) => Promise<void>} commit
 */

/** @type {Way} */
const ALONE = {
  size: 1,
  commit: async (store, entries) => {
    for (const [key, value] of entries) await store.commitOne(key, value);
  },
};

/** @type {Way} */
const GROUP = { size: 16, commit: (store, entries) => store.commitMany16(entries) };

/** Each in the same database as the one before, and behind its keys. @type {Record<string, import('./index.js').Workload>} */
export const smallCommits = {
  one: {
    title: () => `one of ${thousands(COMMITS)} commits of one record each, first in the process`,
    unit: 'µs',
    measure: (run) => commits(run, ALONE, { first: 0, before: 0, count: COMMITS }),
  },

  many: {
    title: () => `${GROUP.size} commits asked for at once, ${GROUPS} times, first in the process`,
    unit: 'µs',
    measure: (run) => commits(run, GROUP, { first: COMMITS, before: 0, count: GROUPS }),
  },

  oneLater: {
    title: () => `one of ${thousands(COMMITS)} commits of one record each, behind ${thousands(COMMITS_BEFORE)} others`,
    unit: 'µs',
    measure: (run) => commits(run, ALONE, { first: 10_000, before: COMMITS_BEFORE, count: COMMITS }),
  },

  manyLater: {
    title: () => `${GROUP.size} commits asked for at once, ${GROUPS} times, behind ${GROUPS_BEFORE} others`,
    unit: 'µs',
    measure: (run) => commits(run, GROUP, { first: 20_000, before: GROUPS_BEFORE, count: GROUPS }),
  },
};

/**
 * @param {import('./index.js').Run} run
 * @param {Way} way
 * @param {{ first: number, before: number, count: number }} plan  where keys begin, behind those of the records, and how often it commits
 */
async function commits({ peer, dir, secret, records, timed }, { size, commit }, { first, before, count }) {
  const fresh = recordsAfter(records + first, (before + count) * size);
  const store = await peer.open(dir, secret);
  const commitTimes = async (/** @type {number} */ from, /** @type {number} */ to) => {
    for (let i = from; i < to; i++) await commit(store, fresh.slice(i * size, (i + 1) * size));
  };
  await commitTimes(0, before);
  await timed(() => commitTimes(before, before + count));
  await store.close();
  await requireStored(peer, dir, secret, fresh);
  return { divisor: count };
}
