import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const names = ['core', 'testing', 'backend-directory', 'backend-cache', 'backend-s3', 'backend-minio'];

/**
 * Bundles TypeScript from a folder, with the sources of the packages in it, and imports the first entry. Gives what that
 * exports and where the bundles are; they are removed when the process ends.
 */
export async function bundled(from, entries) {
  // Inside of the repository, so that the bundle finds the packages that it does not hold.
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'bundle-'));
  process.on('exit', () => rmSync(folder, { recursive: true }));
  // A signal alone would end this process without anything being cleaned up.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));
  await build({
    entryPoints: entries.map((name) => join(from, `${name}.ts`)),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    alias: Object.fromEntries(
      names.map((name) => [`@infinitree/${name}`, join(root, 'packages', name, 'src/index.ts')]),
    ),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
  });
  const [module, ...others] = entries.map((name) => join(folder, `${name}.mjs`));
  return { root, others, ...(await import(pathToFileURL(module).href)) };
}
