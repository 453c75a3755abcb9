import { join } from 'node:path';
import { type SourceFile, walk } from './walk.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** What is stored unless told otherwise: the documentation of this repository and the sources of its packages. */
export async function ownFiles(): Promise<SourceFile[]> {
  const below = async (folder: string, takes?: (path: string) => boolean) =>
    (await walk(join(ROOT, folder), takes)).map((file) => ({ ...file, path: `${folder}/${file.path}` }));
  return [...(await below('docs')), ...(await below('packages', (path) => /^[^/]+\/src\//.test(path)))];
}
