import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CacheBackend } from '@infinitree/backend-cache';
import { Infinitree, Key, MemoryBackend, VersionedMap } from '@infinitree/core';
import { defineIndex } from '@infinitree/schema';
import { makeRecords } from '../records.js';
import { Bucket } from './bucket.js';

class Greenhouse {
  /** @type {VersionedMap<number, import('../records.js').Measurement>} */
  measurements = new VersionedMap();
  /** @type {VersionedMap<number, string>} */
  notes = new VersionedMap();
}
defineIndex(Greenhouse, { measurements: {}, notes: { strategy: 'sparse' } });

const KEY = Key.fromBytes(new Uint8Array(32).fill(1));
const NOTES = 2000;
const NOTE_SIZE = 4000;
/** More than the tree takes. */
const CACHE_BYTES = 2 ** 30;

/**
 * @typedef {{ requests: number, megabytesRead: number, megabytesWritten: number, milliseconds: number }} Cost
 * @typedef {{ tier: string, operation: string } & Cost} Row
 */

/** The operations, in the order in which they are made of one handle. */
const OPERATIONS = ['open', 'get', 'get, value apart', 'small commit', 'load all'];

/** @param {number} records @param {number} commits */
export async function makeTree(records, commits) {
  const inner = new MemoryBackend();
  const tree = await Infinitree.create(Greenhouse, { backend: inner, key: KEY });
  for (const [key, value] of makeRecords(records)) tree.index.measurements.set(key, value);
  for (let i = 0; i < NOTES; i++) tree.index.notes.set(i, noteOf(i));
  await tree.commit('all');
  /** @type {Promise<unknown>[]} */
  const more = [];
  for (let i = 1; i < commits; i++) {
    tree.index.notes.set(NOTES + (i % 100), `change ${i}`);
    more.push(tree.commit());
    // Some share a write; each is a commit of its own all the same.
    if (i % 50 === 0) await Promise.all(more.splice(0));
  }
  await Promise.all(more);
  await tree.close();
  return inner;
}

/** @param {number} i */
const noteOf = (i) => `note ${i} `.repeat(NOTE_SIZE / 10);

/**
 * What each operation asks of the bucket, without a cache and with one, cold and warm.
 *
 * @param {{ inner: MemoryBackend, latencyMs: number, records: number }} options
 * @returns {Promise<Row[]>}
 */
export async function measureTiers({ inner, latencyMs, records }) {
  const whole = new Bucket({ inner, ranges: false, latencyMs });
  const parts = new Bucket({ inner, ranges: true, latencyMs });
  const directory = await mkdtemp(join(tmpdir(), 'infinitree-tiers-'));
  try {
    const cached = () => CacheBackend.open({ directory, maxBytes: CACHE_BYTES, upstream: whole.connect() });
    return [
      ...(await measureOne('bucket', whole, async () => whole.connect(), records)),
      ...(await measureOne('bucket, rangeReads', parts, async () => parts.connect(), records)),
      ...(await measureOne('cache, cold', whole, cached, records)),
      ...(await measureOne('cache, warm', whole, cached, records)),
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * @param {string} tier
 * @param {Bucket} bucket
 * @param {() => Promise<import('@infinitree/core').Backend>} connect
 * @param {number} records
 */
async function measureOne(tier, bucket, connect, records) {
  const backend = await connect();
  /** @type {Row[]} */
  const rows = [];
  /** @template T @param {string} operation @param {() => Promise<T>} work */
  const measure = async (operation, work) => {
    const { result, measured } = await bucket.watch(work);
    rows.push({ tier, operation, ...measured });
    return result;
  };
  const [open = '', get = '', apart = '', commit = '', load = ''] = OPERATIONS;
  const tree = await measure(open, () => Infinitree.open(Greenhouse, { backend, key: KEY }));
  const key = Math.ceil(records / 2);
  const found = await measure(get, () => tree.get('measurements', key));
  const note = await measure(apart, () => tree.get('notes', 7));
  tree.index.notes.set(-1, tier);
  await measure(commit, () => tree.commit());
  await measure(load, () => tree.load());
  if (found?.id !== makeRecords(records)[key - 1]?.[1].id || note !== noteOf(7))
    throw new Error(`${tier} gives other values.`);
  if (tree.index.measurements.size !== records) throw new Error(`${tier} loads other records.`);
  await tree.close();
  await backend.close();
  return rows;
}
