import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { formatBytes } from '@infinitree/example-terminal';

/** How much room the tree takes, beside the file it was made from. */
export async function onDisk(directory: string, fileSize: number): Promise<string[]> {
  const entries = await readdir(join(directory, 'objects'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return [`${sizes.length} objects, ${formatBytes(total)} together; the JSON file has ${formatBytes(fileSize)}`];
}
