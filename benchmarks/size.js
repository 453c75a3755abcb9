import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What a folder really takes: allocated blocks, so that holes in sparse files do not count. @param {string} dir */
export async function bytesOnDisk(dir) {
  let bytes = 0;
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).blocks * 512;
  }
  return bytes;
}
