import { join } from 'node:path';
import type { Creation } from './creation.js';
import type { FilePort } from './file-port.js';
import type { Folders } from './folders.js';
import type { Step } from './guard.js';
import { isTemporaryName, type Layout } from './layout.js';
import { unless } from './trouble.js';

/** Nobody takes that long to write one object; a writer on another machine may still be at a younger file. */
const MAX_AGE_MS = 24 * 60 * 60 * 1000;

/**
 * Removes temporary files that crashes left behind. Ages are told by the clock of the file system itself, read off a file
 * made for that: the clock of this machine may be hours off from that of the server that stamps the files.
 */
export async function sweep(
  files: FilePort,
  folders: Folders,
  layout: Layout,
  creation: Creation,
  step: Step,
): Promise<void> {
  const names = (await folders.entries(layout.temporary)).filter(isTemporaryName);
  // Mostly there is nothing to do, and then nothing is written: the medium may be read-only.
  if (names.length === 0) return;
  const now = await fileSystemNow(files, creation);
  for (const name of names) {
    step();
    const path = join(layout.temporary, name);
    const found = await unless('ENOENT', files.stat(path));
    if (found !== undefined && !found.folder && now - found.modified > MAX_AGE_MS) await creation.discard(path);
  }
}

async function fileSystemNow(files: FilePort, creation: Creation): Promise<number> {
  const path = creation.temporaryPath();
  const file = await files.open(path, 'create');
  try {
    return (await file.stat()).modified;
  } finally {
    await file.close();
    await creation.discard(path);
  }
}
