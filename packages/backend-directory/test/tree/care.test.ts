// Care of a tree in a directory: what files tell of their age, and files that are damaged by hand.
import { cp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Infinitree, Key } from '@infinitree/core';
import { createIn, inDirectory, Notes, OBJECT_SIZE, put, shown, withBackend } from './scene.js';

const key = Key.random();
const DAY = 24 * 60 * 60 * 1000;

/** The paths of all objects. */
async function objectsIn(root: string): Promise<string[]> {
  const entries = await readdir(join(root, 'objects'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

test('gc deletes abandoned objects and temporary files that are old enough by their dates', () =>
  inDirectory(async (root) => {
    const mine = await withBackend(root, async (backend) => {
      const tree = await createIn(backend, key);
      await put(tree, 'kept');
      await tree.close();
      const before = await objectsIn(root);
      const other = await Infinitree.open(Notes, { backend, key });
      const writer = other.storageWriter();
      for (let i = 0; i < 3; i++) {
        await writer.write(new Uint8Array(100));
        await writer.flush();
      }
      await other.close();
      return (await objectsIn(root)).filter((path) => !before.includes(path));
    });
    expect(mine.length).toBe(3);
    const [young, ...old] = mine;
    const then = new Date(Date.now() - 2 * DAY);
    await withBackend(root, async (backend) => {
      // Left behind while the directory is open; opening it would have cleared away what is old.
      const temporary = join(root, 'tmp', 'c'.repeat(32));
      await writeFile(temporary, 'half');
      for (const path of [...old, temporary]) await utimes(path, then, then);
      const tree = await Infinitree.open(Notes, { backend, key });
      const planned = await tree.gc({ dryRun: true });
      expect([planned.orphans.count, planned.leftovers]).toEqual([2, { count: 1, bytes: 4 }]);
      expect(await tree.gc()).toEqual({ ...planned, dryRun: false });
      await tree.close();
      const left = await objectsIn(root);
      expect(left).toContain(young);
      expect(old.filter((path) => left.includes(path))).toEqual([]);
      expect(await readdir(join(root, 'tmp'))).toEqual([]);
    });
    expect((await shown(root, key)).names).toEqual(['kept']);
  }));

test('verify finds a file that was changed or removed, and repair brings it back from a copy of the directory', () =>
  inDirectory(async (root) => {
    await inDirectory(async (backup) => {
      await withBackend(root, async (backend) => {
        const tree = await createIn(backend, key);
        tree.index.notes.set(
          'large',
          Buffer.alloc(3 * OBJECT_SIZE, 'abc'.repeat(999)).map((byte, i) => (byte * i * i) >> 3),
        );
        await tree.commit('large');
        await tree.close();
      });
      await cp(root, backup, { recursive: true });
      await withBackend(root, async (backend) => {
        const tree = await Infinitree.open(Notes, { backend, key });
        expect((await tree.verify({ readData: true })).faults).toEqual([]);
        let damaged = 0;
        for (const path of await objectsIn(root)) {
          const bytes = await readFile(path);
          bytes[100]! ^= 1;
          await rm(path);
          if (damaged % 2 === 0) await writeFile(path, bytes);
          const { faults, olderFaults } = await tree.verify({ readData: true });
          // The first head is an older one by now; gone altogether, it is missed by nobody.
          if (damaged % 2 === 0) expect(faults.length + olderFaults.length).toBeGreaterThan(0);
          await withBackend(backup, async (from) => {
            const planned = await tree.repair({ from, dryRun: true });
            if (planned.restored.length === 0) await cp(path.replace(root, backup), path);
            else expect((await tree.repair({ from })).lost).toEqual([]);
          });
          damaged += 1;
        }
        expect((await tree.verify({ readData: true })).faults).toEqual([]);
        await tree.close();
      });
    });
  }));
