import { Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { errorOf, KINDS, Notes, OBJECT_SIZE, put, shown } from '../tree/commit/scene.js';

// Finding A6: after a failed commit the next one saw no changes and returned the failed commit as if it were stored.
//
// Fails with this mutation: `Committer.#fail` and `Committer.#resolve` call `settleAll` where they call `restoreAll`.

const key = Key.random();

describe.each(KINDS)('A6, %s heads', (heads) => {
  // What fails: a call before anything is in doubt, and the very write.
  test.each([
    ['put', 'before'],
    [heads === 'cas' ? 'heads.cas' : 'heads.append', 'before'],
    [heads === 'cas' ? 'heads.cas' : 'heads.append', 'after'],
  ] as const)(
    'a commit that failed at %s (%s) is stored by the next call, which tells the truth',
    async (verb, when) => {
      const inner = new MemoryBackend<'cas' | 'epoch'>({ heads });
      const backend = new FailingBackend(inner);
      const tree = await Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE });
      await put(tree, 'a');
      backend.fail({ verb, when });
      const large = new Uint8Array(verb === 'put' ? 100_000 : 10).map((_, i) => (i * i) >> 5);
      expect(await errorOf(put(tree, 'b', large))).toBeDefined();
      expect(tree.index.notes.get('b')).toEqual(large);
      tree.index.notes.set('c', 'c');
      const retried = await tree.commit('retried');
      const now = await shown(inner, key);
      expect(now.ids.at(-1)).toBe(retried?.id);
      expect([...now.notes.keys()]).toEqual(['a', 'b', 'c']);
      expect(new Set(now.ids).size).toBe(now.ids.length);
      expect(await tree.commit('nothing is left')).toBeUndefined();
    },
  );
});
