import { mkdir } from 'node:fs/promises';
import { bytesWritten, Meter } from '../figures/meter.js';
import { loadLibrary } from '../peers/index.js';
import { connectTree } from '../peers/infinitree.js';
import { makeRecords, requireRecords } from '../records.js';
import { thousands } from '../shown.js';
import { bytesOnDisk } from '../size.js';
import { percentile } from '../statistics.js';
import { endsOf, isInside, ratios, windowTitle, windowValues } from './commit-windows.js';

/** Commits of the small database. */
const FEW = 100;
/** Processes that open, of which the median counts. */
const OPENINGS = 5;
const ALLOWED_TIMES = 3;
const ALLOWED_BYTES = 64 * 2 ** 20;

/** What was replaced stays for so long, and until there are so many newer heads. */
const RETENTION_MS = 11 * 60_000;
const HEADS = 3;

/** @typedef {import('../figures/suite.js').StepJob} StepJob */

/** @type {import('../figures/suite.js').FigureSuite} */
export const commits = {
  title: ({ commits: all }) => `${thousands(all)} commits of one record each`,
  peers: ['infinitree', 'sqlite', 'level', 'lmdb'],
  leftOut: {
    hyperbee: 'it syncs nothing, and this is about commits that are on disk',
    rust: 'it writes 8 MiB or more with each commit, 800 GB in all',
  },
  sized: ['commits'],

  figures({ commits: all }) {
    const ends = endsOf(all);
    const few = thousands(Math.min(FEW, all));
    const windows = (/** @type {string} */ name) =>
      ends.map((end) => /** @type {const} */ ([`${name}:${end}`, windowTitle(end)]));
    return {
      ...Object.fromEntries(windows('time').map(([id, title]) => [id, { title: `${title}: median`, unit: 'µs' }])),
      timeRatio: { title: '  a later window to the first', unit: '', atMost: 1.2 },
      tail: { title: '99.9 % of all commits within', unit: 'ms', atMost: 60 },
      longest: { title: 'the longest commit', unit: 'ms' },
      ...Object.fromEntries(
        windows('bytes').map(([id, title]) => [id, { title: `${title}: median written`, unit: 'B' }]),
      ),
      bytesRatio: { title: '  a later window to the first', unit: '', atMost: 1.2 },
      ...Object.fromEntries(
        windows('meanBytes').map(([id, title]) => [id, { title: `${title}: mean written`, unit: 'B' }]),
      ),
      openFew: { title: `open after ${few} commits`, unit: 'ms' },
      openMany: { title: `open after ${thousands(all)} commits`, unit: 'ms' },
      openRatio: { title: '  the latter to the former', unit: '', atMost: 1.5 },
      readsFew: { title: `reads to open after ${few} commits`, unit: '' },
      readsMany: { title: `reads to open after ${thousands(all)} commits`, unit: '' },
      readsMore: { title: '  more than after the few', unit: '', atMost: 2 },
      entries: { title: 'all entries as JSON', unit: 'MB' },
      occupiedAtOnce: { title: 'occupied on disk right behind the last commit', unit: 'MB' },
      occupied: { title: 'occupied once what was replaced may go, ten minutes later', unit: 'MB' },
      occupiedShare: { title: `  as a share of ${ALLOWED_TIMES} times the entries and 64 MiB`, unit: '', atMost: 1 },
    };
  },

  steps: {
    few: { run: fillFew },
    openFew: { run: async (job) => ({ openFew: await openingMs(folderOfFew(job)) }), times: OPENINGS },
    readsFew: { run: async (job) => ({ readsFew: await readsToOpen(folderOfFew(job)) }), only: ['infinitree'] },
    many: { run: commitMany },
    openMany: { run: async (job) => ({ openMany: await openingMs(job) }), times: OPENINGS },
    readsMany: { run: async (job) => ({ readsMany: await readsToOpen(job) }), only: ['infinitree'] },
    occupied: { run: measureOccupied },
  },

  derive(values, { commits: all }) {
    const { openFew = Number.NaN, openMany = Number.NaN, readsFew, readsMany, entries = 0, occupied = 0 } = values;
    return {
      ...ratios('time', values, all),
      ...ratios('bytes', values, all),
      openRatio: openMany / openFew,
      ...(readsFew === undefined || readsMany === undefined ? {} : { readsMore: Math.abs(readsMany - readsFew) }),
      occupiedShare: (occupied * 1e6) / (ALLOWED_TIMES * entries * 1e6 + ALLOWED_BYTES),
    };
  },
};

