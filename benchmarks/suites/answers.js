import { pickRecords, requireValue } from '../records.js';

/**
 * What a store answers, kept to be compared when the clock has stopped.
 *
 * @param {import('../peers/peer.js').Store} store
 * @param {readonly number[]} keys
 */
export async function answersOf(store, keys) {
  /** @type {[number, import('../records.js').Measurement | undefined][]} */
  const found = [];
  await store.randomGets(keys, (key, value) => found.push([key, value]));
  return found;
}

/** @param {readonly number[]} keys @param {Awaited<ReturnType<typeof answersOf>>} found @param {number} records */
export function requireAnswers(keys, found, records) {
  const expected = pickRecords(records, keys);
  for (const [i, key] of keys.entries()) requireFound(found[i], key, expected.get(key));
}

/** Opens anew, so that what is found was stored. @param {import('../peers/peer.js').Peer} peer @param {string} dir @param {Buffer} secret @param {readonly import('../records.js').Entry[]} entries */
export async function requireStored(peer, dir, secret, entries) {
  const store = await peer.open(dir, secret);
  const found = await answersOf(
    store,
    entries.map(([key]) => key),
  );
  await store.close();
  if (found.length !== entries.length) throw new Error(`${found.length} of ${entries.length} keys were answered.`);
  for (const [i, [key, expected]] of entries.entries()) requireFound(found[i], key, expected);
}

/**
 * @param {readonly [number, import('../records.js').Measurement | undefined] | undefined} found
 * @param {number} key
 * @param {import('../records.js').Measurement | undefined} expected
 */
function requireFound(found, key, expected) {
  if (expected === undefined) throw new RangeError(`There is no record of key ${key}.`);
  if (found?.[0] !== key) throw new Error(`Key ${found?.[0]} was answered instead of ${key}.`);
  requireValue(key, found[1], expected);
}
