import { Infinitree } from '@infinitree/core';
import { CountingBackend } from '../counting-backend.js';
import { Files, KEY } from '../grow.js';
import { insideOf, MadeUp } from '../made-up.js';
import { shapeOf } from '../shapes.js';
import { number } from './limit.js';

/** Small, so that little is written. */
const OBJECT = 65_536;
const COMMITS = 20;
/** More than a head carries on. */
const SMALL_COMMITS = 260;

/**
 * How many entries the blocks of a run have, once it was merged.
 *
 * @param {number} entries
 * @returns {Promise<import('./limit.js').Finding[]>}
 */
export async function mergedBlocks(entries) {
  const backend = new CountingBackend();
  const tree = await Infinitree.create(Files, { backend, key: KEY, objectSize: OBJECT });
  const inside = insideOf(tree);
  const next = shapeOf('values').values(new MadeUp(inside, () => undefined));
  for (let i = 0; i < entries; i++) {
    tree.index.files.set(i, next());
    if ((i + 1) % Math.ceil(entries / COMMITS) === 0) await tree.commit();
  }
  for (let i = 0; i < SMALL_COMMITS; i++) {
    tree.index.files.set(-1, i);
    await tree.commit();
  }
  await tree.compact();
  const counts = await inside.blocks();
  const { indexBytes } = await inside.index();
  await tree.close();
  const single = counts.filter((count) => count === 1).length;
  return [
    {
      what: 'Blocks of a merged run',
      measured:
        `${number(entries)} sparse values in ${number(counts.length)} blocks, of which ${number(single)} hold one entry; ` +
        `${number(Math.max(...counts))} entries in the largest, and ${number(indexBytes / entries, 1)} bytes for each entry`,
      limit:
        'a block keeps the texts of 256 chunks once; with more of them it would keep each for each entry, and ends',
      where: 'tree/write/block-room.ts; codec/column-kinds.ts, MAX_DICTIONARY',
    },
  ];
}
