import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isObjectId, type ObjectId } from '@infinitree/core';
import { DirectoryBackend, type DirectoryOptions } from '../src/directory.js';
import { RecordingFiles } from './recording-files.js';

/** An id that begins with these digits. */
export function idOf(start: string): ObjectId {
  const id = start.padEnd(64, '0');
  if (!isObjectId(id)) throw new Error(`${id} is no id`);
  return id;
}

export const ID = idOf('ab01');
export const BYTES = Uint8Array.from({ length: 300 }, (_, at) => at);

/** Runs `body` with an empty directory, and removes it. */
export async function inDirectory(body: (root: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'infinitree-directory-'));
  try {
    await body(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

export interface Recorded {
  readonly root: string;
  readonly files: RecordingFiles;
  readonly backend: DirectoryBackend;
}

/** A backend whose file operations are recorded, and which has found out all it wants to know about the directory. */
export async function recorded(
  body: (scene: Recorded) => Promise<void>,
  options: DirectoryOptions = { durability: 'append' },
): Promise<void> {
  await inDirectory(async (root) => {
    const files = new RecordingFiles(root);
    const backend = await DirectoryBackend.open(root, { ...options, fileSystem: files });
    await warmUp(backend);
    files.start();
    try {
      await body({ root, files, backend });
    } finally {
      await backend.close();
    }
    if (files.openFiles !== 0) throw new Error(`${files.openFiles} descriptors were left open`);
    if (files.running !== 0) throw new Error(`${files.running} operations were left running`);
  });
}

/** Makes the folders and does the probe, which happens once. */
async function warmUp(backend: DirectoryBackend): Promise<void> {
  const other = idOf('abff');
  await backend.put(other, BYTES);
  await backend.delete([other]);
  await backend.heads.claim(other);
  await backend.heads.release([other]);
  await backend.locks.create(other, BYTES);
  await backend.locks.remove(other);
}

/** The error that a promise rejects with. */
export async function errorOf(
  work: Promise<unknown>,
): Promise<{ code?: string; message: string; retryable?: boolean; cause?: unknown }> {
  const outcome: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome === undefined) throw new Error('this was to reject');
  return outcome as { message: string };
}
