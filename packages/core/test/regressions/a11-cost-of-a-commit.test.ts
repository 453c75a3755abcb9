import { type Backend, Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { TestClock } from '@infinitree/testing';
import { partsOf } from '../../src/tree/tree-parts.js';
import { hooked, KINDS, Notes, OBJECT_SIZE, shown } from '../tree/commit/scene.js';

// Finding A11: every commit of one key cost two objects for ever, the whole log was written again each time, and the
// objects it replaced were leaked.
//
// Fails with these mutations:
// - `exceeds` of `tree/write/unfolded.ts` is always true: every head is folded for;
// - `HeadWriter.tidy` deletes nothing: what folds replaced is leaked.

const key = Key.random();
const COMMITS = 500;
/** Packs to nothing, but fills the tail of commits soon, which is then folded. */
const LONG = 'a message of some length '.repeat(160);

async function countObjects(backend: Backend): Promise<number> {
  let count = 0;
  for await (const id of backend.list()) count += id === '' ? 0 : 1;
  return count;
}

describe.each(KINDS)('A11, %s heads', (heads) => {
  test('a commit of one key costs the same after hundreds of them, and objects do not pile up', async () => {
    const inner = new MemoryBackend<'cas' | 'epoch'>({ heads });
    const clock = new TestClock();
    let bytes = 0;
    let puts = 0;
    const counting = hooked(inner, (verb, phase, args) => {
      if (phase === 'before') return;
      if (verb === 'put') puts += 1;
      const written = args.find((arg) => arg instanceof Uint8Array);
      if (verb !== 'heads.read' && written !== undefined) bytes += written.length;
    });
    const environment = { clock };
    const tree = await Infinitree.create(Notes, { backend: counting, key, objectSize: OBJECT_SIZE, environment });
    const perHundred: number[] = [];
    let most = 0;
    for (let i = 1; i <= COMMITS; i++) {
      clock.advance(60_000);
      tree.index.notes.set(`note ${i % 20}`, i);
      await tree.commit(LONG);
      await partsOf(tree).compaction.idle();
      if (i % 100 === 0) {
        perHundred.push(bytes);
        bytes = 0;
        await tree.refresh();
        most = Math.max(most, await countObjects(inner));
      }
    }
    // A slot of 64 KiB in a bucket; in a directory a page for the frame, one for its mark, and now and then a head.
    const atMost = heads === 'cas' ? OBJECT_SIZE : 20_000;
    const each = perHundred.map((sum) => sum / 100);
    // A fold is an object more, a few times in a hundred commits.
    for (const cost of each) expect(cost).toBeLessThanOrEqual(atMost + 4 * (OBJECT_SIZE / 100));
    expect(puts).toBeGreaterThan(5);
    expect(puts).toBeLessThanOrEqual(COMMITS / 50);
    // Key object, three heads, the pack in use, and one or two that were replaced within the last ten minutes.
    expect(most).toBeLessThanOrEqual(7);
    expect((await shown(inner, key)).messages.length).toBe(COMMITS);
  });
});
