import { countBlocks, UNBUNDLED } from '../figures/blocks.js';
import { Meter } from '../figures/meter.js';
import { loadLibrary } from '../peers/index.js';
import { connectTree } from '../peers/infinitree.js';
import { mulberry32, pickRecords, recordSlices, requireValue } from '../records.js';
import { thousands } from '../shown.js';
import { Tally } from './tally.js';

/** Keys of one call of `getMany`. */
const BATCH = 1_000;

/** @typedef {import('../figures/suite.js').StepJob} StepJob */
/** @typedef {import('../peers/peer.js').Measurement} Measurement */

/** @type {import('../figures/suite.js').FigureSuite} */
export const lookups = {
  title: ({ records, queries }) =>
    `${thousands(queries)} random keys, half of them missing, of ${thousands(records)} records that are not loaded`,
  peers: ['infinitree', 'sqlite', 'level', 'lmdb'],
  leftOut: {
    hyperbee: 'a key takes it 3 ms, and a million of them an hour',
    rust: 'it finds a key by going through all of them',
  },
  sized: ['records', 'queries'],
  flags: UNBUNDLED,

  figures: () => ({
    ...figuresOf('get', 'get, one after the other'),
    ...figuresOf('many', `getMany of ${thousands(BATCH)}`),
    ...figuresOf('has', 'has, one after the other'),
    wrong: { title: 'wrong answers', unit: '', atMost: 0 },
  }),

  steps: {
    fill: { run: fill },
    get: { run: get },
    many: { run: getMany, only: ['infinitree'] },
    has: { run: has, only: ['infinitree'] },
  },

  derive: ({ getWrong = 0, manyWrong = 0, hasWrong = 0 }) => ({ wrong: getWrong + manyWrong + hasWrong }),
};

/** @param {string} verb @param {string} title @returns {Record<string, import('../figures/suite.js').Figure>} */
function figuresOf(verb, title) {
  return {
    [`${verb}Hit`]: { title: `${title}: a hit`, unit: 'µs' },
    [`${verb}Miss`]: { title: `${title}: a miss`, unit: 'µs' },
    [`${verb}HitBlocks`]: { title: '  blocks looked into for a hit', unit: '', atMost: 1.1 },
    [`${verb}MissBlocks`]: { title: '  blocks looked into for a miss', unit: '', atMost: 0.02 },
    [`${verb}HitDecoded`]: { title: '  of them not kept, for a hit', unit: '' },
    [`${verb}MissDecoded`]: { title: '  of them not kept, for a miss', unit: '' },
    [`${verb}Reads`]: { title: '  reads of the backend, filters and all', unit: '' },
  };
}

/** All keys are even, so that each odd one between is missing, and near to one that is not. @param {StepJob} job */
async function fill({ peer, dir, secret, settings }) {
  const store = await (await loadLibrary(peer)).create(dir, Buffer.from(secret, 'hex'));
  await store.bulkCommit(evenSlices(settings.records));
  await store.close();
  return {};
}

/** @param {number} records @returns {Generator<[number, Measurement][], void>} */
function* evenSlices(records) {
  for (const slice of recordSlices(records)) yield slice.map(([key, value]) => [2 * key, value]);
}

/** @param {StepJob} job */
async function get({ peer, dir, secret, settings, seed }) {
  const questions = questionsOf(settings, seed);
  const meter = new Meter();
  const watched = peer === 'infinitree' ? { blocks: await countBlocks(), meter } : undefined;
  const tally = new Tally(watched);
  if (watched === undefined) {
    const store = await (await loadLibrary(peer)).open(dir, Buffer.from(secret, 'hex'));
    tally.begin();
    await store.randomGets(questions.keys, (key, value) => tally.add(isHit(key), 1, isRight(questions, key, value)));
    await store.close();
    return tally.values('get');
  }
  const { tree, close } = await connectTree('open', dir, Buffer.from(secret, 'hex'), meter.wrap);
  tally.begin();
  for (const key of questions.keys) {
    const value = await tree.get('measurements', key);
    tally.add(isHit(key), 1, isRight(questions, key, value));
  }
  await close();
  return tally.values('get');
}

/** Batches of hits take turns with batches of misses, so that each of them can be counted. @param {StepJob} job */
async function getMany({ dir, secret, settings, seed }) {
  const questions = questionsOf(settings, seed);
  const meter = new Meter();
  const tally = new Tally({ blocks: await countBlocks(), meter });
  const batches = [batchesOf(questions.keys.filter(isHit)), batchesOf(questions.keys.filter((key) => !isHit(key)))];
  const { tree, close } = await connectTree('open', dir, Buffer.from(secret, 'hex'), meter.wrap);
  tally.begin();
  for (let i = 0; i < Math.max(...batches.map(({ length }) => length)); i++) {
    for (const keys of batches.flatMap((kind) => kind.slice(i, i + 1))) {
      const values = await tree.getMany('measurements', keys);
      const right = keys.filter((key, at) => isRight(questions, key, values[at])).length;
      tally.add(isHit(keys[0] ?? 0), keys.length, right);
    }
  }
  await close();
  return tally.values('many');
}

/** @param {StepJob} job */
async function has({ dir, secret, settings, seed }) {
  const { keys } = questionsOf(settings, seed);
  const meter = new Meter();
  const tally = new Tally({ blocks: await countBlocks(), meter });
  const { tree, close } = await connectTree('open', dir, Buffer.from(secret, 'hex'), meter.wrap);
  tally.begin();
  for (const key of keys) {
    const found = await tree.has('measurements', key);
    tally.add(isHit(key), 1, found === isHit(key) ? 1 : 0);
  }
  await close();
  return tally.values('has');
}

/** @typedef {{ readonly keys: readonly number[], readonly expected: ReadonlyMap<number, Measurement> }} Questions */

/** @param {import('../figures/suite.js').Settings} settings @param {number} seed @returns {Questions} */
function questionsOf({ records, queries }, seed) {
  const random = mulberry32(seed);
  const keys = Array.from({ length: queries }, (_, i) => {
    const even = 2 * (1 + Math.floor(random() * (records - 1)));
    return i % 2 === 0 ? even : even + 1;
  });
  const expected = pickRecords(
    records,
    keys.filter(isHit).map((key) => key / 2),
  );
  return { keys, expected };
}

/** @param {number} key */
function isHit(key) {
  return key % 2 === 0;
}

/** 1 where the answer is right, to be added up. @param {Questions} questions @param {number} key @param {Measurement | undefined} found */
function isRight({ expected }, key, found) {
  const value = isHit(key) ? expected.get(key / 2) : undefined;
  if (value === undefined || found === undefined) return found === value ? 1 : 0;
  try {
    requireValue(key, found, value);
    return 1;
  } catch {
    return 0;
  }
}

/** @param {readonly number[]} keys */
function batchesOf(keys) {
  return Array.from({ length: Math.ceil(keys.length / BATCH) }, (_, i) => keys.slice(i * BATCH, (i + 1) * BATCH));
}
