// Makes all files below `vectors` anew: node packages/core/test/vectors/generate.mjs

import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '../../../..');
// Inside of the repository, so that the bundle finds the packages that it does not hold.
const folder = mkdtempSync(join(root, 'packages/core/.vectors-'));
try {
  const bundle = join(folder, 'generate.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'generate.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile: bundle,
    external: ['libsodium-wrappers-sumo', 'cbor-x', 'lz4-wasm-nodejs', 'lz4-napi'],
    alias: Object.fromEntries(
      ['core', 'testing'].map((name) => [`@infinitree/${name}`, join(root, 'packages', name, 'src/index.ts')]),
    ),
  });
  const { writeVectors } = await import(pathToFileURL(bundle).href);
  const count = await writeVectors(join(root, 'vectors'));
  process.stdout.write(`${count} vectors\n`);
} finally {
  rmSync(folder, { recursive: true });
}
