import { mkdir, readdir, rename, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isInfinitreeError } from '@infinitree/core';
import { describe, expect, test } from '@jest/globals';
import type { DirectoryBackend } from '../src/directory.js';
import { DirectoryBackend as Directory } from '../src/directory.js';
import { RecordingFiles } from './recording-files.js';
import { BYTES, errorOf, ID, idOf, inDirectory, type Recorded, recorded } from './scene.js';

const CODES: readonly (readonly [string, RegExp, boolean])[] = [
  ['EACCES', /permissions/, false],
  ['EROFS', /readonly: true/, false],
  ['ENOSPC', /free some space/, false],
  ['EIO', /disk/, false],
];

const CALLS: Readonly<Record<string, (backend: DirectoryBackend) => Promise<unknown>>> = {
  put: (backend) => backend.put(ID, BYTES),
  'keyObjects.put': (backend) => backend.keyObjects.put(ID, BYTES),
  'heads.create': (backend) => backend.heads.create(ID, BYTES),
  'heads.claim': (backend) => backend.heads.claim(ID),
  'heads.release': (backend) => backend.heads.release([idOf('abee')]),
  'heads.claims': (backend) => backend.heads.claims(),
  'heads.read': (backend) => backend.heads.read(idOf('abee')),
  'heads.append': (backend) => backend.heads.append(idOf('abee'), 0, BYTES),
  'heads.sync': (backend) => backend.heads.sync(idOf('abee')),
  'heads.remove': (backend) => backend.heads.remove(idOf('abee')),
  get: (backend) => backend.get(idOf('abee')),
  delete: (backend) => backend.delete([idOf('abee')]),
  list: async (backend) => {
    for await (const _id of backend.list());
  },
  'locks.create': (backend) => backend.locks.create(ID, BYTES),
  'locks.read': (backend) => backend.locks.read(idOf('abee')),
  'locks.remove': (backend) => backend.locks.remove(idOf('abee')),
};

/** Storage with one of everything, for calls that read or remove. */
async function furnish({ backend, files }: Recorded): Promise<void> {
  await backend.put(idOf('abee'), BYTES);
  await backend.heads.claim(idOf('abee'));
  await backend.locks.create(idOf('abee'), BYTES);
  files.start();
}

/** The operations of a call that goes well. */
async function operationsOf(call: (backend: DirectoryBackend) => Promise<unknown>): Promise<string[]> {
  let operations: string[] = [];
  await recorded(async (scene) => {
    await furnish(scene);
    await call(scene.backend);
    operations = [...scene.files.log];
  });
  return operations;
}

