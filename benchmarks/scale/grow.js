import { setTimeout } from 'node:timers/promises';
import { Infinitree, Key, VersionedMap } from '@infinitree/core';
import { defineIndex } from '@infinitree/schema';
import { CountingBackend } from './counting-backend.js';
import { insideOf, MadeUp } from './made-up.js';
import { shapeOf } from './shapes.js';

export class Files {
  /** @type {VersionedMap<number, any>} */
  files = new VersionedMap();
}
defineIndex(Files, { files: {} });

export const KEY = Key.fromBytes(new Uint8Array(32).fill(1));
/** What a commit takes by the clock of the simulation, so that what was replaced is deleted as it would be. */
const COMMIT_MS = 60_000;
/** How long nothing has to be asked of the storage before merging is taken to be over. */
const QUIET_MS = 500;
/** A prime that has no factor in common with a number of entries: multiples of it come by all keys, in no order. */
const STRIDE = 7_368_787;

/**
 * A tree that grows commit by commit, of what the tree's own code writes for entries whose bytes are made up.
 *
 * @typedef {object} Growth
 * @property {CountingBackend} backend
 * @property {(entries: number) => Promise<import('./counting-backend.js').Counts & { commits: number, milliseconds: number, heapMb: number }>} to
 *   grows to that many, and tells what this took since the last time
 */

/** Megabytes of the heap that are in use. Buffers are not in it: most of them stand in for the storage. */
export function heapMb() {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1e6;
}

/** Waits until nothing is asked for any more. @param {CountingBackend} backend */
async function quiet({ counts }) {
  for (let before = -1; before !== counts.get + counts.put + counts.heads; ) {
    before = counts.get + counts.put + counts.heads;
    await setTimeout(QUIET_MS);
  }
}

/** The same with what stands in buffers, as the ids and pieces do that care keeps. */
export function memoryMb() {
  return heapMb() + process.memoryUsage().arrayBuffers / 1e6;
}

/** @param {{ shape: string, perCommit: number, shuffled: boolean, total: number }} options @returns {Growth} */
export function growth({ shape, perCommit, shuffled, total }) {
  const backend = new CountingBackend();
  let now = Date.now();
  const environment = { clock: { now: () => now } };
  const options = { backend, key: KEY, environment };
  const keyOf = shuffled ? (/** @type {number} */ i) => (i * STRIDE) % total : (/** @type {number} */ i) => i;
  let done = 0;
  return {
    backend,
    async to(entries) {
      if (done === 0) await (await Infinitree.create(Files, options)).close();
      // A tree that was just made keeps what it is given; opened, and not loaded, it lets go of what is committed.
      const tree = await Infinitree.open(Files, options);
      const next = shapeOf(shape).values(new MadeUp(insideOf(tree), (id) => backend.pretend(id)));
      backend.take();
      let commits = 0;
      const start = performance.now();
      while (done < entries) {
        const end = Math.min(entries, done + perCommit);
        for (; done < end; done++) tree.index.files.set(keyOf(done), next());
        await tree.commit();
        commits += 1;
        now += COMMIT_MS;
      }
      const milliseconds = performance.now() - start;
      const heap = heapMb();
      // Merging goes on in the background, and is part of the cost; closing would give it up.
      await quiet(backend);
      await tree.close();
      return { ...backend.take(), commits, milliseconds, heapMb: heap };
    },
  };
}
