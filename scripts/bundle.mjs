// Makes one file of each package, dist/bundle.js, which is what Node loads: reading hundreds of modules takes it longer than
// running them. Bundlers are given the modules, of which they leave out what an application does not use.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const packages = join(import.meta.dirname, '../packages');
await Promise.all(
  readdirSync(packages).map((name) =>
    build({
      entryPoints: [join(packages, name, 'src/index.ts')],
      outfile: join(packages, name, 'dist/bundle.js'),
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      target: 'node20.19',
      // Packages stay apart, or two of them would each have a copy of core, with classes of its own.
      packages: 'external',
      sourcemap: true,
      sourcesContent: false,
      logLevel: 'warning',
    }),
  ),
);
