import { mulberry32 } from '../records.js';
import { thousands } from '../shown.js';
import { answersOf, requireAnswers } from './answers.js';

const GETS = 1_000;
/** So many places of a data set are asked for again and again, each for keys that lie within so many. */
const PLACES = 20;
const NEAR = 2_000;
/** Rounds of as many gets, after which a process runs compiled code. */
const ROUNDS_BEFORE = 30;

/** @type {Record<string, import('./index.js').Workload>} */
export const randomGets = {
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
    measure: (run) => getsNear(run, 1),
  },

  nearLater: {
    title: () => `one of ${thousands(GETS)} such gets, behind ${thousands(ROUNDS_BEFORE * GETS)} others of the process`,
    unit: 'µs',
    measure: (run) => getsNear(run, ROUNDS_BEFORE),
  },
};

/** @param {import('./index.js').Run} run @param {number} roundsBefore */
async function getsNear({ peer, dir, secret, records, seed, timed }, roundsBefore) {
  const random = mulberry32(seed);
  const places = Array.from({ length: PLACES }, () => Math.floor(random() * (records - NEAR)));
  const keysNear = () =>
    Array.from({ length: GETS }, (_, i) => 1 + (places[i % PLACES] ?? 0) + Math.floor(random() * NEAR));
  const store = await peer.open(dir, secret);
  for (let round = 0; round < roundsBefore; round++) await answersOf(store, keysNear());
  const keys = keysNear();
  requireAnswers(keys, await timed(() => answersOf(store, keys)), records);
  await store.close();
  return { divisor: GETS };
}
