import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inFreshProcess } from '../fork.js';
import { rotated } from '../runner.js';
import { median } from '../statistics.js';
import { FIGURE_SUITES } from '../suites/figures.js';

const WORKER = new URL('worker.js', import.meta.url);

/**
 * @typedef {import('./suite.js').PeerName} PeerName
 * @typedef {import('./suite.js').Values} Values
 */

/**
 * Runs the steps of a suite for all peers: in each run every step goes through all peers before the next one's turn, and
 * another peer begins in each, so that a slow minute of the machine is shared. What follows from several figures is made of
 * those of the same run.
 *
 * @param {string} suite
 * @param {{ dir: string, runs: number, settings: import('./suite.js').Settings }} options
 * @param {readonly PeerName[]} peers
 * @param {(line: string) => void} progress
 * @returns {Promise<Map<PeerName, Values[]>>} of each peer the figures of each run
 */
export async function measureFigures(suite, { dir, runs, settings }, peers, progress) {
  const { steps, derive } = suiteOf(suite);
  /** @type {Map<PeerName, Values[]>} */
  const found = new Map(peers.map((peer) => [peer, []]));
  for (let run = 0; run < runs; run++) {
    const order = rotated(peers, run);
    const jobs = new Map(order.map((peer) => [peer, jobOf(peer, join(dir, peer), run + 1, settings)]));
    /** @type {Map<PeerName, Values>} */
    const values = new Map();
    await rm(dir, { recursive: true, force: true });
    for (const [step, { times = 1, only }] of Object.entries(steps)) {
      for (const [peer, job] of jobs) {
        if (only !== undefined && !only.includes(peer)) continue;
        progress(`run ${run + 1}/${runs}  ${`${suite}:${step}`.padEnd(20)} ${peer}`);
        await mkdir(job.dir, { recursive: true });
        const measured = [];
        for (let time = 0; time < times; time++) measured.push(await runStep({ suite, step, job }));
        values.set(peer, { ...values.get(peer), ...medians(measured) });
      }
    }
    await rm(dir, { recursive: true, force: true });
    for (const [peer, all] of values) found.get(peer)?.push({ ...all, ...derive(all, settings) });
  }
  return found;
}

/** @param {string} name */
export function suiteOf(name) {
  const suite = FIGURE_SUITES[name];
  if (suite === undefined) throw new Error(`There is no suite ${name}.`);
  return suite;
}

/** @param {PeerName} peer @param {string} dir @param {number} seed @param {import('./suite.js').Settings} settings */
function jobOf(peer, dir, seed, settings) {
  return { peer, dir, seed, settings, secret: randomBytes(32).toString('hex') };
}

/** @param {import('./worker.js').Order} order @returns {Promise<Values>} */
function runStep(order) {
  const { suite, step, job } = order;
  return inFreshProcess(WORKER, order, `${job.peer} at ${suite}:${step}`, suiteOf(suite).flags);
}

/** @param {readonly Values[]} measured @returns {Values} */
function medians(measured) {
  const names = Object.keys(measured[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(measured.map((values) => values[name] ?? Number.NaN))]));
}
