import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Infinitree, Key } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { partsOf } from '../../../core/src/tree/tree-parts.js';
import { DirectoryBackend } from '../../src/directory.js';
import { RecordingFiles } from '../recording-files.js';
import { createIn, inDirectory, Notes, put, shown } from './scene.js';

const COMMITS = 1000;
const MEBIBYTE = 1024 * 1024;
const KINDS = ['get', 'keyObjects.get', 'heads.read'];

async function bytesOnDisk(root: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}

/** What had ended when a commit was acknowledged has to hold the sync of what it wrote. */
function expectDurable(log: readonly string[]): 'append' | 'head' {
  const frame = log.findIndex((line) => /^write objects\//.test(line));
  const datasync = log.findIndex((line, at) => at > frame && /^datasync objects\//.test(line));
  const linked = log.findIndex((line) => /^link tmp\/\d+ objects\//.test(line));
  if (linked < 0) {
    expect([frame >= 0, datasync > frame]).toEqual([true, true]);
    // Nobody else had claimed an epoch after it was durable.
    expect(log.lastIndexOf('readdir epochs')).toBeGreaterThan(datasync);
    return 'append';
  }
  const temporary = /^link (tmp\/\d+)/.exec(log[linked] ?? '')?.[1] ?? '';
  const synced = log.indexOf(`sync ${temporary}`);
  const folder = log.findIndex((line, at) => at > linked && /^syncFolder objects\//.test(line));
  expect([synced >= 0 && synced < linked, folder > linked]).toEqual([true, true]);
  return 'head';
}

describe('1,000 commits of one record in a directory, objects of 4 MiB', () => {
  test('take at most 48 MiB, are each durable when acknowledged, and open with at most 4 reads', async () => {
    await inDirectory(async (root) => {
      const key = Key.random();
      const files = new RecordingFiles(root);
      const backend = await DirectoryBackend.open(root, { fileSystem: files, durability: 'append' });
      const tree = await createIn(backend, key, 4 * MEBIBYTE);
      const kinds = { append: 0, head: 0 };
      for (let i = 0; i < COMMITS; i++) {
        files.start();
        await put(tree, `note ${i}`);
        kinds[expectDurable([...files.log])] += 1;
        // What is folded beside commits writes heads of its own.
        await partsOf(tree).compaction.idle();
      }
      await tree.close();
      await backend.close();
      const bytes = await bytesOnDisk(root);

      const recording = new FailingBackend(await DirectoryBackend.open(root));
      const missed: string[] = [];
      const reader = await Infinitree.open(Notes, { backend: recording, key });
      const reads = recording.log.filter(({ verb }) => KINDS.includes(verb));
      for (const { id, verb } of reads) if ((await recording.get(id!)) === undefined) missed.push(verb);
      await reader.close();
      await recording.close();
      const found = reads.length - missed.length;
      console.info(
        `${COMMITS} commits: ${(bytes / MEBIBYTE).toFixed(2)} MiB on disk, ${kinds.append} appends and ${kinds.head} ` +
          `heads; opening: ${found} successful reads (${reads.map(({ verb }) => verb).join(', ')})`,
      );
      expect(bytes).toBeLessThanOrEqual(48 * MEBIBYTE);
      expect(found).toBeGreaterThanOrEqual(2);
      expect(found).toBeLessThanOrEqual(4);
      expect((await shown(root, key)).messages.length).toBe(COMMITS);
    });
  }, 120_000);
});
