import { Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { KINDS, Notes, OBJECT_SIZE, outcome, put, shown } from '../tree/commit/scene.js';

// Finding A5: two processes both committed with success and the last root won; two threads of one process lost up to
// 12 of 40 commits.
//
// Fails with this mutation: in `HeadWriter.write` the check `if (current !== base) throw conflict(…)` is removed.

const key = Key.random();

describe.each(KINDS)('A5, %s heads', (heads) => {
  test('of two handles that commit upon the same state one is refused, and no commit is lost', async () => {
    const backend = new MemoryBackend<'cas' | 'epoch'>({ heads });
    const first = await Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE });
    const second = await Infinitree.open(Notes, { backend, key, takeover: true });
    const acknowledged: string[] = [];
    for (const [tree, name] of [
      [first, 'x'],
      [second, 'y'],
    ] as const) {
      if ((await outcome(put(tree, name))).error === undefined) acknowledged.push(name);
    }
    expect(acknowledged).toEqual(['x']);
    expect((await shown(backend, key)).messages).toEqual(['x']);
    await second.refresh();
    await second.commit('y');
    expect([...(await shown(backend, key)).notes.keys()]).toEqual(['x', 'y']);
  });

  test('four that commit ten times each through one handle leave 40 commits, in one chain, and 40 keys', async () => {
    const backend = new MemoryBackend<'cas' | 'epoch'>({ heads });
    const tree = await Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE });
    const one = async (name: string) => {
      for (let i = 0; i < 10; i++) await put(tree, `${name}${i}`);
    };
    await Promise.all(['a', 'b', 'c', 'd'].map(one));
    const commits = await tree.commits();
    expect(commits.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(commits.slice(1).map(({ parent }) => parent)).toEqual(commits.slice(0, -1).map(({ id }) => id));
    expect((await shown(backend, key)).notes.size).toBe(40);
  });
});
