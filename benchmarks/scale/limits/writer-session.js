import { Infinitree, VersionedMap } from '@infinitree/core';
import { defineIndex } from '@infinitree/schema';
import { CountingBackend } from '../counting-backend.js';
import { heapMb, KEY } from '../grow.js';
import { number, OBJECTS_PER_TB } from './limit.js';

class Blobs {
  /** @type {VersionedMap<number, unknown>} */
  blobs = new VersionedMap();
}
defineIndex(Blobs, { blobs: {} });

/** The smallest objects there are, so that many are written in little time. */
const OBJECT = 65_536;
/** Small blobs that share an object, to see what storing one takes besides its bytes. */
const SMALL = 2000;

/**
 * Stores many objects without a commit in between: what a small blob takes before and after, and what the handle remembers of
 * them for as long as it is open, once they are committed, and where nobody commits them.
 *
 * @param {number} objects
 * @returns {Promise<import('./limit.js').Finding[]>}
 */
export async function writerSession(objects) {
  const backend = new CountingBackend();
  const tree = await Infinitree.create(Blobs, { backend, key: KEY, objectSize: OBJECT });
  const large = crypto.getRandomValues(new Uint8Array(OBJECT));
  const small = crypto.getRandomValues(new Uint8Array(8));
  const smallOnes = async () => {
    // Of the processor, since the time of a busy machine says little.
    const before = process.cpuUsage();
    for (let i = 0; i < SMALL; i++) await tree.blobs.put(small);
    return process.cpuUsage(before).user / SMALL;
  };
  await smallOnes();
  const first = await smallOnes();
  const before = heapMb();
  for (let i = 0; i < objects; i++) await tree.blobs.put(large);
  const last = await smallOnes();
  tree.index.blobs.set(0, 'what makes a commit');
  await tree.commit();
  const abandoned = ((heapMb() - before) * 1e6) / objects;
  const { begun } = /** @type {any} */ (tree).session;
  const between = begun.size;
  for (let i = 0; i < objects; i++) {
    tree.index.blobs.set(i % 100, await tree.blobs.put(large));
    if (i % 100 === 99) await tree.commit();
  }
  await tree.commit();
  // What is merged in the background is remembered until that is over.
  await tree.compact();
  const committed = begun.size - between;
  await tree.close();
  return [
    {
      what: 'Objects stored before a commit',
      measured: `${number(first)} µs of the processor for a blob of 8 bytes, ${number(last)} behind ${number(objects)} uncommitted objects`,
      limit: 'none: a chunk looks at the object that is being filled, however many others there are',
      where: 'tree/storage/storage-io.ts, write()',
    },
    {
      what: 'Objects of a writing handle',
      measured:
        `of ${number(objects)} objects that a handle has stored and committed it remembers ${number(committed)}; of each that it has ` +
        `stored and not committed, ${number(abandoned)} bytes of heap`,
      limit:
        `none for what is committed; of what is not, ${number((abandoned * OBJECTS_PER_TB) / 1e6)} MB for a terabyte (calculated), ` +
        'as only that tells that it must not be committed behind a sweep',
      where: 'tree/storage/begun-objects.ts',
    },
  ];
}
