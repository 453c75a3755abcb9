import { type ChunkPointer, Infinitree, Key, MemoryBackend, registerIndex, VersionedMap } from '@infinitree/core';
import { blob, KINDS, OBJECT_SIZE } from '../tree/commit/scene.js';
import { collect } from '../tree/scene.js';

// Finding W7: of several writers of objects, flushing could take one twice and miss a busy one, so that a commit referred
// to what was never written; and a copied writer sent its buffer again under another id, the same ciphertext twice.
//
// Fails with these mutations: `Committer.#write` flushes the first of the open writers only; `ObjectWriter.#begin` takes
// the key of the first of its objects for all of them.

class Chunks {
  chunks = new VersionedMap<number, ChunkPointer>();
}
registerIndex(Chunks, { fields: [{ property: 'chunks', name: 'chunks' }] });

const WRITERS = 5;
/** The last object of each writer has room left, so that only flushing stores it. */
const EACH = 5;
/** The same bytes again and again: only keys and places can tell their ciphertexts apart. */
const chunk = blob(20_000, 7);

describe.each(KINDS)('W7, %s heads', (heads) => {
  test('a commit flushes every open writer, busy ones too, and no ciphertext is stored twice', async () => {
    const backend = new MemoryBackend<'cas' | 'epoch'>({ heads });
    const key = Key.random();
    const tree = await Infinitree.create(Chunks, { backend, key, objectSize: OBJECT_SIZE });
    const writers = Array.from({ length: WRITERS }, () => tree.storageWriter());
    for (const [w, writer] of writers.entries()) {
      for (let i = 0; i < EACH; i++) tree.index.chunks.set(w * EACH + i, await writer.write(chunk));
    }
    // They are at work when the commit is made.
    const busy = writers.map((writer, w) => writer.write(blob(3000, w)));
    await tree.commit();
    await Promise.all(busy);
    await tree.close();
    const again = await Infinitree.open(Chunks, { backend, key });
    await again.load();
    expect(again.index.chunks.size).toBe(WRITERS * EACH);
    for (const pointer of again.index.chunks.values()) {
      expect(Buffer.compare(await again.storageReader().read(pointer), chunk)).toBe(0);
    }
    const runs = new Set<string>();
    const objects = await collect(backend.list());
    for (const id of objects) {
      const bytes = Buffer.from((await backend.get(id))!);
      for (let at = 0; at < bytes.length; at += 32) runs.add(bytes.toString('latin1', at, at + 32));
    }
    expect(objects.length).toBeGreaterThan(WRITERS);
    expect(runs.size).toBe((objects.length * OBJECT_SIZE) / 32);
  });
});
