import { InfinitreeError, type ObjectId } from '@infinitree/core';
import { areBlocks, isTail, objectLength, tailOf, wholeBlocks } from './entry.js';
import type { FilePort, OpenFile } from './file-port.js';
import type { Found } from './tier.js';
import { unless } from './trouble.js';

/** Writes an object and what tells later whether it is as it was. */
export async function writeEntry(file: OpenFile, id: ObjectId, bytes: Uint8Array): Promise<void> {
  await writeAll(file, bytes, 0);
  await writeAll(file, tailOf(id, bytes), bytes.length);
}

/** An object or the bytes `[start, end)` of it, from the file under that path, checked. */
export async function readEntry(
  files: FilePort,
  path: string,
  id: ObjectId,
  range?: readonly [number, number],
): Promise<Found> {
  const file = await unless('ENOENT', files.open(path, 'read'));
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    const length = objectLength(size);
    if (length === undefined) return 'damaged';
    const tail = await readAll(file, length, size);
    if (tail === undefined || !isTail(id, length, tail)) return 'damaged';
    const [start, end] = [Math.min(range?.[0] ?? 0, length), Math.min(range?.[1] ?? length, length)];
    const [from, to] = wholeBlocks(start, end, length);
    const blocks = await readAll(file, from, to);
    if (blocks === undefined || !areBlocks(id, from, blocks, tail)) return 'damaged';
    return start === from && end === to ? blocks : blocks.slice(start - from, end - from);
  } finally {
    await file.close();
  }
}

/** The bytes `[from, to)`; `undefined` where the file ends before that. */
async function readAll(file: OpenFile, from: number, to: number): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(to - from);
  let done = 0;
  while (done < bytes.length) {
    const got = await file.read(bytes.subarray(done), from + done);
    if (got <= 0) return undefined;
    done += got;
  }
  return bytes;
}

/** The system may take fewer bytes than it is given: then the rest follows. */
async function writeAll(file: OpenFile, bytes: Uint8Array, offset: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const taken = await file.write(bytes.subarray(done), offset + done);
    // Neither progress nor an error: a loop that waits for one of them might never end.
    if (taken <= 0) throw new InfinitreeError('BACKEND', `The file system took ${done} of ${bytes.length} bytes.`);
    done += taken;
  }
}
