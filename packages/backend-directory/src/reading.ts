import { InfinitreeError, requireRange } from '@infinitree/core';
import type { FilePort, OpenFile } from './file-port.js';
import type { Step } from './guard.js';
import { unless } from './trouble.js';

/**
 * No object is larger than 4 MiB. What is far larger was put there by somebody else, and must not make this process
 * allocate whatever length it claims to have.
 */
const MAX_READ_BYTES = 64 * 1024 * 1024;

/** A file, or the bytes `[start, end)` of it as far as it has them; `undefined` where there is none. */
export async function readFile(
  files: FilePort,
  path: string,
  step: Step,
  range?: readonly [number, number],
): Promise<Uint8Array | undefined> {
  if (range !== undefined) requireRange(range);
  const file = await unless('ENOENT', files.open(path, 'read'));
  if (file === undefined) return undefined;
  try {
    step();
    const { size } = await file.stat();
    const start = Math.min(range?.[0] ?? 0, size);
    const length = Math.min(range?.[1] ?? size, size) - start;
    if (length > MAX_READ_BYTES) {
      throw new InfinitreeError('BACKEND', `${path} has ${size} bytes; that is no object of a tree.`);
    }
    return await readUpTo(file, start, length, step);
  } finally {
    await file.close();
  }
}

/** Positional reads until `length` bytes are there or the file ends, as it may if somebody cut it meanwhile. */
async function readUpTo(file: OpenFile, start: number, length: number, step: Step): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    step();
    const got = await file.read(bytes.subarray(done), start + done);
    if (got <= 0) return bytes.slice(0, done);
    done += got;
  }
  return bytes;
}