/** The small database stands beside the large one. @param {StepJob} job @returns {StepJob} */
function folderOfFew(job) {
  return { ...job, dir: `${job.dir}-few` };
}

/** @param {StepJob} job */
async function fillFew(job) {
  const { dir, peer, secret, settings } = folderOfFew(job);
  await mkdir(dir, { recursive: true });
  const store = await (await loadLibrary(peer)).create(dir, Buffer.from(secret, 'hex'));
  for (const [key, value] of makeRecords(Math.min(FEW, settings.commits))) await store.commitOne(key, value);
  await store.close();
  return {};
}

/** @param {StepJob} job */
async function openingMs({ peer, dir, secret }) {
  const { open } = await loadLibrary(peer);
  const start = performance.now();
  const store = await open(dir, Buffer.from(secret, 'hex'));
  const ms = performance.now() - start;
  await store.close();
  return ms;
}

/** @param {StepJob} job */
async function readsToOpen({ dir, secret }) {
  const meter = new Meter();
  const { close } = await connectTree('open', dir, Buffer.from(secret, 'hex'), meter.wrap);
  const { reads } = meter;
  await close();
  return reads;
}

/** @param {StepJob} job */
async function commitMany({ peer, dir, secret, settings }) {
  const all = settings.commits;
  const entries = makeRecords(all);
  const ends = endsOf(all);
  const times = new Float64Array(all);
  /** What the process had written after each commit, inside of windows and just before them. @type {Map<number, number>} */
  const written = new Map();
  const store = await (await loadLibrary(peer)).create(dir, Buffer.from(secret, 'hex'));
  globalThis.gc?.();
  for (const [i, [key, value]] of entries.entries()) {
    // Asking takes time, between commits and not in one of them.
    if (isInside(ends, i)) setIfKnown(written, i, bytesWritten());
    const start = performance.now();
    await store.commitOne(key, value);
    times[i] = performance.now() - start;
    if (ends.includes(i + 1)) setIfKnown(written, i + 1, bytesWritten());
  }
  await store.close();
  const sorted = times.toSorted();
  return {
    tail: percentile(sorted, 0.999),
    longest: sorted.at(-1) ?? Number.NaN,
    ...Object.assign({}, ...ends.map((end) => windowValues(end, times, written))),
  };
}

/** @param {Map<number, number>} written @param {number} commit @param {number | undefined} bytes */
function setIfKnown(written, commit, bytes) {
  if (bytes !== undefined) written.set(commit, bytes);
}

/** The size of what the commits have left, and whether all is in there. @param {StepJob} job */
async function measureOccupied({ peer, dir, secret, settings }) {
  const occupiedAtOnce = (await bytesOnDisk(dir)) / 1e6;
  if (peer === 'infinitree') for (let i = 0; i < HEADS; i++) await commitLater(dir, Buffer.from(secret, 'hex'));
  const occupied = (await bytesOnDisk(dir)) / 1e6;
  const store = await (await loadLibrary(peer)).open(dir, Buffer.from(secret, 'hex'));
  requireRecords(await store.loadAll(), settings.commits);
  await store.close();
  const text = makeRecords(settings.commits).reduce((bytes, entry) => bytes + JSON.stringify(entry).length, 0);
  return { occupiedAtOnce, occupied, entries: text / 1e6 };
}

/** Each handle writes a head, upon which it deletes what has waited for long enough. @param {string} dir @param {Buffer} secret */
async function commitLater(dir, secret) {
  const later = { now: () => Date.now() + RETENTION_MS };
  const { tree, close } = await connectTree('open', dir, secret, undefined, undefined, later);
  await tree.commit({ message: 'nothing', mode: 'always' });
  await close();
}
