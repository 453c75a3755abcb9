// One measured run in a process of its own, so that no peer inherits another one's heap, cache or compiled code.
// Started by runner.js, which sends a job and gets a result.
import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { obey } from './child.js';
import { loadPeer } from './peers/index.js';
import { SUITES } from './suites/index.js';

/**
 * @typedef {object} Job
 * @property {import('./peers/index.js').PeerName} peer
 * @property {string} workload  as `suite:workload`
 * @property {string} dir
 * @property {string} secret  in hex
 * @property {number} records
 * @property {number} seed
 * @property {boolean} verify
 * @property {string} [profile]  where to write a CPU profile of the timed part
 *
 * @typedef {object} Result
 * @property {number} value  in the workload's unit
 * @property {Record<string, number>} parts  in milliseconds
 * @property {number} cpuMs  of all threads in the timed part, which a busy machine changes less than the time
 * @property {number} peakRssMb  of the process until the timed part ended
 */

const SAMPLING_MICROSECONDS = 200;

/** @param {Job} job @returns {Promise<Result>} */
async function run(job) {
  const [suite = '', name = ''] = job.workload.split(':');
  const workload = SUITES[suite]?.[name];
  if (workload === undefined) throw new Error(`There is no workload ${job.workload}.`);
  const peer = await loadPeer(job.peer);
  const elsewhere = 'workloads' in peer ? peer.workloads[name] : undefined;
  if (elsewhere !== undefined) return elsewhere(job);
  let elapsedMs = 0;
  let cpuMs = 0;
  let peakRssMb = 0;

  const measured = await workload.measure({
    // What a program does not do itself needs no store either: it looks at the folder.
    peer: /** @type {import('./peers/peer.js').Peer} */ (peer),
    dir: job.dir,
    secret: Buffer.from(job.secret, 'hex'),
    records: job.records,
    seed: job.seed,
    verify: job.verify,
    async timed(work) {
      // What making the records left behind is nobody's to collect.
      globalThis.gc?.();
      const stop = job.profile === undefined ? undefined : await startProfile(job.profile);
      const cpu = process.cpuUsage();
      const start = performance.now();
      const result = await work();
      elapsedMs += performance.now() - start;
      const { user, system } = process.cpuUsage(cpu);
      cpuMs += (user + system) / 1000;
      peakRssMb = process.resourceUsage().maxRSS / 1000;
      await stop?.();
      return result;
    },
    paused(work) {
      const cpu = process.cpuUsage();
      const start = performance.now();
      const result = work();
      const ms = performance.now() - start;
      elapsedMs -= ms;
      const { user, system } = process.cpuUsage(cpu);
      cpuMs -= (user + system) / 1000;
      return { result, ms };
    },
  });

  const scale = workload.unit === 'µs' ? 1000 : 1;
  const value = measured.value ?? (elapsedMs * scale) / (measured.divisor ?? 1);
  return { value, parts: measured.parts ?? {}, cpuMs, peakRssMb };
}

/** @param {string} path */
async function startProfile(path) {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_MICROSECONDS });
  await session.post('Profiler.start');
  return async () => {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    await writeFile(path, JSON.stringify(profile));
  };
}

obey(run);
