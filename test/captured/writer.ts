// Writes to a split tree whose values it cannot read, closes it, and waits to be looked at.
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { DirectoryBackend } from '@infinitree/backend-directory';
import { Infinitree, Key } from '@infinitree/core';
import { COMMITS, Shelf } from './shelf.js';

const [folder = '', text = ''] = process.argv.slice(2);
const backend = await DirectoryBackend.open(folder);
const tree = await Infinitree.open(Shelf, { backend, key: Key.splitWriter(Key.fromText(text)) });
for (let i = 0; i < COMMITS; i++) {
  // Small ones and large ones are sealed by different libraries.
  tree.index.apart.set(i, i % 2 === 0 ? `value ${i}` : randomBytes(12_000).toString('base64'));
  tree.index.files.set(i, await tree.blobs.put(randomBytes(i % 3 === 0 ? 90_000 : 50)));
  await tree.commit();
}
// One that is begun, and never flushed.
await tree.blobs.put(randomBytes(500));
await tree.close();
await backend.close();
for (let i = 0; i < 3; i++) {
  (globalThis as { gc?: () => void }).gc?.();
  await setTimeout(20);
}
process.stdout.write('closed\n');
// Until it is killed.
process.stdin.resume();
