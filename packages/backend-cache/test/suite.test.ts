import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryBackend } from '@infinitree/backend-directory';
import { type Backend, MemoryBackend } from '@infinitree/core';
import { type BackendTarget, backendSuite } from '@infinitree/testing';
import { describe, expect, test } from '@jest/globals';
import { CacheBackend, type CacheOptions } from '../src/index.js';

type Behind = { readonly upstream: Backend; reopen(): Promise<Backend>; dispose(): Promise<void> };

const bucket = async (): Promise<Behind> => {
  const upstream = new MemoryBackend();
  return { upstream, reopen: async () => upstream.reopen(), dispose: async () => {} };
};

const folder = async (): Promise<Behind> => {
  const path = await mkdtemp(join(tmpdir(), 'infinitree-behind-'));
  return {
    upstream: await DirectoryBackend.open(path),
    reopen: () => DirectoryBackend.open(path),
    dispose: () => rm(path, { recursive: true }),
  };
};

/** Each handle is one of another process: they share the directory and the storage behind it. */
function cached(
  heads: 'cas' | 'epoch',
  behind: () => Promise<Behind>,
  wrap: (upstream: Backend, directory: string) => Promise<CacheBackend>,
): BackendTarget {
  return {
    heads,
    locks: heads === 'epoch',
    async open() {
      const directory = await mkdtemp(join(tmpdir(), 'infinitree-cache-'));
      const { upstream, reopen, dispose } = await behind();
      return {
        backend: await wrap(upstream, directory),
        reopen: async () => wrap(await reopen(), directory),
        addStrays: () => addStrays(directory),
        async dispose() {
          await dispose();
          await rm(directory, { recursive: true });
        },
      };
    },
  };
}

async function addStrays(directory: string): Promise<void> {
  for (const name of ['cached', 'pending', 'incoming']) {
    await mkdir(join(directory, name), { recursive: true });
    await writeFile(join(directory, name, '.DS_Store'), 'stray');
    await writeFile(join(directory, name, `${'f'.repeat(64)}.part`), 'stray');
  }
}

const inDirectory = (options: Omit<CacheOptions, 'upstream' | 'directory'>) => (upstream: Backend, directory: string) =>
  CacheBackend.open({ upstream, directory, ...options });

const MIB = 2 ** 20;
const runner = { describe, test, expect };

backendSuite(runner, 'a cache before a bucket', cached('cas', bucket, inDirectory({ maxBytes: 64 * MIB })));
backendSuite(runner, 'a cache before a directory', cached('epoch', folder, inDirectory({ maxBytes: 64 * MIB })));
backendSuite(runner, 'a cache with no room', cached('cas', bucket, inDirectory({ maxBytes: 0 })));

const writeBack = (maxBytes: number) => inDirectory({ maxBytes, mode: 'write-back' });
backendSuite(runner, 'a write-back cache before a bucket', cached('cas', bucket, writeBack(64 * MIB)));
backendSuite(runner, 'a write-back cache before a directory', cached('epoch', folder, writeBack(64 * MIB)));
backendSuite(runner, 'a small write-back cache before a bucket', cached('cas', bucket, writeBack(4 * MIB)));
backendSuite(
  runner,
  'memory before a write-back cache before a bucket',
  cached('cas', bucket, async (upstream, directory) =>
    CacheBackend.inMemory({
      maxBytes: 5 * MIB,
      upstream: await CacheBackend.open({ upstream, directory, maxBytes: 64 * MIB, mode: 'write-back' }),
    }),
  ),
);
