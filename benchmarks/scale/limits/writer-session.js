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
 * them for as long as it is open.
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
  const each = ((heapMb() - before) * 1e6) / objects;
  await tree.close();
  return [
    {
      what: 'Objects stored before a commit',
      measured: `${number(first)} µs of the processor for a blob of 8 bytes, ${number(last)} behind ${number(objects)} uncommitted objects`,
      limit: 'each chunk looks at all objects since the last commit: the time grows with the square of their number',
      where: 'tree/storage/storage-io.ts, write()',
    },
    {
      what: 'Objects of a writing handle',
      measured: `${number(each)} bytes of heap for each storage object that a handle has ever written, after the commit`,
      limit:
        `${number((each * OBJECTS_PER_TB) / 1e6)} MB for a terabyte (calculated); 2^24 objects, 70 TB, for one handle, as a Set ` +
        'holds no more',
      where: 'tree/storage/begun-objects.ts, #all; object/object-writer.ts, objects',
    },
  ];
}
