import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What somebody sees who has the directory and no key. */
export async function onDisk(directory: string): Promise<string[]> {
  const objects = (await readdir(join(directory, 'objects'), { recursive: true, withFileTypes: true })).filter(
    (entry) => entry.isFile(),
  );
  const sizes = await Promise.all(
    objects.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const distinct = [...new Set(sizes)].map(formatBytes).join(', ');
  return [
    `${objects.length} objects, ${formatBytes(total)}, each of exactly ${distinct}, all of it encrypted:`,
    ...objects.map(({ name }) => `  ${name}`).sort(),
  ];
}

function formatBytes(bytes: number): string {
  return `${bytes.toLocaleString('en')} bytes`;
}
