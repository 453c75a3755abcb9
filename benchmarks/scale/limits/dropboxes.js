import { Dropbox, Infinitree, Key } from '@infinitree/core';
import { CountingBackend } from '../counting-backend.js';
import { Files, KEY } from '../grow.js';
import { insideOf, MadeUp } from '../made-up.js';
import { number, OBJECTS_PER_TB } from './limit.js';

/**
 * What a worker with a dropbox, and whoever merges it, ask of a storage that holds many objects.
 *
 * @param {number} objects
 * @returns {Promise<import('./limit.js').Finding[]>}
 */
export async function dropboxes(objects) {
  const backend = new CountingBackend({ keepsAll: true });
  const tree = await Infinitree.create(Files, { backend, key: KEY });
  const made = new MadeUp(insideOf(tree), (id) => backend.pretend(id));
  for (let i = 0; i < objects; i++) made.object();
  const { key } = await tree.dropboxes.add({ label: 'a worker' });
  const workers = backend.reopen();
  const dropbox = await Dropbox.open(Files, { backend: workers, key: Key.dropbox(key.toText()) });
  const opened = workers.take();
  dropbox.index.files.set(1, 'handed in');
  await dropbox.send();
  const sent = workers.take();
  await dropbox.close();
  backend.take();
  await tree.dropboxes.merge();
  const merged = backend.take();
  await tree.close();
  return [
    {
      what: 'Dropboxes in a large storage',
      measured:
        `beside ${number(objects)} objects a worker that opens its dropbox makes ${opened.list} LIST requests, one that sends ` +
        `${sent.list}; each merge makes ${merged.list}`,
      limit: `all objects are listed: ${number(OBJECTS_PER_TB / 1000)} LIST requests for a terabyte, by each opening and each merge`,
      where: 'tree/dropbox/outbox.ts, #goOn(); tree/dropbox/merge.ts, #list()',
    },
  ];
}
