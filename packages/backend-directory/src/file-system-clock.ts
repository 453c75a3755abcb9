import type { Creation } from './creation.js';
import type { FilePort } from './file-port.js';

/**
 * The time by the clock of the file system itself, read off a file made for that: the clock of this machine may be hours
 * off from that of the server that stamps the files.
 */
export async function fileSystemNow(files: FilePort, creation: Creation): Promise<number> {
  const path = creation.temporaryPath();
  const file = await files.open(path, 'create');
  try {
    return (await file.stat()).modified;
  } finally {
    await file.close();
    await creation.discard(path);
  }
}
