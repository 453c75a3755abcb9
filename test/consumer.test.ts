// What somebody gets who installs the packages into an empty folder and does what the guide says.
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DirectoryBackend } from '@infinitree/backend-directory';
import { Infinitree, Key, VersionedMap } from '@infinitree/core';
import { installPacked, run, tsc } from './consumer/packages.js';
import { inMain, readmeExample } from './consumer/program.js';
import { tsconfigs } from './docs/markdown.js';
import { ROOT, read } from './docs/repository.js';

/** Every configuration that the guide names, each once. */
const CONFIGURATIONS = [
  ...new Set(['docs/guide/getting-started.md', 'docs/guide/schema.md'].flatMap((page) => tsconfigs(read(page)))),
].map((tsconfig) => [tsconfig.includes('"experimentalDecorators": true') ? 'legacy' : 'standard', tsconfig] as const);

let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'infinitree-consumer-'));
  await installPacked(scratch);
}, 120_000);

afterAll(() => rm(scratch, { recursive: true, force: true }));

/** The messages of the commits in the tree that the example has made in a folder. */
async function commitsIn(folder: string): Promise<string[]> {
  const backend = await DirectoryBackend.open(join(folder, 'storage'));
  const key = Key.fromCredentials('username', 'password');
  const tree = await Infinitree.open(VersionedMap, { backend, key, readonly: true });
  const commits = await tree.commits();
  await tree.close();
  await backend.close();
  return commits.map(({ message }) => message);
}

const EVERY_PACKAGE = readdirSync(join(ROOT, 'packages'));

test.each([
  ['one file', [], 'bundle.js'],
  ['its modules, where they are asked for', ['--conditions=unbundled'], 'index.js'],
])('importing a package gives %s, and classes by their names', async (_, flags, file) => {
  const program = `
    for (const name of process.argv.slice(1)) {
      const exported = Object.entries(await import('@infinitree/' + name));
      const renamed = exported.filter(([as, is]) => typeof is === 'function' && is.name !== as).map(([as]) => as);
      console.log(name, exported.length > 0, renamed.join(), import.meta.resolve('@infinitree/' + name));
    }`;
  const node = [...flags, '--input-type=module', '--eval', program, '--', ...EVERY_PACKAGE];
  const lines = (await run(process.execPath, node, ROOT)).trim().split('\n');
  const url = (name: string) => pathToFileURL(join(ROOT, 'packages', name, 'dist', file)).href;
  expect(lines).toEqual(EVERY_PACKAGE.map((name) => `${name} true  ${url(name)}`));
});

test('the guide names both dialects of decorators', () => {
  expect(CONFIGURATIONS.map(([dialect]) => dialect).sort()).toEqual(['legacy', 'standard']);
});

describe.each(CONFIGURATIONS)('with %s decorators', (dialect, tsconfig) => {
  test.each([
    ['an ES module', 'module', readmeExample()],
    ['CommonJS', 'commonjs', inMain(readmeExample())],
  ])(
    'the example of the README compiles and runs as %s',
    async (_, type, program) => {
      const folder = join(scratch, `${dialect}-${type}`);
      await mkdir(folder);
      await writeFile(join(folder, 'package.json'), JSON.stringify({ type }));
      await writeFile(join(folder, 'tsconfig.json'), tsconfig);
      await writeFile(join(folder, 'example.ts'), program);
      await tsc('-p', folder);
      await run(process.execPath, ['example.js'], folder);
      expect(await commitsIn(folder)).toEqual(['first measurement! yay!']);
    },
    60_000,
  );
});
