// Power cuts at every moment, on a simulated disk: npm run test:crash
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '../..');
// Inside of the repository, so that the bundle finds the packages that it does not hold.
const cache = join(root, 'node_modules/.cache');
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'crash-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
// A signal alone would end this process without anything being cleaned up.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));

const names = ['core', 'testing', 'backend-directory'];
await build({
  entryPoints: ['main', 'part'].map((name) => join(import.meta.dirname, `${name}.ts`)),
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  alias: Object.fromEntries(names.map((name) => [`@infinitree/${name}`, join(root, 'packages', name, 'src/index.ts')])),
  outdir: folder,
  outExtension: { '.js': '.mjs' },
});
const { main } = await import(pathToFileURL(join(folder, 'main.mjs')).href);
process.exitCode = await main(join(folder, 'part.mjs'));
