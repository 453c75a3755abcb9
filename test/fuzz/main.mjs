// Tries every decoder at length: npm run test:fuzz -- --help

import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '../..');
// Inside of the repository, so that the bundle finds the packages that it does not hold.
const folder = mkdtempSync(join(root, 'test/fuzz/.bundle-'));
try {
  await build({
    entryPoints: ['cli', 'worker'].map((name) => join(import.meta.dirname, `${name}.ts`)),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    external: ['libsodium-wrappers-sumo', 'cbor-x', 'lz4-wasm-nodejs', 'lz4-napi', 'fast-check'],
    alias: Object.fromEntries(
      ['core', 'testing'].map((name) => [`@infinitree/${name}`, join(root, 'packages', name, 'src/index.ts')]),
    ),
  });
  const { main } = await import(pathToFileURL(join(folder, 'cli.mjs')).href);
  process.exitCode = await main(process.argv.slice(2), { root, worker: join(folder, 'worker.mjs') });
} finally {
  rmSync(folder, { recursive: true });
}
