// Files of a local disk, which are known by their number alone.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localFiles } from '../src/node-files.js';

const LARGE = 4_194_304;

async function inFolder(body: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'infinitree-files-'));
  try {
    await body(join(folder, 'file'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('closing waits for what is under way, and nothing comes behind it', () =>
  inFolder(async (path) => {
    const files = localFiles();
    const file = await files.open(path, 'create');
    const order: string[] = [];
    const bytes = new Uint8Array(LARGE).fill(7);
    const written = file.write(bytes, 0).finally(() => order.push('written'));
    const synced = file.sync().finally(() => order.push('synced'));
    await file.close().finally(() => order.push('closed'));
    expect(order.at(-1)).toBe('closed');
    expect(await written).toBe(LARGE);
    await synced;
    expect(await readFile(path)).toEqual(Buffer.from(bytes));
    // The number may be another file's by now.
    for (const call of [
      () => file.write(bytes, 0),
      () => file.write(bytes.subarray(0, 10), 0),
      () => file.read(new Uint8Array(10), 0),
      () => file.sync(),
      () => file.datasync(),
      () => file.stat(),
      () => file.close(),
    ]) {
      await expect(call()).rejects.toThrow('closed');
    }
  }));

test('what a call throws is a rejection', () =>
  inFolder(async (path) => {
    const files = localFiles();
    const missing = expect.objectContaining({ code: 'ENOENT' }) as unknown;
    for (const call of [
      () => files.open(path, 'read'),
      () => files.stat(path),
      () => files.unlink(path),
      () => files.readdir(path),
      () => files.link(path, `${path}2`),
      () => files.mkdir(join(path, 'below')),
      () => files.syncFolder(path),
    ]) {
      const called = call();
      await expect(called).rejects.toEqual(missing);
    }
  }));
