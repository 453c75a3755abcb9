// A file system that is full under the cache: nothing fails for it and nothing is lost, and the stats say what to do.
import { Infinitree, Key, VersionedMap } from '@infinitree/core';
import { SeededRandom } from '@infinitree/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { FilePort } from '../src/file-port.js';
import { nodeFiles } from '../src/node-files.js';
import { KIB, Scene } from './scene.js';

const OBJECT_SIZE = 64 * KIB;
const Pictures = VersionedMap<number, Uint8Array>;
const picture = (n: number) => new SeededRandom(n).bytes(20_000);
// Bytes one by one take a test runner long.
const isPicture = (n: number, bytes?: Uint8Array) => Buffer.compare(bytes ?? Buffer.alloc(0), picture(n)) === 0;
let scene: Scene;

beforeEach(async () => {
  scene = await Scene.make();
});

afterEach(() => scene.end());

/** The files of a disk with room for so many bytes more, which nobody gives back before `free`. */
function smallDisk(room: number): FilePort & { free(): void } {
  let left = room;
  return {
    ...nodeFiles,
    free() {
      left = Number.POSITIVE_INFINITY;
    },
    async open(path, mode) {
      const file = await nodeFiles.open(path, mode);
      return {
        ...file,
        async write(bytes, position) {
          if (left === 0 && bytes.length > 0)
            throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
          const taken = Math.min(left, bytes.length);
          left -= taken;
          return file.write(bytes.subarray(0, taken), position);
        },
      };
    },
  };
}

const rooms = [0, 10 * KIB, 200 * KIB];

test.each(['write-through', 'write-back'] as const)('with %s', async (mode) => {
  for (const room of rooms) {
    const disk = smallDisk(room);
    const cache = await scene.cache({ mode, fileSystem: disk, maxBytes: 1024 * OBJECT_SIZE });
    const key = Key.random();
    const tree = await Infinitree.create(Pictures, { backend: cache, key, objectSize: OBJECT_SIZE });
    for (let n = 0; n < 20; n++) tree.index.set(n, picture(n));
    await tree.commit('pictures');
    await tree.close();
    const { trouble, unsent } = cache.stats();
    expect(trouble).toMatchObject({ code: 'INFINITREE_BACKEND', cause: { code: 'ENOSPC' } });
    expect(trouble?.message).toContain(scene.directory);
    expect(trouble?.message).toContain('The file system is full: give the cache a smaller budget, or free some space.');
    expect(unsent).toBe(0);
    for (const backend of [cache, scene.memory]) {
      const reader = await Infinitree.open(Pictures, { backend, key, readonly: true });
      for (let n = 0; n < 20; n++) expect(isPicture(n, await reader.get('root', n))).toBe(true);
      expect((await reader.verify({ readData: true })).faults).toEqual([]);
      await reader.close();
    }
    // Once there is room, copies are kept again.
    disk.free();
    const reader = await Infinitree.open(Pictures, { backend: cache, key, readonly: true });
    for (let n = 0; n < 20; n++) await reader.get('root', n);
    expect(cache.stats().objects).toBeGreaterThan(5);
    await reader.close();
    await cache.clear();
  }
});
