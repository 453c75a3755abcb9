import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { formatBytes } from '@infinitree/example-terminal';

/** How many objects a store has, and how much room they take. */
export async function onDisk(directory: string): Promise<string> {
  const entries = await readdir(join(directory, 'objects'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size));
  return `${sizes.length} objects, ${formatBytes(sizes.reduce((sum, size) => sum + size, 0))} on the disk`;
}
