import { Infinitree, VersionedMap } from '@infinitree/core';
import { defineIndex } from '@infinitree/schema';
import { requestsIn } from '../ask.js';
import { CountingBackend } from '../counting-backend.js';
import { KEY } from '../grow.js';
import { number } from './limit.js';

class Board {
  /** @type {VersionedMap<string, number>} */
  board = new VersionedMap();
}
defineIndex(Board, { board: {} });

/** Small objects, so that commits are quick. */
const OBJECT = 65_536;
const AT_ONCE = 64;

/**
 * Clears a field again and again: what opening reads, before and after.
 *
 * @param {number} clears
 * @returns {Promise<import('./limit.js').Finding[]>}
 */
export async function clearing(clears) {
  const backend = new CountingBackend();
  const options = { backend, key: KEY, objectSize: OBJECT };
  await (await Infinitree.create(Board, options)).close();
  const tree = await Infinitree.open(Board, options);
  /** @param {number} count */
  const clear = async (count) => {
    for (let done = 0; done < count; done += AT_ONCE) {
      /** @type {Promise<unknown>[]} */
      const all = [];
      for (let i = 0; i < AT_ONCE; i++) {
        tree.index.board.clear();
        tree.index.board.set('newest', done + i);
        all.push(tree.commit());
      }
      await Promise.all(all);
    }
  };
  const opening = async () => {
    const other = backend.reopen();
    await (await Infinitree.open(Board, { ...options, backend: other, readonly: true })).close();
    const counts = other.take();
    return { requests: requestsIn(counts), bytes: counts.bytesRead };
  };
  await clear(clears / 8);
  const few = await opening();
  await clear(clears - clears / 8);
  const many = await opening();
  await tree.close();
  return [
    {
      what: 'Clears of a field',
      measured:
        `opening reads ${number(few.bytes)} bytes in ${few.requests} requests after ${number(clears / 8)} clears, ` +
        `${number(many.bytes)} in ${many.requests} after ${number(clears)}`,
      limit: 'each clear stays in the base for good, is read by each opening and written by each fold',
      where: 'tree/records/base.ts, FieldBase.clears',
    },
  ];
}
