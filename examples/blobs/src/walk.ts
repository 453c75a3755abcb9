import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** A file that is to be stored. */
export interface SourceFile {
  /** From the folder that is stored, with `/` between its parts. */
  readonly path: string;
  /** Where its bytes are read from. */
  readonly location: string;
  readonly size: number;
  readonly mtime: Date;
}

/** The files below a folder, in the order of their paths; links are not followed. `takes` says which of them. */
export async function walk(folder: string, takes: (path: string) => boolean = () => true): Promise<SourceFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const locations = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const chosen = locations
    .map((location) => ({ location, path: relative(folder, location).split(sep).join('/') }))
    .filter(({ path }) => takes(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  return Promise.all(
    chosen.map(async ({ path, location }) => {
      const { size, mtime } = await stat(location);
      return { path, location, size, mtime };
    }),
  );
}
