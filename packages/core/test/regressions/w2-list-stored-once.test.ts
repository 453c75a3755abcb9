import { Infinitree, Key, MemoryBackend, registerIndex, SnapshotList, VersionedList } from '@infinitree/core';
import { KINDS, OBJECT_SIZE } from '../tree/commit/scene.js';

// Finding W2: a list that was described as incremental stored all of itself with each commit, and loading laid all of
// that one behind the other: [1, 2, 3] of three commits came back as [1, 2, 3, 1, 2, 1].
//
// Fails with this mutation: `Pending.swap` goes on with `new Delta(delta)` in place of an empty one.

class Lists {
  versioned = new VersionedList<number>();
  snapshot = new SnapshotList<number>();
}
registerIndex(Lists, { fields: ['versioned', 'snapshot'].map((name) => ({ property: name, name })) });

describe.each(KINDS)('W2, %s heads', (heads) => {
  test.each(['versioned', 'snapshot'] as const)(
    'a %s list comes back with each element once, in order',
    async (name) => {
      const options = { backend: new MemoryBackend<'cas' | 'epoch'>({ heads }), key: Key.random() };
      const tree = await Infinitree.create(Lists, { ...options, objectSize: OBJECT_SIZE });
      for (const element of [1, 2, 3]) {
        tree.index[name].push(element);
        await tree.commit();
      }
      await tree.close();
      const again = await Infinitree.open(Lists, options);
      await again.load();
      expect([...again.index[name]]).toEqual([1, 2, 3]);
      for (const [ref, element] of [
        ['HEAD~2', 1],
        ['HEAD~1', 2],
        ['HEAD', 3],
      ] as const) {
        await again.load(name, { commits: { single: ref } });
        expect([...again.index[name]]).toEqual([element]);
      }
    },
  );
});
