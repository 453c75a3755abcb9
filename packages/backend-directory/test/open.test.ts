import { mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type InfinitreeError, openBackend } from '@infinitree/core';
import { describe, expect, test } from '@jest/globals';
import { DirectoryBackend, nodeFiles } from '../src/index.js';
import { RecordingFiles } from './recording-files.js';
import { BYTES, errorOf, ID, idOf, inDirectory } from './scene.js';

const HOUR_MS = 60 * 60 * 1000;

describe('opening a directory', () => {
  test('makes it, and what lies in it is for its owner alone', async () => {
    await inDirectory(async (parent) => {
      const root = join(parent, 'a', 'b');
      const backend = await DirectoryBackend.open(root);
      await backend.put(ID, BYTES);
      await backend.heads.claim(ID);
      expect((await readdir(root)).sort()).toEqual(['epochs', 'objects', 'tmp']);
      if (process.platform === 'win32') return;
      for (const path of [root, join(root, 'objects'), join(root, 'objects', 'ab')]) {
        expect((await stat(path)).mode & 0o777).toBe(0o700);
      }
      expect((await stat(join(root, 'objects', 'ab', ID))).mode & 0o777).toBe(0o600);
      expect((await stat(join(root, 'epochs', ID))).mode & 0o777).toBe(0o600);
    });
  });

  test('by path, by URL, and by a URL in a string comes to the same', async () => {
    await inDirectory(async (root) => {
      const url = pathToFileURL(join(root, 'a b#ü'));
      const first = await DirectoryBackend.open(join(root, 'a b#ü'));
      await first.put(ID, BYTES);
      for (const open of [DirectoryBackend.open(url), DirectoryBackend.open(url.href), openBackend(url.href)]) {
        expect(await (await open).get(ID)).toEqual(BYTES);
      }
    });
  });

  test('a relative path is that of the moment of opening', async () => {
    await inDirectory(async (root) => {
      const before = process.cwd();
      try {
        process.chdir(root);
        const backend = await DirectoryBackend.open('relative');
        process.chdir(before);
        await backend.put(ID, BYTES);
        expect(await readdir(root)).toEqual(['relative']);
      } finally {
        process.chdir(before);
      }
    });
  });

  test.each(['https://host/path', 'file://host/path'])('%s names no directory', async (url) => {
    expect((await errorOf(DirectoryBackend.open(new URL(url)))).code).toBe('INFINITREE_INVALID_ARGUMENT');
  });

  test('a file is no directory', async () => {
    await inDirectory(async (root) => {
      await writeFile(join(root, 'file'), '');
      expect((await errorOf(DirectoryBackend.open(join(root, 'file')))).code).toBe('INFINITREE_INVALID_ARGUMENT');
      expect((await errorOf(DirectoryBackend.open(join(root, 'file', 'below')))).code).toBe('INFINITREE_BACKEND');
    });
  });

  test('an aborted signal makes nothing', async () => {
    await inDirectory(async (root) => {
      const open = DirectoryBackend.open(join(root, 'a'), { signal: AbortSignal.abort() });
      expect((await errorOf(open)).code).toBe('INFINITREE_ABORTED');
      expect(await readdir(root)).toEqual([]);
    });
  });
});

describe('temporary files', () => {
  const name = (digit: string) => digit.repeat(32);

  async function leave(root: string, file: string, ageMs: number): Promise<void> {
    await mkdir(join(root, 'tmp'), { recursive: true });
    await writeFile(join(root, 'tmp', file), 'left behind');
    const then = (Date.now() - ageMs) / 1000;
    await utimes(join(root, 'tmp', file), then, then);
  }

  test('older than a day are swept when the directory is opened, younger and strange ones stay', async () => {
    await inDirectory(async (root) => {
      await leave(root, name('a'), 25 * HOUR_MS);
      await leave(root, name('b'), 23 * HOUR_MS);
      await leave(root, 'notes.txt', 1000 * HOUR_MS);
      await DirectoryBackend.open(root);
      expect((await readdir(join(root, 'tmp'))).sort()).toEqual([name('b'), 'notes.txt']);
    });
  });

  test('are as old as the clock of the file system says, not that of this machine', async () => {
    await inDirectory(async (root) => {
      await leave(root, name('a'), 0);
      const files = new RecordingFiles(root);
      // The clock of a server that is two days ahead.
      const open = files.open.bind(files);
      files.open = async (path, mode) => {
        const file = await open(path, mode);
        const ahead = async () => ({ ...(await file.stat()), modified: Date.now() + 48 * HOUR_MS });
        return { ...file, stat: ahead };
      };
      await DirectoryBackend.open(root, { fileSystem: files });
      expect(await readdir(join(root, 'tmp'))).toEqual([]);
    });
  });

  test.each(['EACCES', 'EROFS', 'ENOSPC'])('that cannot be swept (%s) keep nobody from opening', async (code) => {
    await inDirectory(async (root) => {
      await leave(root, name('a'), 25 * HOUR_MS);
      const files = new RecordingFiles(root);
      files.start((line) => (/^(open create|unlink)/.test(line) ? code : undefined));
      await DirectoryBackend.open(root, { fileSystem: files });
      expect(await readdir(join(root, 'tmp'))).toEqual([name('a')]);
      expect(files.openFiles).toBe(0);
    });
  });
});

