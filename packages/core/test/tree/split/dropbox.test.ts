// What workers hand in to a split tree is for its readers, and not for those who only write to it.
import { Dropbox, Infinitree } from '@infinitree/core';
import { partsOf } from '../../../src/tree/tree-parts.js';
import { Archive, code, codeOf, KINDS, SplitWorld } from './scene.js';

describe.each(KINDS)('%s heads', (heads) => {
  test.each(['reader', 'writer'] as const)('a dropbox that a %s has made is merged by a reader alone', async (role) => {
    const world = await SplitWorld.make(heads);
    const maker = await (role === 'reader' ? world.read() : world.write());
    const { key } = await maker.dropboxes.add({ label: 'greenhouse' });
    await maker.close();
    const worker = await Dropbox.open(Archive, { backend: world.backend, key });
    worker.index.notes.set('note', 'handed in');
    worker.index.apart.set(1, 'apart');
    await worker.send('a batch');
    await worker.close();

    const writer = await world.write();
    expect(await codeOf(() => writer.dropboxes.merge())).toBe(code('UNSUPPORTED'));
    // Nothing in the head opens it either.
    expect(partsOf(writer).session.snapshot.care.dropboxes.map(({ secret }) => secret)).toEqual([undefined]);
    await writer.close();
    await world.asReader(async (tree) => {
      const { merged, faults } = await tree.dropboxes.merge();
      expect([merged.map(({ commit }) => commit.message), faults]).toEqual([['a batch'], []]);
      expect([await tree.get('notes', 'note'), await tree.get('apart', 1)]).toEqual(['handed in', 'apart']);
    });
    const again = await Infinitree.open(Archive, { backend: world.backend, key: world.writer });
    expect(await codeOf(() => again.get('apart', 1))).toBe(code('UNSUPPORTED'));
    await again.close();
  });
});
