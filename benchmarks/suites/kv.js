import {
  Digest,
  mulberry32,
  pickRecords,
  recordSlices,
  recordsAfter,
  requireRecords,
  requireValue,
} from '../records.js';
import { thousands } from '../shown.js';
import { bytesOnDisk } from '../size.js';

const COMMITS = 1_000;
const GROUPS = 100;
const GROUP = 16;
const GETS = 1_000;
/** So many places of a data set are asked for again and again, each for keys that lie within so many. */
const PLACES = 20;
const NEAR = 2_000;

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

  get: {
    title: () => `one of ${thousands(GETS)} random gets, first in the process`,
    unit: 'µs',
    async measure({ peer, dir, secret, records, seed, timed }) {
      const random = mulberry32(seed);
      const keys = Array.from({ length: GETS }, () => 1 + Math.floor(random() * records));
      const store = await peer.open(dir, secret);
      requireAnswers(keys, await timed(() => answersOf(store, keys)), records);
      await store.close();
      return { divisor: GETS };
    },
  },

  near: {
    title: () => `one of ${thousands(GETS)} random gets, near keys that were asked for before`,
    unit: 'µs',
    async measure({ peer, dir, secret, records, seed, timed }) {
      const random = mulberry32(seed);
      const places = Array.from({ length: PLACES }, () => Math.floor(random() * (records - NEAR)));
      const keysNear = () =>
        Array.from({ length: GETS }, (_, i) => 1 + (places[i % PLACES] ?? 0) + Math.floor(random() * NEAR));
      const store = await peer.open(dir, secret);
      await store.randomGets(keysNear(), () => undefined);
      const keys = keysNear();
      requireAnswers(keys, await timed(() => answersOf(store, keys)), records);
      await store.close();
      return { divisor: GETS };
    },
  },

  one: {
    title: () => `one of ${thousands(COMMITS)} commits of one record each`,
    unit: 'µs',
    async measure({ peer, dir, secret, records, timed }) {
      const fresh = recordsAfter(records, COMMITS);
      const store = await peer.open(dir, secret);
      await timed(async () => {
        for (const [key, value] of fresh) await store.commitOne(key, value);
      });
      await store.close();
      await requireStored(peer, dir, secret, fresh);
      return { divisor: COMMITS };
    },
  },

  many: {
    title: () => `${GROUP} commits asked for at once`,
    unit: 'µs',
    async measure({ peer, dir, secret, records, timed }) {
      // Behind those of `one`, which runs before this in the same database.
      const fresh = recordsAfter(records + COMMITS, GROUPS * GROUP);
      const store = await peer.open(dir, secret);
      await timed(async () => {
        for (let i = 0; i < fresh.length; i += GROUP) await store.commitMany16(fresh.slice(i, i + GROUP));
      });
      await store.close();
      await requireStored(peer, dir, secret, fresh);
      return { divisor: GROUPS };
    },
  },
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

/** @param {import('../peers/peer.js').Store} store @param {readonly number[]} keys */
async function answersOf(store, keys) {
  /** @type {[number, import('../records.js').Measurement | undefined][]} */
  const found = [];
  await store.randomGets(keys, (key, value) => found.push([key, value]));
  return found;
}

/** @param {readonly number[]} keys @param {Awaited<ReturnType<typeof answersOf>>} found @param {number} records */
function requireAnswers(keys, found, records) {
  const expected = pickRecords(records, keys);
  for (const [i, key] of keys.entries()) requireFound(found[i], key, expected.get(key));
}

/** Opens anew, so that what is found was stored. @param {import('../peers/peer.js').Peer} peer @param {string} dir @param {Buffer} secret @param {readonly import('../records.js').Entry[]} entries */
async function requireStored(peer, dir, secret, entries) {
  const store = await peer.open(dir, secret);
  let i = 0;
  await store.randomGets(
    entries.map(([key]) => key),
    (key, value) => {
      const [expectedKey, expected] = entries[i++] ?? [];
      requireFound([key, value], expectedKey, expected);
    },
  );
  await store.close();
  if (i !== entries.length) throw new Error(`${i} of ${entries.length} keys were answered.`);
}

/**
 * @param {readonly [number, import('../records.js').Measurement | undefined] | undefined} found
 * @param {number | undefined} key
 * @param {import('../records.js').Measurement | undefined} expected
 */
function requireFound(found, key, expected) {
  if (key === undefined || expected === undefined) throw new RangeError(`There is no record of key ${key}.`);
  if (found?.[0] !== key) throw new Error(`Key ${found?.[0]} was answered instead of ${key}.`);
  requireValue(key, found[1], expected);
}
