// The example, as it is, in a process of its own, with nothing changed but one variable of its environment.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { FakeS3 } from '@infinitree/testing';
import { build } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '../../..');
const CACHE = join(ROOT, 'node_modules/.cache');

let s3: FakeS3;
let directory: string;
let program: string;

beforeAll(async () => {
  s3 = await FakeS3.start();
  directory = await mkdtemp(join(tmpdir(), 'infinitree-storage-'));
  // Bundled from the sources, among the packages that it imports: nothing has to be built before.
  await mkdir(CACHE, { recursive: true });
  program = join(await mkdtemp(join(CACHE, 'storage-')), 'main.mjs');
  await build({
    entryPoints: [join(ROOT, 'examples/storage/src/main.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    tsconfig: join(ROOT, 'examples/storage/tsconfig.json'),
    alias: Object.fromEntries(
      ['core', 'schema', 'backend-directory', 'backend-s3', 'backend-minio', 'backend-cache'].map((name) => [
        `@infinitree/${name}`,
        join(ROOT, `packages/${name}/src/index.ts`),
      ]),
    ),
    packages: 'external',
  });
});

afterAll(async () => {
  await s3.close();
  await rm(directory, { recursive: true });
  await rm(resolve(program, '..'), { recursive: true });
});

async function run(storage: string | undefined): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [program], {
    env: {
      ...process.env,
      STORAGE: storage,
      AWS_ACCESS_KEY_ID: s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
  return stdout;
}

const STORAGES: Readonly<Record<string, () => string>> = {
  file: () => pathToFileURL(join(directory, 'tree')).href,
  s3: () => `s3://bucket/s3?endpoint=${encodeURIComponent(s3.endpoint)}`,
  minio: () => `minio://${new URL(s3.endpoint).host}/bucket/minio`,
  cache: () => {
    const upstream = `s3://bucket/cached?endpoint=${encodeURIComponent(s3.endpoint)}`;
    return `cache://${join(directory, 'cache')}?max=64MiB&upstream=${encodeURIComponent(upstream)}`;
  },
};

test.each(Object.keys(STORAGES))(
  '%s: keeps what was stored for the next process',
  async (scheme) => {
    const url = STORAGES[scheme]!();
    expect(await run(url)).toBe(`measurement 1 of 1 is in ${scheme}: storage\n`);
    expect(await run(url)).toBe(`measurement 2 of 2 is in ${scheme}: storage\n`);
  },
  60_000,
);

test('memory: by default, which begins anew', async () => {
  for (const url of [undefined, 'memory:']) expect(await run(url)).toBe('measurement 1 of 1 is in memory: storage\n');
}, 60_000);

test('a storage that is none is named', async () => {
  await expect(run('ftp://host/tree')).rejects.toThrow('INFINITREE_UNSUPPORTED');
}, 60_000);
