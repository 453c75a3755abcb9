/** @typedef {{ id: number, airHumidity: number, soilHumidity: number, temperature: number }} Measurement */
/** @typedef {readonly [key: number, value: Measurement]} Entry */

const SENSORS = 40;
const PER_DAY = 288;

/**
 * The measurements of a greenhouse, the same ones for the same seed: 40 sensors read in turn, each every five minutes.
 * Half of them report whole percents of air humidity. Temperature and air follow the day, soil dries until it is watered.
 *
 * @param {number} count
 * @param {number} [seed]
 * @returns {Entry[]} with keys from 1
 */
export function makeRecords(count, seed = 1) {
  const random = mulberry32(seed);
  const soil = Array.from({ length: SENSORS }, () => 35 + 30 * random());
  /** @type {Entry[]} */
  const entries = [];
  for (let i = 0; i < count; i++) {
    const sensor = i % SENSORS;
    const day = Math.sin((2 * Math.PI * Math.floor(i / SENSORS)) / PER_DAY);
    const noise = random() + random() + random() - 1.5;
    const wet = soil[sensor] ?? 0;
    soil[sensor] = wet < 28 + 4 * random() ? 62 + 6 * random() : wet - 0.12 * random();
    const air = 58 - 14 * day + 5 * noise + sensor / 8;
    entries.push([
      i + 1,
      {
        id: i,
        airHumidity: sensor % 2 === 0 ? Math.round(air) : tenths(air),
        soilHumidity: tenths(wet),
        temperature: tenths(19.5 + 5.5 * day + 1.5 * (random() + noise) + sensor / 20),
      },
    ]);
  }
  return entries;
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

/** Throws unless `found` holds exactly these entries. @param {import('./peers/peer.js').Loaded} found @param {readonly Entry[]} entries */
export function requireEntries(found, entries) {
  if (found.size !== entries.length) throw new Error(`${found.size} records are there instead of ${entries.length}.`);
  for (const [key, value] of entries) requireValue(key, found.get(key), value);
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
