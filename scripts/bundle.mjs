// Makes one file of the modules of each package, dist/bundle.js, which is what is loaded: importing core as hundreds of
// modules takes far longer than running it. Names of packages as arguments; all that are compiled, without.
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rollup } from 'rollup';

const PACKAGES = join(import.meta.dirname, '../packages');

/** Source maps then lead to the TypeScript that modules were compiled from. */
const compiled = {
  name: 'compiled',
  load: (file) => ({ code: readFileSync(file, 'utf8'), map: readFileSync(`${file}.map`, 'utf8') }),
};

const named = process.argv.slice(2);
const isCompiled = (name) => existsSync(join(PACKAGES, name, 'dist/index.js'));
for (const name of named.length > 0 ? named : readdirSync(PACKAGES).filter(isCompiled)) await makeBundle(name);

async function makeBundle(name) {
  const dist = join(PACKAGES, name, 'dist');
  const bundle = await rollup({
    input: join(dist, 'index.js'),
    // Packages stay apart, or two of them would each have a copy of core, with classes of its own.
    external: (id) => !id.startsWith('.') && !id.startsWith(PACKAGES),
    plugins: [compiled],
    onLog(level, { message }) {
      throw new Error(`Bundling ${name}: ${level}: ${message}`);
    },
  });
  const file = join(dist, 'bundle.js');
  const { output } = await bundle.generate({ file, format: 'es', sourcemap: true, sourcemapExcludeSources: true });
  const [{ code, map }] = output;
  replace(`${file}.map`, map.toString());
  replace(file, code);
}

/** Under its name only when it is whole: somebody may be importing it. */
function replace(file, text) {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}
