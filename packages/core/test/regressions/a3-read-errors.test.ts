import { Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { blob, errorOf, KINDS, Notes, OBJECT_SIZE, put, shown } from '../tree/commit/scene.js';

// Finding A3: the original took any read error for the end of the data, loaded less without a word, and wrote that
// back as the newest state.
//
// Fails with this mutation: in `Head.fetch` of `tree/read/scan.ts` an error counts as `done`.

const key = Key.random();

describe.each(KINDS)('A3, %s heads', (heads) => {
  test('a read that fails once fails the load, and nothing of it gets into memory or storage', async () => {
    const inner = new MemoryBackend<'cas' | 'epoch'>({ heads });
    const tree = await Infinitree.create(Notes, { backend: inner, key, objectSize: OBJECT_SIZE });
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 40; j++) tree.index.notes.set(`note ${i} ${j}`, blob(4000, i * 40 + j));
      await tree.commit(`${i}`);
    }
    await tree.close();
    const before = await shown(inner, key);
    expect(before.notes.size).toBe(120);
    const recording = new FailingBackend(inner);
    const once = await Infinitree.open(Notes, { backend: recording, key, takeover: true });
    recording.clearLog();
    await once.load();
    const reads = recording.count();
    expect(reads).toBeGreaterThan(5);
    await once.close();
    for (let nth = 1; nth <= reads; nth++) {
      const backend = new FailingBackend(inner);
      const handle = await Infinitree.open(Notes, { backend, key, takeover: true });
      backend.fail({ nth });
      expect((await errorOf(handle.load()))?.code).toBe('INFINITREE_BACKEND');
      const seen: string[] = [];
      backend.heal();
      backend.fail({ nth: 1, verb: 'get' });
      const scan = (async () => {
        for await (const [name] of handle.entries('notes')) seen.push(name);
      })();
      // Either all, from what is remembered, or an error: never fewer.
      if ((await errorOf(scan)) === undefined) expect(seen.length).toBe(120);
      backend.heal();
      await handle.load();
      expect(handle.index.notes.size).toBe(120);
      await handle.close();
    }
    const last = await Infinitree.open(Notes, { backend: inner, key, takeover: true });
    await put(last, 'more');
    expect((await shown(inner, key)).notes.size).toBe(121);
  });
});
