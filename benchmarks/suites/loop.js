import { setImmediate } from 'node:timers/promises';
import { watchLoop } from '../figures/loop-delay.js';
import { collect, liveBytes, PeakMemory } from '../figures/memory.js';
import { connectTree } from '../peers/infinitree.js';
import { Digest, recordSlices, requireRecords } from '../records.js';
import { thousands } from '../shown.js';

/** Records set before the loop gets its turn: what a careful caller does. */
const TURN = 1_000;
/** Iterating is over as many times the records. */
const ITERATED = 5;

/** @typedef {import('../figures/suite.js').StepJob} StepJob */
/** @typedef {import('../figures/suite.js').Figure} Figure */

/** @type {import('../figures/suite.js').FigureSuite} */
export const loop = {
  title: ({ records }) => `the event loop, ${thousands(records)} records committed and loaded`,
  peers: ['infinitree'],
  leftOut: {
    sqlite: 'its calls are synchronous',
    level: 'only Infinitree has targets here',
    lmdb: 'only Infinitree has targets here',
    hyperbee: 'only Infinitree has targets here',
    rust: 'it has no event loop',
  },
  sized: ['records'],

  figures: ({ records }) => ({
    ...delays('commit', 'commit', { tail: 50, longest: 100 }),
    ...delays('load', 'load', { tail: 50, longest: 100 }),
    ...delays('set', `set, ${thousands(TURN)} at a time`),
    ...delays('iterate', `iterate over ${thousands(ITERATED * records)}`),
    setMemory: { title: 'live in memory of what is to be committed', unit: 'MiB' },
    commitMemory: { title: '  resident for it at most, while it is committed', unit: 'MiB' },
    commitShare: { title: '  the latter to the former', unit: '', atMost: 2 },
    iterateMemory: {
      title: `resident while iterating over ${thousands(ITERATED * records)}`,
      unit: 'MiB',
      atMost: 250,
    },
  }),

  steps: {
    commit: { run: commit },
    load: { run: load },
    fill: { run: fillMore },
    iterate: { run: iterate },
  },

  derive: ({ setMemory = Number.NaN, commitMemory = Number.NaN }) => ({ commitShare: commitMemory / setMemory }),
};

/**
 * @param {string} phase
 * @param {string} title
 * @param {{ tail: number, longest: number }} [atMost]  where the turns are the package's to take, and not the caller's
 * @returns {Record<string, Figure>}
 */
function delays(phase, title, atMost) {
  const [tail, longest] = atMost === undefined ? [{}, {}] : [{ atMost: atMost.tail }, { atMost: atMost.longest }];
  return {
    [`${phase}Tail`]: { title: `${title}: 99.9 % of turns late by less than`, unit: 'ms', ...tail },
    [`${phase}Longest`]: { title: `${title}: the latest turn`, unit: 'ms', ...longest },
  };
}

/** @param {StepJob} job */
async function commit({ dir, secret, settings }) {
  const { tree, close } = await connectTree('create', dir, Buffer.from(secret, 'hex'));
  collect();
  const [liveBefore, residentBefore] = [liveBytes(), process.memoryUsage.rss()];
  const set = await watchLoop('set', async () => {
    for (const slice of recordSlices(settings.records, 0, TURN)) {
      for (const [key, value] of slice) tree.index.measurements.set(key, value);
      await setImmediate();
    }
  });
  collect();
  const live = liveBytes() - liveBefore;

  const peak = new PeakMemory();
  const committed = await watchLoop('commit', () => tree.commit());
  const resident = peak.stop() - residentBefore;
  await close();
  return { ...set, ...committed, setMemory: live / 2 ** 20, commitMemory: resident / 2 ** 20 };
}

/** @param {StepJob} job */
async function load({ dir, secret, settings }) {
  const { tree, close } = await connectTree('open', dir, Buffer.from(secret, 'hex'));
  const values = await watchLoop('load', () => tree.load());
  requireRecords(tree.index.measurements, settings.records);
  await close();
  return values;
}

/** The keys behind those that are there, in one more commit. @param {StepJob} job */
async function fillMore({ dir, secret, settings: { records } }) {
  const { tree, close } = await connectTree('open', dir, Buffer.from(secret, 'hex'));
  for (const slice of recordSlices((ITERATED - 1) * records, records)) {
    for (const [key, value] of slice) tree.index.measurements.set(key, value);
  }
  await tree.commit();
  await close();
  return {};
}

/** @param {StepJob} job */
async function iterate({ dir, secret, settings: { records } }) {
  const { tree, close } = await connectTree('open', dir, Buffer.from(secret, 'hex'));
  const found = new Digest();
  const values = await watchLoop('iterate', async () => {
    for await (const [key, value] of tree.entries('measurements')) found.add(key, value);
  });
  const iterateMemory = process.resourceUsage().maxRSS / 1024;
  await close();
  const expected = new Digest();
  for (const slice of recordSlices(ITERATED * records)) for (const [key, value] of slice) expected.add(key, value);
  if (String(found) !== String(expected)) throw new Error(`Iterating gave ${found} instead of ${expected}.`);
  return { ...values, iterateMemory };
}
