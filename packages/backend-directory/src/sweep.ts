import { join } from 'node:path';
import type { Leftovers } from '@infinitree/core';
import type { Context } from './context.js';
import { fileSystemNow } from './file-system-clock.js';
import type { Step } from './guard.js';
import { isTemporaryName } from './layout.js';
import { unless } from './trouble.js';

/** Nobody takes that long to write one object; a writer on another machine may still be at a younger file. */
export const ABANDONED_MS = 24 * 60 * 60 * 1000;

/**
 * Removes temporary files that crashes left behind, once they are that old. Gives what was removed, or with `dryRun` would
 * be.
 */
export async function sweep(
  { files, folders, layout, creation }: Omit<Context, 'guard'>,
  olderThanMs: number,
  step: Step,
  dryRun = false,
): Promise<Leftovers> {
  const swept = { count: 0, bytes: 0 };
  const names = (await folders.entries(layout.temporary)).filter(isTemporaryName);
  // Mostly there is nothing to do, and then nothing is written: the medium may be read-only.
  if (names.length === 0) return swept;
  const now = await fileSystemNow(files, creation);
  for (const name of names) {
    step();
    const path = join(layout.temporary, name);
    const found = await unless('ENOENT', files.stat(path));
    if (found === undefined || found.folder || now - found.modified < olderThanMs) continue;
    if (!dryRun) await creation.discard(path);
    swept.count += 1;
    swept.bytes += found.size;
  }
  return swept;
}
