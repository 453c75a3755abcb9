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
const BEGIN = 1000;

/**
 * Stores chunks without a commit in between, each in an object of its own: the time of the last thousand beside that of the first,
 * and what the handle remembers of them for as long as it is open.
 *
 * @param {number} objects
 * @returns {Promise<import('./limit.js').Finding[]>}
 */
export async function writerSession(objects) {
  const backend = new CountingBackend();
  const tree = await Infinitree.create(Blobs, { backend, key: KEY, objectSize: OBJECT });
  const bytes = new Uint8Array(OBJECT);
  crypto.getRandomValues(bytes);
  const thousand = async () => {
    const start = performance.now();
    for (let i = 0; i < BEGIN; i++) await tree.blobs.put(bytes);
    return (performance.now() - start) * (1000 / BEGIN);
  };
  await thousand();
  const before = heapMb();
  const first = await thousand();
  for (let done = BEGIN; done < objects - BEGIN; done += BEGIN) await thousand();
  const last = await thousand();
  tree.index.blobs.set(0, 'what makes a commit');
  await tree.commit();
  const each = ((heapMb() - before) * 1e6) / objects;
  await tree.close();
  return [
    {
      what: 'Chunks stored before a commit',
      measured: `${number(first)} µs for a chunk at the beginning, ${number(last)} behind ${number(objects)} uncommitted objects`,
      limit: 'grows with the square of what is stored before a commit: commit every few thousand objects',
      where: 'tree/storage/storage-io.ts, write()',
    },
    {
      what: 'Objects of a writing handle',
      measured: `${number(each)} bytes of heap for each storage object that a handle has ever written, after the commit`,
      limit: `${number((each * OBJECTS_PER_TB) / 1e6)} MB for a terabyte (calculated); 2^24 objects, 70 TB, for one handle, as a Set holds no more`,
      where: 'tree/storage/begun-objects.ts, #all; object/object-writer.ts, objects',
    },
  ];
}
