import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/** The pages a user reads, by their path from the root of the repository. */
export function pages(): string[] {
  return ['README.md', ...filesBelow('docs/guide', '.md')];
}

export function sourceFiles(): string[] {
  const packages = readdirSync(join(ROOT, 'packages'));
  return packages.flatMap((name) => filesBelow(`packages/${name}/src`, '.ts'));
}

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function filesBelow(folder: string, extension: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(extension))
    .map((name) => `${folder}/${name.split(sep).join('/')}`)
    .sort();
}
