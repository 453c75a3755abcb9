import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Key } from '@infinitree/core';
import { DirectoryBackend } from '../../src/directory.js';
import type { FilePort } from '../../src/file-port.js';
import { nodeFiles } from '../../src/node-files.js';
import { createIn, inDirectory, outcome, put, shown } from './scene.js';

// Finding A7: the original wrote its root in place, without sync: a crash in the middle lost the tree, and a short file
// killed the process.
//
// Fails with this mutation: `Creation.createFile` writes under the final name instead of a temporary one that is linked.

const key = Key.random();

/** A file system that dies with half of a whole object written. */
function dyingFiles(): { files: FilePort; die(): void } {
  let dying = false;
  let dead = false;
  const alive = <T>(work: () => Promise<T>): Promise<T> => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as a file system of another realm does
    return dead ? Promise.reject({ code: 'EIO', message: 'EIO: the disk is gone' }) : work();
  };
  const files: FilePort = {
    open: (path, mode) =>
      alive(async () => {
        const file = await nodeFiles.open(path, mode);
        return {
          ...file,
          sync: () => alive(() => file.sync()),
          datasync: () => alive(() => file.datasync()),
          write: (bytes, position) =>
            alive(async () => {
              if (!dying || bytes.length < 65_536) return file.write(bytes, position);
              await file.write(bytes.subarray(0, bytes.length / 2), position);
              dead = true;
              return alive(() => Promise.resolve(0));
            }),
        };
      }),
    link: (path, name) => alive(() => nodeFiles.link(path, name)),
    unlink: (path) => alive(() => nodeFiles.unlink(path)),
    mkdir: (path) => alive(() => nodeFiles.mkdir(path)),
    readdir: (path) => alive(() => nodeFiles.readdir(path)),
    syncFolder: (path) => alive(() => nodeFiles.syncFolder(path)),
    stat: (path) => alive(() => nodeFiles.stat(path)),
    fileSystemType: (path) => nodeFiles.fileSystemType(path),
  };
  return {
    files,
    die: () => {
      dying = true;
    },
  };
}

describe('A7', () => {
  test('a crash in the middle of writing a head leaves the state before', async () => {
    await inDirectory(async (root) => {
      const { files, die } = dyingFiles();
      const backend = await DirectoryBackend.open(root, { fileSystem: files, durability: 'append' });
      const tree = await createIn(backend, key);
      await put(tree, 'first');
      const stored = ['first'];
      die();
      // Appends go on until the journal is full; then a new head is written, of which half arrives.
      for (let i = 0; i < 20; i++) {
        if ((await outcome(put(tree, `note ${i}`))).error !== undefined) break;
        stored.push(`note ${i}`);
      }
      expect(stored.length).toBeLessThan(20);
      expect((await shown(root, key)).messages).toEqual(stored);
      await backend.close();
    });
  });

  test('a head that was cut off is CORRUPT, at whatever length, and so is a key object that lacks its headers', async () => {
    for (const length of [0, 1, 100, 511, 512, 4096, 65_535]) {
      await inDirectory(async (root) => {
        const backend = await DirectoryBackend.open(root);
        const tree = await createIn(backend, key);
        await put(tree, 'first');
        await tree.close();
        await backend.close();
        const entries = await readdir(join(root, 'objects'), { recursive: true, withFileTypes: true });
        const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
        // The key object and the head.
        expect(paths.length).toBe(2);
        let refused = 0;
        for (const path of paths) {
          const bytes = await readFile(path);
          await truncate(path, length);
          const { error, value } = await outcome(shown(root, key));
          // All that is read of a key object are its headers; verify() tells what is missing behind them.
          if (error === undefined) expect([length >= 1024, value?.messages]).toEqual([true, ['first']]);
          else expect(error.code).toBe('INFINITREE_CORRUPT');
          refused += error === undefined ? 0 : 1;
          await writeFile(path, bytes);
        }
        expect(refused).toBe(length < 1024 ? 2 : 1);
        expect((await shown(root, key)).messages).toEqual(['first']);
      });
    }
  });
});
