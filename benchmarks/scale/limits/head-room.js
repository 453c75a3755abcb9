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
 * Commits beside a registry that takes more than half of a head, and how large the registry may become.
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
  if (refused !== undefined) throw new Error(`Commit ${commits} was refused: ${refused}`);
  let dropboxes = DROPBOXES;
  for (; refused === undefined; dropboxes++) {
    refused = await tree.dropboxes.add({ fields: Array.from({ length: 2 * FIELDS }, () => name(40)) }).then(
      () => undefined,
      (/** @type {unknown} */ error) => /** @type {Error} */ (error).message,
    );
  }
  await tree.close();
  return [
    {
      what: 'Registry and base in one head',
      measured:
        `with objects of 64 KiB and ${DROPBOXES} dropboxes of long names, ${number(commits)} commits were taken; dropbox ` +
        `${dropboxes} is refused: “${refused.split(': ')[0]}”`,
      limit:
        'half of an object, 2 MiB, for the registry; base, tail and the list of what was replaced make room for it',
      where: 'tree/write/head-room.ts, requireRoom()',
    },
  ];
}
