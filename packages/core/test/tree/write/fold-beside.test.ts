// Folding beside commits: nobody waits for it, and nothing that is committed meanwhile gets lost, or counts twice.
import type { ObjectId } from '@infinitree/core';
import { partsOf } from '../../../src/tree/tree-parts.js';
import { blob } from '../commit/scene.js';
import { collect, KINDS } from '../scene.js';
import { Place, put, type Tree, trouble } from './scene.js';

const stateOf = (tree: Tree) => partsOf(tree).session.snapshot;
const idle = (tree: Tree) => partsOf(tree).compaction.idle();

/** Commits until a fold is begun, which waits for `go` before its first object is stored. */
async function folding(place: Place, tree: Tree): Promise<{ go(): void }> {
  const { reached, go } = place.hold('put');
  let isReached = false;
  void reached.then(() => (isReached = true));
  for (let i = 0; !isReached; i++) {
    // It packs well: what does not fit into a head is folded by the commit itself.
    if (i === 15) throw new Error('Nothing is folded.');
    await put(tree, `filler ${i % 7}`, new Uint8Array(60_000));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { go };
}

async function contentOf(tree: Tree): Promise<unknown> {
  return [await collect(tree.entries('books')), (await tree.commits()).map(({ message }) => message)];
}

describe.each(KINDS)('heads of the kind %s', (heads) => {
  test('commits go on while a fold is under way, and stand behind it', async () => {
    const place = new Place(heads);
    const tree = await place.create();
    const { go } = await folding(place, tree);
    const { base } = stateOf(tree);
    for (let i = 0; i < 5; i++) await put(tree, 'meanwhile', i);
    expect(stateOf(tree).base).toBe(base);
    const content = await contentOf(tree);
    go();
    await idle(tree);
    expect(stateOf(tree).base).not.toBe(base);
    const carried = stateOf(tree)
      .tail.list()
      .map(({ commit }) => commit.message);
    expect(carried.slice(-5)).toEqual(Array<string>(5).fill('meanwhile'));
    expect(stateOf(tree).base.last?.message.startsWith('filler')).toBe(true);
    expect(await contentOf(tree)).toEqual(content);
    await put(tree, 'behind it', 1);
    const after = await contentOf(tree);
    await tree.close();
    await using again = await place.open();
    expect(await contentOf(again)).toEqual(after);
    expect((await again.verify({ readData: true })).faults).toEqual([]);
  });

  test('what was folded for naught goes at once, and commits stand', async () => {
    for (const how of ['closed', 'failed', 'overtaken'] as const) {
      const place = new Place(heads);
      const tree = await place.create();
      // What is told to have failed may be there.
      if (how === 'failed') place.next('put', 'after', () => Promise.reject(trouble));
      const { go } = await folding(place, tree);
      const content = await contentOf(tree);
      const there = new Set(place.store.entries.keys());
      let other: Tree | undefined;
      if (how === 'overtaken') {
        other = await place.open();
        await put(other, 'of another', 1);
      }
      const closing = how === 'closed' ? tree.close() : undefined;
      go();
      await closing;
      await idle(tree);
      const left: ObjectId[] = place.idsOf('put').filter((id) => !there.has(id) && place.store.entries.has(id));
      expect([how, left]).toEqual([how, []]);
      if (how === 'overtaken') expect((await place.shown()).books).toContain('of another');
      if (how === 'failed') expect(await contentOf(tree)).toEqual(content);
      await other?.close();
      if (how !== 'closed') await tree.close();
    }
  });

  test('commits without a pause wait for heads that have been prepared, and do not hold them up', async () => {
    const place = new Place(heads);
    const tree = await place.create();
    const begin = stateOf(tree).base;
    let folds = 0;
    let seen = begin;
    const expected = new Map<string, number>();
    for (let i = 0; i < 1500; i++) {
      expected.set(`book ${i % 91}`, i);
      tree.index.books.set(`book ${i % 91}`, i);
      await tree.commit();
      if (stateOf(tree).base !== seen) folds += 1;
      seen = stateOf(tree).base;
    }
    expect(folds).toBeGreaterThanOrEqual(3);
    await tree.close();
    await using again = await place.open();
    expect(new Map(await collect(again.entries('books')))).toEqual(expected);
    expect((await again.commits()).map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 1500 }, (_, i) => i + 1),
    );
    expect((await again.verify({ readData: true })).faults).toEqual([]);
  });

  test('what large commits have written is merged, though no head gets full of it', async () => {
    const place = new Place(heads);
    const tree = await place.create();
    const runs = () => [...stateOf(tree).fields.values()].flatMap((field) => field.runs).length;
    let most = 0;
    for (let i = 0; i < 70; i++) {
      await put(tree, `large ${i % 9}`, blob(70_000, i));
      await idle(tree);
      most = Math.max(most, runs());
    }
    // Sixteen that are not folded; of packs three of each size, of which each may have a run of history.
    expect(most).toBeLessThan(32);
    const before = await contentOf(tree);
    expect((await tree.compact()).packs).toBeGreaterThan(1);
    expect([runs() <= 2, stateOf(tree).tail.list().length]).toEqual([true, 0]);
    expect(await contentOf(tree)).toEqual(before);
    await tree.close();
  });
});
