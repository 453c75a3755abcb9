// What stands in each head beside the commits that it carries: where there is no room for all of it, what can goes elsewhere.
import { Infinitree, type ObjectId } from '@infinitree/core';
import { checkpointRoom } from '../../../src/object/head-image.js';
import { EMPTY_BASE } from '../../../src/tree/records/base.js';
import type { Checkpoint } from '../../../src/tree/records/checkpoint.js';
import { partsOf } from '../../../src/tree/tree-parts.js';
import { capped, cappedToFit, fitting, noRoom, requireRoom } from '../../../src/tree/write/head-room.js';
import { failureOf, noise, OBJECT_SIZE } from '../../object/scene.js';
import { collect, type Heads, KINDS } from '../scene.js';
import { Library, Place, put, type Tree } from './scene.js';

const ROOM = checkpointRoom(OBJECT_SIZE);
let seed = 0;
/** Of so many characters, which do not pack. */
const text = (length: number): string => {
  seed += 1;
  return Buffer.from(noise(length, seed)).toString('base64').slice(0, length);
};

/** Takes so many bytes of each head. */
async function addDropbox(tree: Tree, bytes: number): Promise<void> {
  await tree.dropboxes.add({ fields: Array.from({ length: bytes / 1000 }, () => text(997)) });
}

const stateOf = (tree: Tree) => partsOf(tree).session.snapshot;

async function scene(heads: Heads) {
  const place = new Place(heads);
  const tree = await place.create();
  // What is due in the background would come between.
  partsOf(tree).committer.onWritten = undefined;
  await put(tree, 'first');
  return { place, tree };
}

async function check(place: Place, tree: Tree): Promise<void> {
  const books = await collect(tree.entries('books'));
  await tree.close();
  const again = await Infinitree.open(Library, { backend: place.inner, key: place.key });
  expect(await collect(again.entries('books'))).toEqual(books);
  expect((await again.verify({ readData: true })).faults).toEqual([]);
  await again.close();
}

describe.each(KINDS)('beside a large registry, %s heads', (heads) => {
  test('what was folded stands apart, though it is small, and commits go on', async () => {
    const { place, tree } = await scene(heads);
    await addDropbox(tree, 22_000);
    // The base names the last commit that was folded: less than half of the room, and more than is left.
    tree.index.books.set('second', 'second');
    await tree.commit({ message: text(12_000) });
    for (let i = 0; i < 20; i++) {
      tree.index.books.set(`book ${i}`, text(3000));
      await tree.commit({ message: text(12_000) });
    }
    expect(stateOf(tree).baseExtent).toBeDefined();
    await check(place, tree);
  });

  test('it does so before a short tail is folded', async () => {
    const { place, tree } = await scene(heads);
    for (let i = 0; stateOf(tree).base === EMPTY_BASE; i++) {
      tree.index.books.set('book', i);
      await tree.commit({ message: text(12_000) });
    }
    const { base } = stateOf(tree);
    expect(stateOf(tree).baseExtent).toBeUndefined();
    await addDropbox(tree, 22_000);
    expect(stateOf(tree).baseExtent).toBeDefined();
    expect(stateOf(tree).base).toBe(base);
    await put(tree, 'last');
    await check(place, tree);
  });

  test('what is merged beside commits leaves these in the tail', async () => {
    const { place, tree } = await scene(heads);
    for (let i = 0; i < 3; i++) await put(tree, `large ${i}`, noise(70_000, i));
    for (let i = 0; stateOf(tree).base.packs.length < 4; i++) {
      tree.index.books.set('book', i);
      await tree.commit({ message: text(12_000) });
    }
    await put(tree, 'of the tail', text(3500));
    await addDropbox(tree, 18_000);
    const tail = stateOf(tree).tail.list().length;
    expect(tail).toBeGreaterThan(0);
    expect((await tree.compact()).packs).toBeGreaterThan(2);
    expect(stateOf(tree).tail.list()).toHaveLength(tail);
    expect(stateOf(tree).baseExtent).toBeDefined();
    await check(place, tree);
  });

  test('what would be too much of it is refused by name, before anything is written', async () => {
    const { place, tree } = await scene(heads);
    await put(tree, 'of the tail', text(3500));
    for (let i = 0; i < 3; i++) await addDropbox(tree, 10_000);
    const before = [...place.store.entries.keys()].sort();
    place.calls.length = 0;
    const message = await failureOf(() => addDropbox(tree, 10_000));
    expect(message).toMatch(/UNSUPPORTED: .* 4 dropboxes \(40\d\d\d bytes\), 1 keys \(\d+ bytes\): .* 32\d\d\d\./s);
    expect(place.count('put')).toBe(0);
    const after = [...place.store.entries.keys()].sort();
    if (heads === 'cas') expect(after).toEqual(before);
    expect(tree.dropboxes.list()).toHaveLength(3);
    for (let i = 0; i < 10; i++) await put(tree, `book ${i}`, text(3000));
    await check(place, tree);
  });
});

describe('the list of what was replaced', () => {
  const ids = (count: number, from = 0): ObjectId[] =>
    Array.from({ length: count }, (_, i) => Buffer.from(noise(32, from + i)).toString('hex') as ObjectId);
  const checkpoint: Checkpoint = {
    base: EMPTY_BASE,
    tail: [],
    credentials: [],
    olderHeads: [],
    replaced: [
      { objects: ids(20), headSequence: 1, epoch: 1, time: 1 },
      { objects: ids(12, 20), headSequence: 2, epoch: 1, time: 2 },
    ],
    fork: undefined,
    dropboxes: [],
    history: undefined,
    rotation: undefined,
  };

  test('is as long as there is room', () => {
    expect(cappedToFit(checkpoint, OBJECT_SIZE)).toBe(checkpoint.replaced);
    const all = fitting(checkpoint, OBJECT_SIZE)!.length;
    const filled = (left: number): Checkpoint => {
      const last = {
        id: noise(32),
        sequence: 1,
        time: 1,
        message: text(ROOM - all - 110 + left),
        parent: undefined,
        nonce: noise(16),
        data: undefined,
      };
      return { ...checkpoint, base: { ...EMPTY_BASE, last } };
    };
    const counts = [0, -300, -600, -900].map((left) =>
      cappedToFit(filled(-left), OBJECT_SIZE).map(({ objects }) => objects.length),
    );
    expect(counts).toEqual([[20, 12], [4, 12], [8], [4]]);
    expect(capped(checkpoint.replaced, OBJECT_SIZE, 13)).toEqual([
      { ...checkpoint.replaced[0]!, objects: ids(1) },
      checkpoint.replaced[1],
    ]);
    expect(() => requireRoom(filled(5000), OBJECT_SIZE)).not.toThrow();
    expect(noRoom(checkpoint, OBJECT_SIZE).message).toContain('0 dropboxes (1 bytes)');
  });
});
