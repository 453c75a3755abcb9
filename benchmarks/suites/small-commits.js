import { recordsAfter } from '../records.js';
import { thousands } from '../shown.js';
import { requireStored } from './answers.js';

const COMMITS = 1_000;
const GROUPS = 100;
const GROUP = 16;
/** After as many, a process runs compiled code. */
const COMMITS_BEFORE = 4_000;
const GROUPS_BEFORE = 400;

/** Each workload goes on behind the keys of the one before: all of them run in the same database. */
const FIRST = {
  one: 0,
  oneLater: COMMITS,
  many: 2 * COMMITS + COMMITS_BEFORE,
  manyLater: 2 * COMMITS + COMMITS_BEFORE + GROUPS * GROUP,
};

/** @typedef {import('../peers/peer.js').Store} Store @typedef {readonly import('../records.js').Entry[]} Entries */

/** @type {Record<string, import('./index.js').Workload>} */
export const smallCommits = {
  one: {
    title: () => `one of ${thousands(COMMITS)} commits of one record each, first in the process`,
    unit: 'µs',
    measure: (run) => commits(run, { first: FIRST.one, before: 0, count: COMMITS, size: 1 }),
  },

  oneLater: {
    title: () => `  and behind ${thousands(COMMITS_BEFORE)} others of the process`,
    unit: 'µs',
    measure: (run) => commits(run, { first: FIRST.oneLater, before: COMMITS_BEFORE, count: COMMITS, size: 1 }),
  },

  many: {
    title: () => `${GROUP} commits asked for at once, ${GROUPS} times, first in the process`,
    unit: 'µs',
    measure: (run) => commits(run, { first: FIRST.many, before: 0, count: GROUPS, size: GROUP }),
  },

  manyLater: {
    title: () => `  and behind ${GROUPS_BEFORE} times as many of the process`,
    unit: 'µs',
    measure: (run) => commits(run, { first: FIRST.manyLater, before: GROUPS_BEFORE, count: GROUPS, size: GROUP }),
  },
};

/**
 * @param {import('./index.js').Run} run
 * @param {{ first: number, before: number, count: number, size: number }} plan  groups of so many commits, asked for at once
 */
async function commits({ peer, dir, secret, records, timed }, { first, before, count, size }) {
  const fresh = recordsAfter(records + first, (before + count) * size);
  const store = await peer.open(dir, secret);
  await commitAll(store, fresh.slice(0, before * size), size);
  await timed(() => commitAll(store, fresh.slice(before * size), size));
  await store.close();
  await requireStored(peer, dir, secret, fresh);
  return { divisor: count };
}

/** @param {Store} store @param {Entries} entries @param {number} size */
async function commitAll(store, entries, size) {
  if (size === 1) {
    for (const [key, value] of entries) await store.commitOne(key, value);
    return;
  }
  for (let i = 0; i < entries.length; i += size) await store.commitMany16(entries.slice(i, i + size));
}
