import { appendFile, copyFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceFile } from './walk.js';

/** The files as they would be after somebody wrote a line at the end of one of them. The file itself stays as it is. */
export async function edited(files: readonly SourceFile[], file: SourceFile, scratch: string): Promise<SourceFile[]> {
  const location = join(scratch, 'edited');
  await copyFile(file.location, location);
  await appendFile(location, 'One line more.\n');
  const { size, mtime } = await stat(location);
  return files.map((other) => (other.path === file.path ? { ...file, location, size, mtime } : other));
}
