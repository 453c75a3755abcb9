import { type Backend, Infinitree, type Key } from '@infinitree/core';
import { formatBytes, formatCount } from '@infinitree/example-terminal';
import type { CountingBackend } from './counting-backend.js';
import { Gallery } from './gallery.js';

/** Bytes that do not get smaller by compression, as those of pictures. */
function picture(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}

/** Stores thumbnails and pictures: only the latter are large. */
export async function storePictures(backend: Backend, key: Key): Promise<string[]> {
  await using tree = await Infinitree.create(Gallery, { backend, key });
  for (let i = 1; i <= 20; i++) tree.index.pictures.set(`thumbnail ${i}`, picture(20_000));
  for (let i = 1; i <= 3; i++) tree.index.pictures.set(`picture ${i}`, picture(2_500_000));
  await tree.commit('pictures');
  return ['20 thumbnails of 20.0 kB and 3 pictures of 2.50 MB, in one map'];
}

/** Reads with a handle that has nothing in memory, and tells how much that took out of the storage. */
export async function readPictures(backend: CountingBackend, key: Key): Promise<string[]> {
  await using tree = await Infinitree.open(Gallery, { backend, key, readonly: true });
  let before = backend.bytesRead;
  const readSince = () => formatBytes(-before + (before = backend.bytesRead));
  let keys = 0;
  for await (const _ of tree.entries('pictures', { keysOnly: true })) keys += 1;
  const forKeys = readSince();
  const found = await tree.get('pictures', 'picture 2');
  return [
    `${formatCount(keys)} keys: ${forKeys} read`,
    `one picture of ${formatBytes(found?.length ?? 0)}: ${readSince()} read`,
  ];
}
