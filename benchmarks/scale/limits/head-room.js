import { randomBytes } from 'node:crypto';
import { Infinitree } from '@infinitree/core';
import { CountingBackend } from '../counting-backend.js';
import { Files, KEY } from '../grow.js';
import { number } from './limit.js';

const OBJECT = 65_536;
const DROPBOXES = 12;
/** Of long names, so that the registry takes more than half of a head. */
const FIELDS = 20;

/**
 * Commits beside a registry that takes more than half of a head, while what was folded takes less than the half from which on
 * it is put into an object of its own.
 *
 * @param {number} most
 * @returns {Promise<import('./limit.js').Finding[]>}
 */
export async function headRoom(most) {
  const backend = new CountingBackend({ keepsAll: true });
  const tree = await Infinitree.create(Files, { backend, key: KEY, objectSize: OBJECT });
  const name = (/** @type {number} */ size) => randomBytes(size).toString('hex');
  for (let i = 0; i < DROPBOXES; i++) {
    await tree.dropboxes.add({ label: name(120), fields: Array.from({ length: FIELDS }, () => name(40)) });
  }
  let commits = 0;
  let refused;
  while (commits < most && refused === undefined) {
    tree.index.files.set(commits, name(3000));
    refused = await tree.commit().then(
      () => undefined,
      (/** @type {unknown} */ error) => /** @type {Error} */ (error).message,
    );
    commits += 1;
  }
  await tree.close();
  return [
    {
      what: 'Registry and base in one head',
      measured:
        `with objects of 64 KiB and ${DROPBOXES} dropboxes of long names, ` +
        (refused === undefined
          ? `${number(commits)} commits were taken`
          : `commit ${number(commits)} is refused: “${refused}”`),
      limit:
        'half of an object, 2 MiB, for all; the base goes elsewhere by its own size, and not when there is no room',
      where: 'tree/write/fold.ts, spill(); tree/write/compose-head.ts, composeHead()',
    },
  ];
}
