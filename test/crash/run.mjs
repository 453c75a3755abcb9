// Power cuts at every moment, on a simulated disk: npm run test:crash
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
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

const names = ['core', 'testing', 'backend-directory', 'backend-cache'];
const sources = join(root, 'packages/core/src');

// Makes a change to one place of the sources, which has to be there once.
const editing = ({ file, from, to }) => ({
  name: 'edit',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (path !== join(sources, file)) return undefined;
      const parts = (await readFile(path, 'utf8')).split(from);
      if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} places to edit: ${from}`);
      return { contents: parts.join(to), loader: 'ts' };
    });
  },
});

const bundle = async (name, outdir, edit) => {
  await build({
    entryPoints: [join(import.meta.dirname, `${name}.ts`)],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    alias: Object.fromEntries(
      names.map((name) => [`@infinitree/${name}`, join(root, 'packages', name, 'src/index.ts')]),
    ),
    plugins: edit === undefined ? [] : [editing(edit)],
    outdir,
    outExtension: { '.js': '.mjs' },
  });
  return join(outdir, `${name}.mjs`);
};

const { main } = await import(pathToFileURL(await bundle('main', folder)).href);
process.exitCode = await main(process.argv.slice(2), (edit) =>
  bundle('part', edit ? mkdtempSync(join(folder, 'edited-')) : folder, edit),
);
