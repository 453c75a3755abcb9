import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runJob } from './fork.js';
import { isFit } from './installed.js';
import { median } from './statistics.js';
import { SUITES } from './suites/index.js';

/**
 * @typedef {object} Measurements
 * @property {string} workload
 * @property {number} records
 * @property {string} title
 * @property {string} unit
 * @property {import('./peers/index.js').PeerName} peer
 * @property {number} median
 * @property {number} min
 * @property {number} max
 * @property {readonly number[]} samples  in the order of the runs
 * @property {Record<string, number>} parts  medians, in milliseconds
 * @property {number} cpuMs  median, of the whole timed part
 * @property {number} peakRssMb  median
 */

/**
 * Measures all peers side by side, at one size after the other: in each run every workload goes through all peers before
 * the next one's turn, and the peer that begins changes from run to run, so that a slow minute of the machine is shared by
 * all.
 *
 * @param {import('./options.js').Options} options
 * @param {readonly import('./installed.js').PeerInfo[]} peers
 * @param {(line: string) => void} progress
 * @returns {Promise<Measurements[]>}
 */
export async function measureAll(options, peers, progress) {
  /** @type {Measurements[]} */
  const measured = [];
  for (const records of options.sizes) {
    const fit = peers.filter((peer) => isFit(peer, records));
    measured.push(...(await measureSize(options, records, fit, progress)));
  }
  return measured;
}

/**
 * @param {import('./options.js').Options} options
 * @param {number} records
 * @param {readonly import('./installed.js').PeerInfo[]} peers
 * @param {(line: string) => void} progress
 */
async function measureSize({ workloads, dir, runs }, records, peers, progress) {
  /** @type {Map<string, import('./worker.js').Result[]>} */
  const results = new Map();
  const verify = !workloads.includes('kv:load');
  const jobs = [...new Set(['kv:bulk', ...workloads])];
  for (let run = 0; run < runs; run++) {
    const order = rotated(peers, run);
    const secrets = new Map(order.map(({ peer }) => [peer, randomBytes(32).toString('hex')]));
    await rm(dir, { recursive: true, force: true });
    for (const workload of jobs) {
      for (const { peer, notOffered } of order) {
        if (notOffered !== undefined && nameOf(workload) in notOffered) continue;
        const folder = join(dir, peer);
        await mkdir(folder, { recursive: true });
        const secret = secrets.get(peer) ?? '';
        const result = await runJob({ peer, workload, dir: folder, secret, records, seed: run + 1, verify });
        if (!workloads.includes(workload)) continue;
        const { unit } = workloadOf(workload);
        progress(
          `run ${run + 1}/${runs}  ${workload.padEnd(12)} ${peer.padEnd(11)} ${result.value.toFixed(1)} ${unit}`,
        );
        const key = `${workload} ${peer}`;
        results.set(key, [...(results.get(key) ?? []), result]);
      }
    }
    await rm(dir, { recursive: true, force: true });
  }
  return workloads.flatMap((workload) =>
    peers.flatMap(({ peer }) => {
      const found = results.get(`${workload} ${peer}`);
      return found === undefined ? [] : [summarise(workload, peer, records, found)];
    }),
  );
}

/** Another one begins in each run. @template T @param {readonly T[]} items @param {number} run @returns {T[]} */
export function rotated(items, run) {
  const by = run % Math.max(items.length, 1);
  return [...items.slice(by), ...items.slice(0, by)];
}

/** @param {string} workload as `suite:workload` */
export function nameOf(workload) {
  return workload.split(':')[1] ?? '';
}

/** @param {string} name */
export function workloadOf(name) {
  const [suite = '', workload = ''] = name.split(':');
  const found = SUITES[suite]?.[workload];
  if (found === undefined) throw new Error(`There is no workload ${name}.`);
  return found;
}

/**
 * @param {string} workload
 * @param {import('./peers/index.js').PeerName} peer
 * @param {number} records
 * @param {readonly import('./worker.js').Result[]} results
 * @returns {Measurements}
 */
function summarise(workload, peer, records, results) {
  const samples = results.map(({ value }) => value);
  const names = Object.keys(results[0]?.parts ?? {});
  return {
    workload,
    records,
    title: workloadOf(workload).title(records),
    unit: workloadOf(workload).unit,
    peer,
    median: median(samples),
    min: Math.min(...samples),
    max: Math.max(...samples),
    samples,
    parts: Object.fromEntries(names.map((name) => [name, median(results.map(({ parts }) => parts[name] ?? 0))])),
    cpuMs: median(results.map(({ cpuMs }) => cpuMs)),
    peakRssMb: median(results.map(({ peakRssMb }) => peakRssMb)),
  };
}
