import { Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { blob, hooked, KINDS, Notes, OBJECT_SIZE, outcome, put, shown } from '../tree/commit/scene.js';

// Finding A1: the original published the root before the data it refers to; a crash in between left a commit that was
// listed and whose data were silently absent.
//
// Fails with this mutation: in `Committer.#write` the line `await objects.flush();` is removed, or moved behind the
// write of the head.

const key = Key.random();
const HEAD_WRITES = ['heads.cas', 'heads.create', 'heads.append'];

describe.each(KINDS)('A1, %s heads', (heads) => {
  test('when a head or frame is written, all objects are durable', async () => {
    const inner = new MemoryBackend<'cas' | 'epoch'>({ heads });
    let uploading = 0;
    let uploads = 0;
    const caught: number[] = [];
    const slow = hooked(inner, async (verb, phase) => {
      if (verb === 'put' && phase === 'before') {
        uploads += 1;
        uploading += 1;
        // Longer than anything else takes.
        for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
      }
      if (verb === 'put' && phase === 'after') uploading -= 1;
      if (HEAD_WRITES.includes(verb) && phase === 'before') caught.push(uploading);
    });
    const tree = await Infinitree.create(Notes, { backend: slow, key, objectSize: OBJECT_SIZE });
    await put(tree, 'large', blob(200_000, 1));
    // These are folded after a while.
    for (let i = 0; i < 12; i++) await put(tree, `note ${i}`, blob(7000, i));
    expect(uploads).toBeGreaterThan(5);
    expect(caught.length).toBeGreaterThan(12);
    expect(caught.filter((count) => count > 0)).toEqual([]);
    await tree.close();
  });

  test('a crash at any call leaves every listed commit with all of its data', async () => {
    for (let nth = 1; ; nth++) {
      const inner = new MemoryBackend<'cas' | 'epoch'>({ heads });
      const backend = new FailingBackend(inner);
      const tree = await Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE });
      await put(tree, 'first');
      backend.clearLog();
      backend.fail({ nth, forever: true });
      const { error } = await outcome(put(tree, 'large', blob(200_000, 1)));
      // `shown` loads everything: an object that is not there would be CORRUPT.
      const { messages, notes } = await shown(inner, key);
      expect(messages).toEqual([...notes.keys()].sort());
      if (error === undefined) break;
    }
  });
});
