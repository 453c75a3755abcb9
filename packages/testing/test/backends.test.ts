import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryBackend } from '@infinitree/backend-directory';
import { MemoryBackend, type MemoryOptions } from '@infinitree/core';
import { describe, expect, test } from '@jest/globals';
import { type BackendTarget, backendSuite, FailingBackend } from '../src/index.js';

const runner = { describe, test, expect };

function memory(options: Required<MemoryOptions>): BackendTarget {
  return {
    heads: options.heads,
    locks: options.locks,
    async open() {
      const backend = new MemoryBackend(options);
      return { backend, reopen: async () => backend.reopen(), dispose: async () => {} };
    },
  };
}

function directory(durability: 'append' | 'object'): BackendTarget {
  return {
    heads: 'epoch',
    locks: true,
    async open() {
      const path = await mkdtemp(join(tmpdir(), 'infinitree-suite-'));
      return {
        backend: await DirectoryBackend.open(path, { durability }),
        reopen: () => DirectoryBackend.open(path, { durability }),
        addStrays: () => addStrays(path),
        dispose: () => rm(path, { recursive: true, force: true }),
      };
    },
  };
}

/** What people and their tools leave lying about. */
async function addStrays(root: string): Promise<void> {
  for (const folder of ['objects/ab', 'objects/zz', 'epochs', 'locks', 'tmp']) {
    await mkdir(join(root, folder), { recursive: true });
  }
  const id = 'f'.repeat(64);
  const names = ['.DS_Store', `objects/${id}`, `objects/ab/${id}`, `objects/zz/${id}`, 'objects/cd', 'objects/ab/.x'];
  for (const name of [...names, `objects/ab/${'ab'.repeat(32)}.part`, 'epochs/Thumbs.db', 'tmp/x', `tmp/${id}`]) {
    await writeFile(join(root, name), 'stray');
  }
}

backendSuite(runner, 'MemoryBackend (cas)', memory({ heads: 'cas', ranges: true, locks: false }));
backendSuite(runner, 'MemoryBackend (cas, no ranges, locks)', memory({ heads: 'cas', ranges: false, locks: true }));
backendSuite(runner, 'MemoryBackend (epoch)', memory({ heads: 'epoch', ranges: true, locks: true }));
backendSuite(runner, 'MemoryBackend (epoch, no ranges)', memory({ heads: 'epoch', ranges: false, locks: false }));
backendSuite(runner, 'DirectoryBackend (append)', directory('append'));
backendSuite(runner, 'DirectoryBackend (object)', directory('object'));

// A wrapper that gets in nobody's way keeps the contract; so do the plan and the log.
backendSuite(runner, 'FailingBackend around a directory', {
  ...directory('append'),
  async open() {
    const opened = await directory('append').open();
    return {
      ...opened,
      backend: new FailingBackend(opened.backend),
      reopen: async () => new FailingBackend(await opened.reopen!()),
    };
  },
});