describe('trouble with files', () => {
  for (const [verb, call] of Object.entries(CALLS)) {
    test(`at any operation of ${verb} is BACKEND, with what to do about it, and leaves nothing open`, async () => {
      const operations = await operationsOf(call);
      expect(operations.length).toBeGreaterThan(0);
      for (const [n, operation] of operations.entries()) {
        // Removing a temporary name is the one thing that may fail without anybody being told.
        if (operation.startsWith('unlink tmp/')) continue;
        for (const [code, remedy, retryable] of CODES) {
          await recorded(async (scene) => {
            await furnish(scene);
            scene.files.start((_, at) => (at === n ? code : undefined));
            const error = await errorOf(call(scene.backend));
            expect([operation, error.code, error.retryable]).toEqual([operation, 'INFINITREE_BACKEND', retryable]);
            expect(error.message).toMatch(remedy);
            expect(error.message).toContain(`${verb}: ${code} at ${scene.root}`);
            expect(error.cause).toMatchObject({ code });
            if (verb === 'heads.append') await scene.backend.heads.remove(idOf('abee'));
            expect(scene.files.openFiles).toBe(0);
            expect(scene.files.running).toBe(0);
            // Before the link nothing may be seen; after it nobody knows, which is what the rejection says.
            const visible = n > operations.findIndex((line) => line.startsWith('link'));
            if (CREATIONS.has(verb) && !visible) expect(await scene.backend.get(ID)).toBeUndefined();
            expect(await readdir(join(scene.root, 'tmp'))).toEqual([]);
          });
        }
      }
    });
  }

  test.each([
    ['EAGAIN', true],
    ['EBUSY', true],
    ['EMFILE', true],
    ['ENFILE', true],
    ['EDQUOT', false],
    ['ELOOP', false],
  ])('%s may pass by itself: %s', async (code, retryable) => {
    await recorded(async ({ backend, files }) => {
      files.start(() => code);
      expect(await errorOf(backend.get(ID))).toMatchObject({ code: 'INFINITREE_BACKEND', retryable });
    });
  });

  test('the same call succeeds once the trouble is over', async () => {
    for (const operation of ['open create', 'write', 'sync tmp', 'close', 'link']) {
      await recorded(async ({ backend, files }) => {
        files.start((line) => (line.startsWith(operation) ? 'ENOSPC' : undefined));
        expect((await errorOf(backend.put(ID, BYTES))).code).toBe('INFINITREE_BACKEND');
        files.start();
        await backend.put(ID, BYTES);
        expect(await backend.get(ID)).toEqual(BYTES);
      });
    }
  });

  test('a temporary file that cannot be removed does not spoil the result', async () => {
    await recorded(async ({ backend, files, root }) => {
      files.start((line) => (line.startsWith('unlink tmp') ? 'EIO' : undefined));
      await backend.put(ID, BYTES);
      expect(await backend.get(ID)).toEqual(BYTES);
      expect((await readdir(join(root, 'tmp'))).length).toBe(1);
    });
  });

  test('a file system that takes no more bytes and says nothing is found out', async () => {
    await recorded(async ({ backend, files }) => {
      files.most = 0;
      const error = await errorOf(backend.put(ID, BYTES));
      expect(error.code).toBe('INFINITREE_BACKEND');
      expect(error.message).toContain('0 of 300 bytes');
      expect(await backend.get(ID)).toBeUndefined();
    });
  });

  test('a link whose success was reported as EEXIST, as NFS may, is a success', async () => {
    await recorded(async ({ backend, files }) => {
      const link = files.link;
      files.link = async (path, name) => {
        await link(path, name);
        return link(path, name);
      };
      await backend.put(ID, BYTES);
      expect(await backend.get(ID)).toEqual(BYTES);
    });
  });

  test('a file that is no object is not read into memory', async () => {
    await recorded(async ({ backend, files }) => {
      await backend.put(ID, BYTES);
      const open = files.open.bind(files);
      files.open = async (path, mode) => {
        const file = await open(path, mode);
        return { ...file, stat: async () => ({ ...(await file.stat()), size: 2 ** 52 }) };
      };
      expect((await errorOf(backend.get(ID))).message).toContain('no object of a tree');
    });
  });
});

const CREATIONS = new Set(['put', 'keyObjects.put', 'heads.create']);

describe('a head that failed', () => {
  test.each(['write', 'datasync'])(
    'in a %s is never written again, and its descriptor is closed',
    async (operation) => {
      await recorded(async ({ backend, files }) => {
        await backend.heads.create(ID, new Uint8Array(1000));
        await backend.heads.append(ID, 0, BYTES);
        files.start((line) => (line.startsWith(operation) ? 'EIO' : undefined));
        expect((await errorOf(backend.heads.append(ID, 300, BYTES).then(() => backend.heads.sync(ID)))).code).toBe(
          'INFINITREE_BACKEND',
        );
        expect(files.openFiles).toBe(0);
        files.start();
        expect((await errorOf(backend.heads.append(ID, 600, BYTES))).message).toContain('given up');
        expect(files.log).toEqual([]);
        // Whoever opens the tree next in this process is a reader as in any other, and syncs by a descriptor of its own.
        await backend.heads.sync(ID);
        expect(files.log.slice(0, 2)).toEqual(['open read objects/ab/ab01…', 'datasync objects/ab/ab01…']);
        expect((await errorOf(backend.heads.append(ID, 600, BYTES))).message).toContain('given up');
        // Reading it, to find out what is there, is another matter; and other heads are none of its business.
        expect((await backend.heads.read(ID))?.length).toBe(1000);
        await backend.heads.create(idOf('ab02'), BYTES);
        await backend.heads.append(idOf('ab02'), 0, BYTES);
      });
    },
  );

  test('to sync for a reader is synced by the next one', async () => {
    await recorded(async ({ backend, files }) => {
      await backend.heads.create(ID, BYTES);
      files.start((line) => (line.startsWith('datasync') ? 'EIO' : undefined));
      expect((await errorOf(backend.heads.sync(ID))).code).toBe('INFINITREE_BACKEND');
      files.start();
      await backend.heads.sync(ID);
      await backend.heads.append(ID, 0, BYTES);
    });
  });

  test('to close is told as BACKEND when the backend is closed, and all others are closed as well', async () => {
    await inDirectory(async (root) => {
      const files = new RecordingFiles(root);
      const backend = await Directory.open(root, { fileSystem: files, durability: 'append' });
      for (const id of [ID, idOf('ab02')]) {
        await backend.heads.create(id, BYTES);
        await backend.heads.append(id, 0, BYTES);
      }
      files.start((line) => (line.startsWith('close') ? 'EIO' : undefined));
      expect((await errorOf(backend.close())).code).toBe('INFINITREE_BACKEND');
      expect(files.openFiles).toBe(0);
    });
  });

  test('to open may be appended to later: nothing was written', async () => {
    await recorded(async ({ backend, files }) => {
      await backend.heads.create(ID, BYTES);
      for (const operation of ['open update', 'fstat']) {
        files.start((line) => (line.startsWith(operation) ? 'EMFILE' : undefined));
        expect((await errorOf(backend.heads.append(ID, 0, BYTES))).retryable).toBe(true);
        expect(files.openFiles).toBe(0);
      }
      files.start();
      await backend.heads.append(ID, 0, BYTES);
    });
  });

  test('and was removed and created anew may be appended to', async () => {
    await recorded(async ({ backend, files }) => {
      await backend.heads.create(ID, BYTES);
      files.start((line) => (line.startsWith('write') ? 'EIO' : undefined));
      await errorOf(backend.heads.append(ID, 0, BYTES));
      files.start();
      await backend.heads.remove(ID);
      await backend.heads.create(ID, BYTES);
      await backend.heads.append(ID, 0, BYTES);
    });
  });

  test('short appends are continued', async () => {
    await recorded(async ({ backend, files }) => {
      await backend.heads.create(ID, new Uint8Array(400));
      files.most = 128;
      await backend.heads.append(ID, 50, BYTES);
      files.most = Infinity;
      expect((await backend.heads.read(ID))?.slice(50, 350)).toEqual(BYTES);
    });
  });
});

