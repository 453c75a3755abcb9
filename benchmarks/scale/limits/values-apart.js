import { Infinitree, VersionedMap } from '@infinitree/core';
import { defineIndex } from '@infinitree/schema';
import { CountingBackend } from '../counting-backend.js';
import { KEY } from '../grow.js';
import { number } from './limit.js';

class Notes {
  /** @type {VersionedMap<number, Uint8Array>} */
  notes = new VersionedMap();
}
defineIndex(Notes, { notes: { strategy: 'sparse' } });

const VALUE = 4096;
const COMMITS = 4;

/**
 * What collecting garbage reads of values that stand apart, which may refer to blobs.
 *
 * @param {number} values
 * @returns {Promise<import('./limit.js').Finding[]>}
 */
export async function valuesApart(values) {
  const backend = new CountingBackend({ keepsAll: true });
  const options = { backend, key: KEY };
  await (await Infinitree.create(Notes, options)).close();
  const tree = await Infinitree.open(Notes, options);
  for (let i = 0; i < values; i++) {
    tree.index.notes.set(i, crypto.getRandomValues(new Uint8Array(VALUE)));
    if ((i + 1) % Math.ceil(values / COMMITS) === 0) await tree.commit();
  }
  await tree.commit();
  backend.take();
  await tree.gc({ dryRun: true });
  const gc = backend.take();
  await tree.verify();
  const verify = backend.take();
  await tree.close();
  return [
    {
      what: 'Garbage and sparse values',
      measured:
        `of ${number(values)} values of 4 KiB, which lie in chunks of 16, gc makes ${number(gc.get)} GET requests, and verify ` +
        `without readData ${number(verify.get)}`,
      limit: 'gc reads all values that stand apart: 15 million requests and a terabyte for a terabyte (calculated)',
      where: 'tree/care/marking.ts, Walk with values: true; tree/care/walk.ts, #list()',
    },
  ];
}
