import {
  copyTree,
  Infinitree,
  Key,
  MemoryBackend,
  registerIndex,
  Serialized,
  VersionedList,
  VersionedMap,
} from '@infinitree/core';
import { TestClock } from '@infinitree/testing';
import fc from 'fast-check';
import { KINDS } from '../scene.js';

class Any {
  local = new VersionedMap<number, string>();
  apart = new VersionedMap<string, string>();
  list = new VersionedList<string>();
  cell = new Serialized<number>(0);
}
registerIndex(Any, {
  fields: [
    { property: 'local', name: 'local' },
    { property: 'apart', name: 'apart', strategy: 'sparse' },
    { property: 'list', name: 'list' },
    { property: 'cell', name: 'cell' },
  ],
});

/** What may be done to a tree between two commits. */
const step = fc.record({
  local: fc.dictionary(fc.integer({ min: 0, max: 9 }).map(String), fc.string({ maxLength: 4000 }), { maxKeys: 4 }),
  gone: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 2 }),
  apart: fc.dictionary(fc.string({ maxLength: 3 }), fc.string({ maxLength: 40_000 }), { maxKeys: 3 }),
  list: fc.array(fc.string({ maxLength: 20 }), { maxLength: 3 }),
  clear: fc.boolean(),
});

/** The newest state, and that of each commit. */
async function everything(tree: Infinitree<Any>): Promise<unknown> {
  const commits = await tree.commits();
  const states: unknown[] = [];
  for (const commit of commits) {
    await using view = await tree.at(commit);
    await view.load();
    const { local, apart, list, cell } = view.index;
    states.push([[...local], [...apart], [...list], cell.value]);
  }
  return { commits, states };
}

test('a copy says what its source says, of every commit, whatever they hold', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...KINDS),
      fc.constantFrom(...KINDS),
      fc.boolean(),
      fc.array(step, { maxLength: 8 }),
      async (from, to, move, steps) => {
        const key = Key.fromBytes(new Uint8Array(32).fill(3));
        const [backend, target] = [new MemoryBackend({ heads: from }), new MemoryBackend({ heads: to })];
        const environment = { clock: new TestClock() };
        const tree = await Infinitree.create(Any, { backend, key, objectSize: 65_536, environment });
        for (const [i, { local, gone, apart, list, clear }] of steps.entries()) {
          if (clear) tree.index.apart.clear();
          for (const [id, value] of Object.entries(local)) tree.index.local.set(Number(id), value);
          for (const id of gone) tree.index.local.delete(id);
          for (const [id, value] of Object.entries(apart)) tree.index.apart.set(id, value);
          for (const value of list) tree.index.list.push(value);
          tree.index.cell.value = i;
          await tree.commit(`step ${i}`);
        }
        const { head } = await copyTree(tree, target, { move });
        const expected = await everything(tree);
        await tree.close();
        await using there = await Infinitree.open(Any, { backend: target, key, expectHead: head });
        expect(await everything(there)).toEqual(expected);
        there.index.cell.value = -1;
        await there.commit('goes on');
        expect((await there.verify({ readData: true })).faults).toEqual([]);
      },
    ),
    { numRuns: 40 },
  );
});