describe('a directory', () => {
  test.each(['moved', 'replaced'])('that was %s while open is trouble, not empty storage', async (how) => {
    await inDirectory(async (parent) => {
      const root = join(parent, 'tree');
      const backend = await Directory.open(root);
      await backend.put(ID, BYTES);
      await rename(root, join(parent, 'elsewhere'));
      if (how === 'replaced') await mkdir(root);
      const calls = [
        backend.get(ID),
        backend.keyObjects.get(ID),
        backend.heads.read(ID),
        backend.heads.claims(),
        backend.locks.read(ID),
        backend.delete([ID]),
        (async () => {
          for await (const _id of backend.list());
        })(),
      ];
      for (const call of calls) {
        const error = await errorOf(call);
        expect(error.code).toBe('INFINITREE_BACKEND');
        expect(error.message).toMatch(/moved or unmounted/);
      }
      await backend.close();
    });
  });

  test.each([
    ['get', async (backend: DirectoryBackend) => (await backend.get(ID))?.length, 300],
    ['heads.read', async (backend: DirectoryBackend) => (await backend.heads.read(ID))?.length, 300],
    ['locks.read', async (backend: DirectoryBackend) => (await backend.locks.read(ID))?.length, 300],
    ['heads.claims', async (backend: DirectoryBackend) => (await backend.heads.claims()).length, 1],
    ['ages', async (backend: DirectoryBackend) => (await backend.ages([ID]))[0] !== undefined, true],
  ] as const)('that was away for a moment does not look empty to %s', async (_, call, expected) => {
    await recorded(async ({ backend, files }) => {
      await backend.put(ID, BYTES);
      await backend.locks.create(ID, BYTES);
      await backend.heads.claim(ID);
      for (const operation of ['open read', 'readdir', 'stat', 'unlink']) {
        let away = false;
        files.start((line) => {
          const now = !away && line.startsWith(operation);
          away ||= now;
          return now ? 'ENOENT' : undefined;
        });
        expect([operation, await call(backend)]).toEqual([operation, expected]);
      }
    });
  });

  test('that was away for a moment does not keep what is to be removed', async () => {
    await recorded(async ({ root, backend, files }) => {
      await backend.put(ID, BYTES);
      await backend.locks.create(ID, BYTES);
      for (const remove of [() => backend.locks.remove(ID), () => backend.keyObjects.delete(ID)]) {
        let first = true;
        files.start((line) => {
          if (!first || !line.startsWith('unlink')) return undefined;
          first = false;
          return 'ENOENT';
        });
        await remove();
      }
      expect(await readdir(join(root, 'locks'))).toEqual([]);
      expect(await backend.get(ID)).toBeUndefined();
    });
  });

  test('of which a folder was removed gets it back by the next call', async () => {
    await recorded(async ({ root, backend }) => {
      for (const folder of ['locks', 'epochs']) {
        const call = () => (folder === 'locks' ? backend.locks.create(ID, BYTES) : backend.heads.claim(ID));
        await call();
        await (folder === 'locks' ? backend.locks.remove(ID) : backend.heads.release([ID]));
        await rmdir(join(root, folder));
        expect([folder, (await errorOf(call())).code]).toEqual([folder, 'INFINITREE_BACKEND']);
        expect([folder, await call()]).toEqual([folder, true]);
      }
    });
  });

  test('is not made again in the mount point that it has left', async () => {
    await inDirectory(async (parent) => {
      const root = join(parent, 'tree');
      const backend = await Directory.open(root);
      await rename(root, join(parent, 'elsewhere'));
      await mkdir(root);
      for (const call of [() => backend.put(ID, BYTES), () => backend.heads.claim(ID)]) {
        expect((await errorOf(call())).message).toContain('unmounted');
      }
      await rmdir(join(root, 'tmp'));
      await rmdir(root);
      await rename(join(parent, 'elsewhere'), root);
      await backend.put(ID, BYTES);
      await backend.close();
    });
  });

  test.each([
    ['exclusive create', (line: string) => line.startsWith('open create')],
    ['refused links', (line: string) => line.startsWith('link')],
  ])('without %s is UNSUPPORTED at the first write', async (_, matches) => {
    await inDirectory(async (root) => {
      const files = new RecordingFiles(root);
      const backend = await Directory.open(root, { fileSystem: careless(files, matches) });
      for (const call of [backend.put(ID, BYTES), backend.heads.claim(ID)]) {
        expect((await errorOf(call)).code).toBe('INFINITREE_UNSUPPORTED');
      }
      expect(await backend.get(ID)).toBeUndefined();
      expect(await backend.heads.claims()).toEqual([]);
      expect(files.openFiles).toBe(0);
    });
  });

  test.each(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'])('whose link() says %s is UNSUPPORTED', async (code) => {
    await inDirectory(async (root) => {
      const files = new RecordingFiles(root);
      const backend = await Directory.open(root, { fileSystem: files });
      files.start((line) => (line.startsWith('link') ? code : undefined));
      const error = await errorOf(backend.put(ID, BYTES));
      expect(error.code).toBe('INFINITREE_UNSUPPORTED');
      expect(error.message).toContain('hard links');
      expect(await readdir(join(root, 'tmp'))).toEqual([]);
    });
  });

  test('that could not be probed is probed again', async () => {
    await inDirectory(async (root) => {
      const files = new RecordingFiles(root);
      const backend = await Directory.open(root, { fileSystem: files });
      for (const operation of ['mkdir tmp', 'syncFolder objects', 'open create', 'link']) {
        files.start((line) => (line.startsWith(operation) ? 'EIO' : undefined));
        expect((await errorOf(backend.put(ID, BYTES))).code).toBe('INFINITREE_BACKEND');
      }
      files.start();
      await backend.put(ID, BYTES);
    });
  });

  test('whose parent may not be opened can be written to', async () => {
    await inDirectory(async (root) => {
      const files = new RecordingFiles(root);
      const backend = await Directory.open(root, { fileSystem: files });
      files.start((line) => (line === 'syncFolder ..' ? 'EACCES' : undefined));
      await backend.put(ID, BYTES);
    });
  });

  test('that cannot be opened says why', async () => {
    await inDirectory(async (root) => {
      for (const operation of ['stat', 'readdir', 'statfs']) {
        const files = new RecordingFiles(root);
        files.start((line) => (line.startsWith(operation) ? 'EIO' : undefined));
        const error = await errorOf(Directory.open(root, { fileSystem: files }));
        expect(isInfinitreeError(error, 'BACKEND')).toBe(true);
        expect(error.message).toContain(root);
      }
    });
  });
});

/** Files on a system that carries out what it should refuse. */
function careless(files: RecordingFiles, matches: (line: string) => boolean): RecordingFiles {
  const open = files.open.bind(files);
  const link = files.link;
  if (matches('open create')) {
    files.open = (path, mode) => open(path, mode).catch(() => open(path, 'update'));
  }
  if (matches('link')) files.link = (path, name) => link(path, name).catch(() => undefined);
  return files;
}
