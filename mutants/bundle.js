import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const PACKAGES = ['core', 'schema', 'testing', 'backend-directory'];

/** Bundles each test file with the sources that it tests, and gives their paths. */
export async function bundle(root, tests, outdir) {
  const alias = PACKAGES.map((name) => [`@infinitree/${name}`, join(root, `packages/${name}/src/index.ts`)]);
  await build({
    entryPoints: tests.map((path) => ({ in: join(root, path), out: path.replaceAll('/', '-') })),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    keepNames: true,
    alias: Object.fromEntries(alias),
    plugins: [standIns, whereabouts],
    outdir,
    outExtension: { '.js': '.mjs' },
  });
  return tests.map((path) => join(outdir, `${path.replaceAll('/', '-')}.mjs`));
}

/** What stands in for the libraries of tests. */
const standIns = {
  name: 'stand-ins',
  setup({ onResolve }) {
    onResolve({ filter: /^fast-check$/ }, () => ({ path: here('fast-check.js'), external: true }));
    onResolve({ filter: /^@jest\/globals$/ }, () => ({ path: here('jest-globals.js'), external: true }));
  },
};

/** Lets a file that finds others by its own path do so from within a bundle. */
const whereabouts = {
  name: 'whereabouts',
  setup({ onLoad }) {
    onLoad({ filter: /\/test\/.*\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8')
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
      loader: 'ts',
    }));
  },
};

export const nameOf = (path) => basename(path);
