import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryBackend } from '@infinitree/backend-directory';
import {
  type Backend,
  copyTree,
  Infinitree,
  isInfinitreeError,
  Key,
  registerIndex,
  VersionedMap,
} from '@infinitree/core';
import { SeededRandom } from '@infinitree/testing';
import { withS3 } from './scene.js';

class Files {
  files = new VersionedMap<string, unknown>();
}
registerIndex(Files, { fields: [{ property: 'files', name: 'files' }] });

const key = Key.random();

async function filled(backend: Backend): Promise<Infinitree<Files>> {
  const tree = await Infinitree.create(Files, { backend, key, objectSize: 65_536 });
  const random = new SeededRandom(1);
  for (let i = 0; i < 5; i++) {
    tree.index.files.set(`${i}`, await tree.blobs.put(random.bytes(150_000)));
    await tree.commit(`${i}`);
  }
  return tree;
}

async function messagesIn(backend: Backend): Promise<string[]> {
  await using tree = await Infinitree.open(Files, { backend, key });
  expect((await tree.verify({ readData: true })).faults).toEqual([]);
  tree.index.files.set('more', 1);
  await tree.commit('more');
  return (await tree.commits()).map(({ message }) => message);
}

const ALL = ['0', '1', '2', '3', '4', 'more'];

test('a tree goes from a directory into a bucket, and is moved into another directory from there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'infinitree-copies-'));
  try {
    await withS3(async ({ backend: bucket, reopen }) => {
      await using first = await DirectoryBackend.open(join(folder, 'first'));
      const tree = await filled(first);
      const { copied, objects } = await copyTree(tree, bucket);
      expect(copied).toBe(objects);
      await tree.close();
      expect(await messagesIn(reopen())).toEqual(ALL);

      const moving = await Infinitree.open(Files, { backend: reopen(), key });
      await using second = await DirectoryBackend.open(join(folder, 'second'));
      await copyTree(moving, second, { move: true });
      await moving.close();
      expect(await messagesIn(second)).toEqual([...ALL, 'more']);
      const refused = await Infinitree.open(Files, { backend: reopen(), key }).catch((error: unknown) => error);
      expect(isInfinitreeError(refused, 'READONLY')).toBe(true);
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
