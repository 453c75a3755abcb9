// What garbage collection asks a directory: how old its files are, and what unfinished writes have left.
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObjectId, type ObjectId } from '@infinitree/core';
import { DirectoryBackend } from '../src/directory.js';
import { inDirectory } from './tree/scene.js';

const HOUR = 60 * 60 * 1000;

function id(digit: string): ObjectId {
  const text = digit.repeat(64);
  if (!isObjectId(text)) throw new Error(`${text} is no id`);
  return text;
}

/** Dates a file back, relative to the clock of the file system. */
async function age(path: string, byMs: number): Promise<void> {
  const then = new Date(Date.now() - byMs);
  await utimes(path, then, then);
}

test('the age of an object is told by the dates of its file', () =>
  inDirectory(async (root) => {
    await using backend = await DirectoryBackend.open(root);
    for (const digit of ['a', 'b']) await backend.put(id(digit), new Uint8Array(10));
    await age(join(root, 'objects', 'aa', id('a')), 30.5 * HOUR);
    const ages = await backend.ages([id('c'), id('a'), id('b')]);
    expect(ages.map((found) => found && Math.floor(found / HOUR))).toEqual([undefined, 30, 0]);
  }));

test('sweeping removes temporary files that are old enough, and a dry run only counts them', () =>
  inDirectory(async (root) => {
    await using backend = await DirectoryBackend.open(root);
    const temporary = join(root, 'tmp');
    await mkdir(temporary);
    const [old, young, strange] = ['a'.repeat(32), 'b'.repeat(32), 'notes.txt'].map((name) => join(temporary, name));
    for (const path of [old!, young!, strange!]) await writeFile(path, 'half an obj');
    for (const path of [old!, strange!]) await age(path, 3 * HOUR);
    const swept = { count: 1, bytes: 11 };
    expect(await backend.sweep(2 * HOUR, { dryRun: true })).toEqual(swept);
    expect(await backend.sweep(2 * HOUR)).toEqual(swept);
    expect(await backend.sweep(2 * HOUR)).toEqual({ count: 0, bytes: 0 });
    expect(await backend.sweep(0)).toEqual(swept);
  }));
