import { Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { errorOf, KINDS, Notes, OBJECT_SIZE, put } from '../tree/commit/scene.js';

// Finding W6: loading a commit that does not exist gave an empty tree and no error; a range whose first commit does not
// come before its last went back to the very beginning.
//
// Fails with these mutations: in `resolveRef` the line that throws for no commit gives `snapshot.last` instead; in
// `Reading.#window` a range that goes backwards begins at 1.

describe.each(KINDS)('W6, %s heads', (heads) => {
  test('a filter that names no commit, or a range that goes backwards, is refused and changes nothing', async () => {
    const backend = new MemoryBackend<'cas' | 'epoch'>({ heads });
    const key = Key.random();
    const tree = await Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE });
    const first = await put(tree, 'a');
    const second = await put(tree, 'b');
    const other = await Infinitree.create(Notes, { backend, key: Key.random(), objectSize: OBJECT_SIZE });
    const foreign = await put(other, 'a');
    for (const commits of [
      { single: 'f'.repeat(64) },
      { single: foreign! },
      { single: foreign!.id },
      { single: 'HEAD~2' },
      { single: new Date(0) },
      { upTo: foreign! },
      { range: [foreign!, second!] },
      { range: [first!, foreign!] },
      { range: [second!, first!] },
    ] as const) {
      expect((await errorOf(tree.load({ commits })))?.code).toBe('INFINITREE_INVALID_ARGUMENT');
      expect([...tree.index.notes.keys()]).toEqual(['a', 'b']);
    }
    for (const ref of [foreign!, foreign!.id, 'HEAD~2']) {
      expect((await errorOf(tree.at(ref)))?.code).toBe('INFINITREE_INVALID_ARGUMENT');
    }
    tree.index.notes.set('c', 'c');
    expect((await tree.commit())?.sequence).toBe(3);
  });
});
