// Snippets that a reader may type in as they stand are run as they stand, in both dialects of decorators. What they print
// is written behind each `console.log`, and is compared with what they do print.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import type { DirectoryBackend } from '@infinitree/backend-directory';
import { Infinitree, Key, VersionedMap } from '@infinitree/core';
import { FakeS3 } from '@infinitree/testing';
import { jest } from '@jest/globals';
import { compile, documentedOptions } from './docs/compile.js';
import { ROOT } from './docs/repository.js';
import { type Snippet, snippetsOfPage } from './docs/snippets.js';

const README = snippetsOfPage('README.md', undefined);
const GUIDE = snippetsOfPage('docs/guide/getting-started.md', undefined);
const COPYING = snippetsOfPage('docs/guide/copying.md', undefined);
const KEYS = snippetsOfPage('docs/guide/keys.md', undefined);
const BACKENDS = ['memory', 'directory', 's3', 'minio', 'cache', 'wrappers'].map(
  (name) => [name, snippetsOfPage(`docs/guide/backends/${name}.md`, undefined)] as const,
);

/** A store for the pages of buckets, where the environment says that it is. */
let s3: FakeS3;
const environment = { ...process.env };

const from = process.cwd();
let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'infinitree-docs-'));
  // What snippets import besides this repository.
  await symlink(join(ROOT, 'node_modules'), join(scratch, 'node_modules'), 'junction');
  s3 = await FakeS3.start({ buckets: ['plants'] });
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    MINIO_URL: `${s3.endpoint.replace('http:', 'minio:')}/plants/greenhouse`,
  });
});

afterEach(() => {
  process.chdir(from);
});

afterAll(async () => {
  process.env = environment;
  await s3.close();
  await rm(scratch, { recursive: true });
});

describe.each(Object.entries(documentedOptions()))('with %s decorators', (dialect, options) => {
  let scripts: ReadonlyMap<string, string>;

  beforeAll(() => {
    const { complaints, emit } = compile(
      [...README, ...GUIDE, ...COPYING, ...KEYS, ...BACKENDS.flatMap(([, snippets]) => snippets)],
      options,
    );
    expect(complaints).toEqual([]);
    scripts = emit();
  }, 60_000);

  /** Runs snippets one after the other in an empty directory. Gives what the last one exports, and what was printed. */
  async function run(snippets: readonly Snippet[]) {
    const folder = join(scratch, `${dialect}-${snippets[0]?.file ?? ''}`);
    await mkdir(folder);
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    const files = snippets.map(({ file }) => file.replace(/\.ts$/, '.js'));
    for (const file of files) await writeFile(join(folder, file), scripts.get(file) ?? '');
    process.chdir(folder);
    const printed: string[] = [];
    const log = jest.spyOn(console, 'log').mockImplementation((...values) => void printed.push(format(...values)));
    try {
      const exported = (await import(pathToFileURL(join(folder, files.at(-1) ?? '')).href)) as Record<string, unknown>;
      return { folder, exported, printed };
    } finally {
      log.mockRestore();
    }
  }

  test('the example of the README makes a commit', async () => {
    const { exported } = await run(README);
    const backend = exported['backend'] as DirectoryBackend;
    const key = Key.fromCredentials('username', 'password');
    const tree = await Infinitree.open(VersionedMap, { backend, key, readonly: true });
    expect(await tree.commits()).toMatchObject([{ sequence: 1, message: 'first measurement! yay!' }]);
    await tree.close();
    await backend.close();
  });

  test.each([['getting started', GUIDE], ['copying', COPYING], ['keys', KEYS], ...BACKENDS] as const)(
    '%s prints what it says',
    async (_, snippets) => {
      const { printed } = await run(snippets);
      const promised = snippets.flatMap(({ source }) => [...source.matchAll(/^.*console\.log\(.*; \/\/ (.+)$/gm)]);
      expect(promised).toHaveLength(countLogs(snippets));
      expect(printed).toEqual(promised.map(([, text]) => text));
    },
  );
});

function countLogs(snippets: readonly Snippet[]): number {
  return snippets.reduce((sum, { source }) => sum + source.split('console.log(').length - 1, 0);
}
