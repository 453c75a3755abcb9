// Bundles the measurements from the sources and runs them: node test/scale/run.mjs --help

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '../..');
// Inside of the repository, so that the bundle finds the packages that it does not hold. Of this process alone, so that
// two runs at a time do not overwrite each other's.
const bundle = join(root, 'node_modules/.cache/infinitree', `scale-${process.pid}.mjs`);
await build({
  entryPoints: [join(import.meta.dirname, 'main.ts')],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  outfile: bundle,
  external: ['libsodium-wrappers-sumo', 'cbor-x', 'lz4-wasm-nodejs', 'lz4-napi'],
  alias: Object.fromEntries(
    ['core', 'testing', 'backend-directory', 'backend-cache'].map((name) => [
      `@infinitree/${name}`,
      join(root, 'packages', name, 'src/index.ts'),
    ]),
  ),
});
await import(pathToFileURL(bundle).href);