describe('durability', () => {
  const on = (type: number | undefined) => ({ ...nodeFiles, fileSystemType: async () => type });

  test.each([
    ['ext4', 0xef53, 'append'],
    ['xfs', 0x58465342, 'append'],
    ['btrfs', 0x9123683e, 'append'],
    ['tmpfs', 0x01021994, 'append'],
    ['overlayfs', 0x794c7630, 'append'],
    ['NFS', 0x6969, 'object'],
    ['SMB', 0xfe534d42, 'object'],
    ['FUSE', 0x65735546, 'object'],
    ['9p', 0x01021997, 'object'],
    ['a platform that does not say', undefined, 'object'],
  ] as const)('on %s', async (_, type, expected) => {
    await inDirectory(async (root) => {
      const backend = await DirectoryBackend.open(root, { fileSystem: on(type) });
      expect(backend.heads.durability).toBe(expected);
    });
  });

  test('may be forced either way', async () => {
    await inDirectory(async (root) => {
      const fast = { fileSystem: on(0x6969), durability: 'append' } as const;
      expect((await DirectoryBackend.open(root, fast)).heads.durability).toBe('append');
      const safe = { fileSystem: on(0xef53), durability: 'object' } as const;
      expect((await DirectoryBackend.open(root, safe)).heads.durability).toBe('object');
    });
  });
});

describe('aborting a call', () => {
  test('at any operation before the link leaves nothing; after it the call is finished', async () => {
    await inDirectory(async (root) => {
      const files = new RecordingFiles(root);
      const backend = await DirectoryBackend.open(root, { fileSystem: files });
      await backend.put(idOf('abff'), BYTES);
      for (const operation of ['open create', 'write', 'sync tmp', 'close', 'link', 'unlink', 'syncFolder']) {
        const abort = new AbortController();
        files.start((line) => {
          if (line.startsWith(operation)) abort.abort('enough');
          return undefined;
        });
        const outcome = await backend.put(ID, BYTES, { signal: abort.signal }).then(
          () => 'resolved',
          (error: unknown) => `${(error as InfinitreeError).code} ${String((error as InfinitreeError).cause)}`,
        );
        const begun = ['link', 'unlink', 'syncFolder'].includes(operation);
        expect([operation, outcome]).toEqual([operation, begun ? 'resolved' : 'INFINITREE_ABORTED enough']);
        files.start();
        expect(await backend.get(ID)).toEqual(begun ? BYTES : undefined);
        expect(await readdir(join(root, 'tmp'))).toEqual([]);
        expect(files.openFiles).toBe(0);
        await backend.delete([ID]);
      }
    });
  });
});

describe('closing', () => {
  test('closes descriptors, also one that is just being opened', async () => {
    await inDirectory(async (root) => {
      const files = new RecordingFiles(root);
      const backend = await DirectoryBackend.open(root, { fileSystem: files });
      await backend.heads.create(ID, BYTES);
      await backend.heads.create(idOf('ab02'), BYTES);
      await backend.heads.append(ID, 0, BYTES);
      expect(files.openFiles).toBe(1);
      const late = errorOf(backend.heads.append(idOf('ab02'), 0, BYTES));
      await backend.close();
      expect((await late).code).toBe('INFINITREE_CLOSED');
      expect(files.openFiles).toBe(0);
    });
  });
});
