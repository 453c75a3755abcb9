import { recordsAfter } from '../records.js';
import { thousands } from '../shown.js';
import { requireStored } from './answers.js';

const COMMITS = 1_000;
const GROUPS = 100;
const GROUP = 16;
/** After as many, a process runs compiled code. */
const COMMITS_BEFORE = 4_000;
const GROUPS_BEFORE = 400;

/** @typedef {import('../peers/peer.js').Store} Store @typedef {readonly import('../records.js').Entry[]} Entries */

/** Each in the same database as the one before, and behind its keys. @type {Record<string, import('./index.js').Workload>} */
export const smallCommits = {
  one: {
    title: () => `one of ${thousands(COMMITS)} commits of one record each, first in the process`,
    unit: 'µs',
    measure: (run) => commits(run, oneByOne, { first: 0, before: 0, count: COMMITS }),
  },

  many: {
    title: () => `${GROUP} commits asked for at once, ${GROUPS} times, first in the process`,
    unit: 'µs',
    async measure(run) {
      await commits(run, inGroups, { first: COMMITS, before: 0, count: GROUPS * GROUP });
      return { divisor: GROUPS };
    },
  },

  oneLater: {
    title: () => `one of ${thousands(COMMITS)} commits of one record each, behind ${thousands(COMMITS_BEFORE)} others`,
    unit: 'µs',
    measure: (run) => commits(run, oneByOne, { first: 10_000, before: COMMITS_BEFORE, count: COMMITS }),
  },

  manyLater: {
    title: () => `${GROUP} commits asked for at once, ${GROUPS} times, behind ${GROUPS_BEFORE} others`,
    unit: 'µs',
    async measure(run) {
      await commits(run, inGroups, { first: 20_000, before: GROUPS_BEFORE * GROUP, count: GROUPS * GROUP });
      return { divisor: GROUPS };
    },
  },
};

/**
 * @param {import('./index.js').Run} run
 * @param {(store: Store, entries: Entries) => Promise<void>} commitAll
 * @param {{ first: number, before: number, count: number }} plan  where keys begin, behind those of the records, and how many there are
 */
async function commits({ peer, dir, secret, records, timed }, commitAll, { first, before, count }) {
  const fresh = recordsAfter(records + first, before + count);
  const store = await peer.open(dir, secret);
  await commitAll(store, fresh.slice(0, before));
  await timed(() => commitAll(store, fresh.slice(before)));
  await store.close();
  await requireStored(peer, dir, secret, fresh);
  return { divisor: count };
}

/** @param {Store} store @param {Entries} entries */
async function oneByOne(store, entries) {
  for (const [key, value] of entries) await store.commitOne(key, value);
}

/** @param {Store} store @param {Entries} entries */
async function inGroups(store, entries) {
  for (let i = 0; i < entries.length; i += GROUP) await store.commitMany16(entries.slice(i, i + GROUP));
}
