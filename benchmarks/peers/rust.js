import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { recordSlices } from '../records.js';
import { rustProgram } from './rust-program.js';
import { digestOf, writeRecords } from './rust-records.js';

/** Each writes two objects of 4 MiB at least, and the whole log of commits anew. */
const COMMITS = 20;

const program = rustProgram();

/**
 * @typedef {object} Answer  what the program prints
 * @property {number} elapsedMs
 * @property {number} cpuMs
 * @property {number} peakRssMb
 * @property {Record<string, number>} parts
 * @property {number} count
 * @property {number} sum
 */

/** @type {import('./peer.js').ProgramPeer} */
export const peer = {
  title: 'Infinitree, the Rust original',
  encryption: 'ChaCha20-Poly1305, all data and metadata, 4 MiB objects',
  durability: 'none to speak of: files are written and never synced, and the root object is overwritten in place',
  notOffered: {
    get: 'a key is found by going through all of them',
    near: 'a key is found by going through all of them',
    nearLater: 'a key is found by going through all of them',
    through: 'what is loaded is gone through in another process',
    many: 'commits wait for one another',
    manyLater: 'commits wait for one another',
    oneLater: 'compiled code does not get faster',
  },
  notes: [
    `kv:one is one of ${COMMITS} commits, since each writes at least 8 MiB`,
    'kv:iterate is in the order of its hash map, not of keys',
  ],
  workloads: {
    async bulk(job) {
      const answer = await withRecords(job, recordSlices(job.records), (path) => run('bulk', job, path));
      if (job.verify) await requireStored(job, job.records);
      return resultOf(answer);
    },

    async load(job) {
      const answer = await run('load', job);
      requireSame(answer, job.records);
      return resultOf(answer);
    },

    async iterate(job) {
      const answer = await run('iterate', job);
      requireSame(answer, job.records);
      return resultOf(answer);
    },

    async one(job) {
      const fresh = recordSlices(COMMITS, job.records);
      const answer = await withRecords(job, fresh, (path) => run('one', job, path));
      await requireStored(job, job.records + COMMITS);
      return { ...resultOf(answer), value: (answer.elapsedMs * 1000) / COMMITS };
    },
  },
};

/** @param {string} workload @param {import('../worker.js').Job} job @param {string} [records] @returns {Promise<Answer>} */
async function run(workload, { dir, secret }, records = '') {
  const { stdout } = await promisify(execFile)(program, [workload, join(dir, 'tree'), secret, records]);
  return JSON.parse(stdout);
}

/**
 * The file stands beside the folder of the database, whose size is measured.
 *
 * @param {import('../worker.js').Job} job
 * @param {Iterable<readonly import('../records.js').Entry[]>} slices
 * @param {(path: string) => Promise<Answer>} work
 */
async function withRecords({ dir }, slices, work) {
  const path = `${dir}.records`;
  try {
    await writeRecords(path, slices);
    return await work(path);
  } finally {
    await rm(path, { force: true });
  }
}

/** Reads all that is there in another process. @param {import('../worker.js').Job} job @param {number} records */
async function requireStored(job, records) {
  requireSame(await run('load', job), records);
}

/** @param {Answer} answer @param {number} records */
function requireSame({ count, sum }, records) {
  const expected = digestOf(recordSlices(records));
  if (count === expected.count && sum === expected.sum) return;
  throw new Error(`${count} records with sum ${sum} are there instead of ${expected.count} with ${expected.sum}.`);
}

/** @param {Answer} answer @returns {import('../worker.js').Result} */
function resultOf({ elapsedMs, cpuMs, peakRssMb, parts }) {
  return { value: elapsedMs, parts, cpuMs, peakRssMb };
}
