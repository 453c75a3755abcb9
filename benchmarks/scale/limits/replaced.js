import { Infinitree } from '@infinitree/core';
import { CountingBackend } from '../counting-backend.js';
import { Files, KEY } from '../grow.js';
import { insideOf, MadeUp } from '../made-up.js';
import { shapeOf } from '../shapes.js';
import { number } from './limit.js';

const OBJECT = 65_536;
const COMMITS = 60;

/**
 * Merges an index of more objects than a head lists as replaced. With objects of 4 MiB that takes 8.6 GB of index; with the
 * smallest ones 2 MB.
 *
 * @param {number} entries
 * @returns {Promise<import('./limit.js').Finding[]>}
 */
export async function replacing(entries) {
  const backend = new CountingBackend();
  let now = Date.now();
  const options = { backend, key: KEY, environment: { clock: { now: () => now } } };
  await (await Infinitree.create(Files, { ...options, objectSize: OBJECT })).close();
  const tree = await Infinitree.open(Files, options);
  const next = shapeOf('photos').values(new MadeUp(insideOf(tree), () => undefined));
  for (let done = 0; done < entries; ) {
    for (const end = Math.min(entries, done + Math.ceil(entries / COMMITS)); done < end; done++) {
      tree.index.files.set(done, next());
    }
    await tree.commit();
  }
  // Brings what the tail holds into packs, so that there is something to be merged.
  for (let i = 0; i < 260; i++) {
    tree.index.files.set(-1, i);
    await tree.commit();
  }
  await tree.compact();
  const { replaced } = /** @type {any} */ (tree).session.snapshot.care;
  const listed = replaced.reduce(
    (/** @type {number} */ sum, /** @type {any} */ { objects }) => sum + objects.length,
    0,
  );
  now += 3_600_000;
  for (let i = 0; i < 4; i++) {
    tree.index.files.set(-1, -i);
    await tree.commit();
  }
  const { orphans, inUse } = await tree.gc({ dryRun: true, olderThan: 0 });
  await tree.close();
  return [
    {
      what: 'Index objects replaced by a merge',
      measured:
        `with objects of 64 KiB, merging all of an index of ${number(inUse.count)} objects listed ${number(listed)} as replaced; ` +
        `${number(orphans.count)} more were left behind, for gc to find`,
      limit:
        'a head lists S / 2048 objects: with 4 MiB, merges of more than 8.6 GB of index leave garbage that only gc takes',
      where: 'tree/write/head-room.ts, capped()',
    },
  ];
}
