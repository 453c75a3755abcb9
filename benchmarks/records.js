/** @typedef {{ id: number, airHumidity: number, soilHumidity: number, temperature: number }} Measurement */
/** @typedef {readonly [key: number, value: Measurement]} Entry */

const SENSORS = 40;
const PER_DAY = 288;

/** As many records as are made at once, and handed over at once: all of the usual data set, 1/25 of the largest. */
export const SLICE = 200_000;

/**
 * The measurements of a greenhouse, the same ones for the same seed: 40 sensors read in turn, each every five minutes.
 * Half of them report whole percents of air humidity. Temperature and air follow the day, soil dries until it is watered.
 *
 * @param {number} count
 * @param {number} [seed]
 * @returns {Entry[]} with keys from 1
 */
export function makeRecords(count, seed = 1) {
  const next = recordMaker(seed);
  return Array.from({ length: count }, next);
}

/**
 * The same records in slices, so that five million of them need not be in memory at once.
 *
 * @param {number} count
 * @param {number} [from] how many are passed over
 * @param {number} [size] of a slice
 * @returns {Generator<Entry[], undefined>}
 */
export function* recordSlices(count, from = 0, size = SLICE) {
  const next = recordMaker(1);
  for (let i = 0; i < from; i++) next();
  for (let left = count; left > 0; left -= size) yield Array.from({ length: Math.min(left, size) }, next);
}

/** The `count` records that come after the first `from`. @param {number} from @param {number} count */
export function recordsAfter(from, count) {
  return [...recordSlices(count, from)].flat();
}

/** Those of the first `count` records that have one of these keys. @param {number} count @param {Iterable<number>} keys */
export function pickRecords(count, keys) {
  const wanted = new Set(keys);
  /** @type {Map<number, Measurement>} */
  const found = new Map();
  for (const slice of recordSlices(count)) {
    for (const [key, value] of slice) if (wanted.has(key)) found.set(key, value);
  }
  return found;
}

/** Makes one record after the other. @param {number} seed @returns {() => Entry} */
function recordMaker(seed) {
  const random = mulberry32(seed);
  const soil = Array.from({ length: SENSORS }, () => 35 + 30 * random());
  let i = -1;
  return () => {
    i += 1;
    const sensor = i % SENSORS;
    const day = Math.sin((2 * Math.PI * Math.floor(i / SENSORS)) / PER_DAY);
    const noise = random() + random() + random() - 1.5;
    const wet = soil[sensor] ?? 0;
    soil[sensor] = wet < 28 + 4 * random() ? 62 + 6 * random() : wet - 0.12 * random();
    const air = 58 - 14 * day + 5 * noise + sensor / 8;
    const value = {
      id: i,
      airHumidity: sensor % 2 === 0 ? Math.round(air) : tenths(air),
      soilHumidity: tenths(wet),
      temperature: tenths(19.5 + 5.5 * day + 1.5 * (random() + noise) + sensor / 20),
    };
    return [i + 1, value];
  };
}

/** Small and fast, and more even than this needs; the state is one 32-bit integer. @param {number} seed */
export function mulberry32(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** @param {number} value */
function tenths(value) {
  return Math.round(value * 10) / 10;
}

/** What a pass over all entries saw, cheap enough to be kept while it is timed: any changed value shows in the sums. */
export class Digest {
  count = 0;
  ascending = true;
  #lastKey = -Infinity;
  ids = 0;
  air = 0;
  soil = 0;
  temperature = 0;

  /** @param {number} key @param {Measurement} value */
  add(key, value) {
    if (key <= this.#lastKey) this.ascending = false;
    this.#lastKey = key;
    this.count++;
    this.ids += key * value.id;
    this.air += key * value.airHumidity;
    this.soil += key * value.soilHumidity;
    this.temperature += key * value.temperature;
  }

  toString() {
    const { count, ascending, ids, air, soil, temperature } = this;
    return JSON.stringify({ count, ascending, ids, air, soil, temperature });
  }
}

/** Throws unless `found` holds exactly the first `count` records. @param {import('./peers/peer.js').Loaded} found @param {number} count */
export function requireRecords(found, count) {
  if (found.size !== count) throw new Error(`${found.size} records are there instead of ${count}.`);
  for (const slice of recordSlices(count)) {
    for (const [key, value] of slice) requireValue(key, found.get(key), value);
  }
}

/** @param {number} key @param {Measurement | undefined} found @param {Measurement} expected */
export function requireValue(key, found, expected) {
  const same =
    found !== undefined &&
    Object.keys(found).length === 4 &&
    found.id === expected.id &&
    found.airHumidity === expected.airHumidity &&
    found.soilHumidity === expected.soilHumidity &&
    found.temperature === expected.temperature;
  if (!same) throw new Error(`Key ${key} holds ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}.`);
}
