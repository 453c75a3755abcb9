import { Infinitree } from '@infinitree/core';
import { median } from '../statistics.js';
import { Files, heapMb, KEY, memoryMb } from './grow.js';
import { insideOf } from './made-up.js';

/** More commits than a head carries on, so that one of them folds. */
const COMMITS = 260;
const GETS = 20;
const OPENS = 5;

/** @typedef {import('./counting-backend.js').CountingBackend} CountingBackend */

/** Requests of any kind. @param {import('./counting-backend.js').Counts} counts */
export function requestsIn({ put, get, list, delete: deleted, heads, headReads }) {
  return put + get + list + deleted + heads + headReads;
}

/** What readers ask for. @param {CountingBackend} storage @param {number} entries */
export async function askReader(storage, entries) {
  const backend = storage.reopen();
  const options = { backend, key: KEY, readonly: true };
  const times = [];
  for (let i = 0; i < OPENS; i++) {
    const start = performance.now();
    const tree = await Infinitree.open(Files, options);
    times.push(performance.now() - start);
    await tree.close();
  }
  const before = heapMb();
  backend.take();
  const tree = await Infinitree.open(Files, options);
  const opened = backend.take();
  const openHeap = heapMb() - before;
  await tree.get('files', Math.floor(entries / 3));
  const first = backend.take();
  const gets = [];
  for (let i = 0; i < GETS; i++) {
    // Far from one another, so that none finds what another one has brought.
    await tree.get('files', Math.floor(((i + 0.5) * entries) / GETS));
    gets.push(backend.take());
  }
  const getHeap = heapMb() - before;
  const kept = await insideOf(tree).index();
  await tree.close();
  return {
    ...kept,
    openRequests: requestsIn(opened),
    openBytes: opened.bytesRead,
    openMs: median(times),
    openHeapMb: openHeap,
    firstGetRequests: first.get,
    firstGetBytes: first.bytesRead,
    getRequests: median(gets.map(({ get }) => get)),
    getRequestsMost: Math.max(...gets.map(({ get }) => get)),
    getBytes: median(gets.map(({ bytesRead }) => bytesRead)),
    getHeapMb: getHeap,
  };
}

/** What small commits ask for. @param {CountingBackend} storage @param {number} entries */
export async function askWriter(storage, entries) {
  const backend = storage.reopen();
  const tree = await Infinitree.open(Files, { backend, key: KEY });
  backend.take();
  const costs = [];
  const times = [];
  for (let i = 0; i < COMMITS; i++) {
    tree.index.files.set(entries + i, 'a small change');
    const start = performance.now();
    await tree.commit();
    times.push(performance.now() - start);
    costs.push(backend.take());
  }
  await tree.close();
  const requests = costs.map(requestsIn);
  return {
    commitRequests: median(requests),
    commitRequestsMost: Math.max(...requests),
    commitBytes: median(costs.map(({ bytesPut }) => bytesPut)),
    commitBytesMost: Math.max(...costs.map(({ bytesPut }) => bytesPut)),
    commitMs: median(times),
    commitMsMost: Math.max(...times),
  };
}

/** What collecting garbage and checking ask for, and the memory they have in use at their largest. @param {CountingBackend} storage */
export async function askCare(storage) {
  const backend = storage.reopen();
  const tree = await Infinitree.open(Files, { backend, key: KEY });
  const before = memoryMb();
  /** @param {string} verb @param {() => Promise<unknown>} work */
  const measure = async (verb, work) => {
    let most = 0;
    // When this is called all that is collected has been, and nothing was let go of.
    backend.onCall = (called) => {
      if (called === verb) most = Math.max(most, memoryMb() - before);
    };
    backend.take();
    const start = performance.now();
    await work();
    const milliseconds = performance.now() - start;
    return { requests: requestsIn(backend.take()), heapMb: most, milliseconds };
  };
  const gc = await measure('ages', () => tree.gc({ dryRun: true }));
  const verify = await measure('list', async () => {
    const { faults } = await tree.verify();
    if (faults.length > 0) throw new Error(`What was made up does not hold: ${faults[0]?.message}`);
  });
  await tree.close();
  return {
    gcRequests: gc.requests,
    gcHeapMb: gc.heapMb,
    gcMs: gc.milliseconds,
    verifyRequests: verify.requests,
    verifyHeapMb: verify.heapMb,
    verifyMs: verify.milliseconds,
  };
}
