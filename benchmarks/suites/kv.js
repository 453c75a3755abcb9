import { Digest, recordSlices, requireRecords } from '../records.js';
import { thousands } from '../shown.js';
import { bytesOnDisk } from '../size.js';
import { randomGets } from './random-gets.js';
import { smallCommits } from './small-commits.js';

/** @type {Record<string, import('./index.js').Workload>} */
export const kv = {
  bulk: {
    title: (records) => `bulk commit of ${thousands(records)} records`,
    unit: 'ms',
    target: 3,
    async measure({ peer, dir, secret, records, verify, timed, paused }) {
      const slices = recordSlices(records);
      const first = slices.next();
      const store = await peer.create(dir, secret);
      // All of the usual data set is in the first slice. Of more the clock stands still while the next ones are made.
      let stoppedMs = 0;
      function* handedOver() {
        for (let slice = first; slice.done !== true; ) {
          yield slice.value;
          const { result, ms } = paused(() => slices.next());
          stoppedMs += ms;
          slice = result;
        }
      }
      const { staging = 0, ...parts } = await timed(() => store.bulkCommit(handedOver()));
      await store.close();
      if (verify) await check(peer, dir, secret, records);
      return { parts: { staging: staging - stoppedMs, ...parts } };
    },
  },

  size: {
    title: (records) => `size of ${thousands(records)} records on disk`,
    unit: 'MB',
    // Before anything is added: workloads run in the order of this list.
    measure: async ({ dir }) => ({ value: (await bytesOnDisk(dir)) / 1e6 }),
  },

  load: {
    title: (records) => `open and load ${thousands(records)} records`,
    unit: 'ms',
    target: 2,
    async measure({ peer, dir, secret, records, timed }) {
      const { store, loaded, parts } = await timed(async () => {
        const start = performance.now();
        const store = await peer.open(dir, secret);
        const opened = performance.now();
        const loaded = await store.loadAll();
        return { store, loaded, parts: { open: opened - start, load: performance.now() - opened } };
      });
      requireRecords(loaded, records);
      await store.close();
      return { parts };
    },
  },

  through: {
    title: (records) => `go through ${thousands(records)} records that were loaded, for the first time`,
    unit: 'ms',
    async measure({ peer, dir, secret, records, timed }) {
      const store = await peer.open(dir, secret);
      const loaded = await store.loadAll();
      const found = new Digest();
      await timed(async () => {
        for (const [key, value] of loaded) found.add(key, value);
      });
      requireAll(found, records);
      await store.close();
      return {};
    },
  },

  iterate: {
    title: (records) => `iterate over ${thousands(records)} records`,
    unit: 'ms',
    async measure({ peer, dir, secret, records, timed }) {
      const store = await peer.open(dir, secret);
      const found = new Digest();
      await timed(() => store.iterate((key, value) => found.add(key, value)));
      requireAll(found, records);
      await store.close();
      return {};
    },
  },

  ...randomGets,
  ...smallCommits,
};

/** @param {import('../peers/peer.js').Peer} peer @param {string} dir @param {Buffer} secret @param {number} records */
async function check(peer, dir, secret, records) {
  const store = await peer.open(dir, secret);
  requireRecords(await store.loadAll(), records);
  await store.close();
}

/** @param {Digest} found @param {number} records */
function requireAll(found, records) {
  const expected = new Digest();
  for (const slice of recordSlices(records)) for (const [key, value] of slice) expected.add(key, value);
  if (String(found) !== String(expected)) throw new Error(`Going through all gave ${found} instead of ${expected}.`);
}
