// What somebody else may put under the name of an object, who may write into the directory.
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DirectoryBackend } from '../src/directory.js';
import { BYTES, errorOf, ID, inDirectory } from './scene.js';

const onUnix = process.platform === 'win32' ? test.skip : test;

async function withObject(
  put: (path: string, root: string) => Promise<void>,
  work: (backend: DirectoryBackend, root: string) => Promise<void>,
): Promise<void> {
  await inDirectory(async (root) => {
    await using backend = await DirectoryBackend.open(join(root, 'tree'), { durability: 'append' });
    await backend.heads.create(ID, BYTES);
    const path = join(root, 'tree', 'objects', ID.slice(0, 2), ID);
    await rm(path);
    await put(path, root);
    await work(backend, root);
  });
}

onUnix('a pipe holds nobody up', async () => {
  const pipe = async (path: string): Promise<void> => void execFileSync('mkfifo', [path]);
  await withObject(pipe, async (backend) => {
    expect(await backend.get(ID)).toEqual(new Uint8Array(0));
    expect(await backend.heads.read(ID)).toEqual(new Uint8Array(0));
    expect(await errorOf(backend.heads.append(ID, 0, BYTES))).toMatchObject({ code: 'INFINITREE_INVALID_ARGUMENT' });
    expect(await errorOf(backend.heads.sync(ID))).toMatchObject({ code: 'INFINITREE_BACKEND' });
    await backend.delete([ID]);
    await backend.put(ID, BYTES);
    expect(await backend.get(ID)).toEqual(BYTES);
  });
  // Nor does one in the place of a folder.
  await withObject(
    async (path) => {
      await rm(join(path, '..'), { recursive: true });
      execFileSync('mkfifo', [join(path, '..')]);
    },
    async (backend) => {
      expect(await errorOf(backend.put(ID, BYTES))).toMatchObject({ code: 'INFINITREE_BACKEND' });
      expect(await errorOf(backend.delete([ID]))).toMatchObject({ code: 'INFINITREE_BACKEND' });
    },
  );
});

onUnix('a link is not followed to another file, neither for reading nor for writing', async () => {
  const link = async (path: string, root: string): Promise<void> => {
    await writeFile(join(root, 'other'), 'x'.repeat(1000));
    await symlink(join(root, 'other'), path);
  };
  await withObject(link, async (backend, root) => {
    for (const call of [
      backend.get(ID),
      backend.heads.read(ID),
      backend.heads.append(ID, 0, BYTES),
      backend.heads.sync(ID),
    ]) {
      const error = await errorOf(call);
      expect(error).toMatchObject({ code: 'INFINITREE_BACKEND' });
      expect(error.message).toContain('symbolic link');
    }
    expect(await readFile(join(root, 'other'), 'utf8')).toBe('x'.repeat(1000));
    // It is removed as a name, and what it led to stays.
    await backend.delete([ID]);
    expect(await readFile(join(root, 'other'), 'utf8')).toBe('x'.repeat(1000));
  });
});

onUnix('a link in the place of a folder leads to another disk', async () => {
  await inDirectory(async (root) => {
    await mkdir(join(root, 'elsewhere'));
    await mkdir(join(root, 'tree'));
    await symlink(join(root, 'elsewhere'), join(root, 'tree', 'objects'));
    await using backend = await DirectoryBackend.open(join(root, 'tree'), { durability: 'append' });
    await backend.put(ID, BYTES);
    expect(await backend.get(ID)).toEqual(BYTES);
  });
});
