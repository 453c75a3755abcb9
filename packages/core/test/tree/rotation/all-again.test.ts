// Who knows the keys after storage objects were sealed again in part, what was written in between, and what does not open.
import { type BlobRef, copyTree, Key, MemoryBackend } from '@infinitree/core';
import { keysOf } from '../../../src/crypto/own-ids.js';
import { type ObjectId, toObjectId } from '../../../src/format/ids.js';
import { IdTable } from '../../../src/tree/care/id-table.js';
import { Marking } from '../../../src/tree/care/marking.js';
import { partsOf } from '../../../src/tree/tree-parts.js';
import { code, codeOf, contentOf, KINDS, many, noise, Scene, stopped, type Tree } from './scene.js';

const all = { policy: 'all' } as const;
const sessionOf = (tree: Tree) => partsOf(tree).session;
const idOf = (tree: Tree, wanted: string) => tree.keys.list().find(({ label }) => label === wanted)?.id ?? '';

/** Where the chunks of a blob are now. */
async function placesOf(tree: Tree, name: string): Promise<ObjectId[]> {
  const { chunks } = (await tree.get('files', name)) as BlobRef;
  const places = await sessionOf(tree).moved.places(chunks);
  return places.map(({ object }) => toObjectId(object));
}

async function epochOf(tree: Tree, name: string): Promise<number[]> {
  const { chunks } = (await tree.get('files', name)) as BlobRef;
  const { moved, context } = sessionOf(tree);
  const places = await moved.places(chunks);
  return places.map(({ object }) => keysOf(context.keys, object).keyEpoch);
}

describe.each(KINDS)('%s heads', (heads) => {
  test.each([true, false])('a key that came and went in between is shut out, by this handle: %p', async (isOwn) => {
    const at = await Scene.made(heads, 0);
    const tree = await at.open();
    await many(at, tree);
    expect(await stopped(tree, 20)).toBe(code('ABORTED'));
    const eve = Key.random();
    const other = isOwn ? tree : await at.openBeside();
    await other.keys.add(eve, { label: 'eve' });
    const handle = await at.openBeside({ key: eve, readonly: true });
    expect(handle.keyEpoch).toBe(1);
    await handle.close();
    await other.keys.remove(idOf(other, 'eve'));
    if (!isOwn) {
      await other.close();
      await tree.refresh();
    }
    // All of it, under keys that were never hers.
    expect(await tree.rotate(all)).toMatchObject({ keyEpoch: 2, moved: 40, kept: 0, damaged: 0 });
    expect(await epochOf(tree, 'many 0')).toEqual([2]);
    expect(await contentOf(tree)).toEqual(at.content);
    await tree.close();
  });

  test('what was written in key epochs in between is sealed again, too', async () => {
    const at = await Scene.made(heads, 0);
    const tree = await at.open();
    await many(at, tree);
    expect(await stopped(tree, 20)).toBe(code('ABORTED'));
    await tree.close();
    const next = await at.open();
    for (const [name, rotates] of Object.entries({ 'new in 1': true, 'new in 2': false })) {
      next.index.files.set(name, await next.blobs.put(noise(60_000)));
      await next.commit(name);
      if (rotates) await next.rotate();
    }
    const content = await contentOf(next);
    expect(await next.rotate(all)).toMatchObject({ keyEpoch: 3, kept: 0, damaged: 0 });
    expect([await epochOf(next, 'new in 1'), await epochOf(next, 'new in 2')]).toEqual([[3], [3]]);
    expect(await contentOf(next)).toEqual(content);
    await next.close();
  });

  test('a collection of garbage that has begun before marks what is where by then', async () => {
    const at = await Scene.made(heads, 0);
    const tree = await at.open();
    // Too much to ride in a frame, which is gone through in each state.
    for (let i = 0; i < 40; i++) tree.index.files.set(`many ${i}`, await tree.blobs.put(noise(65_000)));
    for (let i = 0; i < 200; i++) tree.index.files.set(`small ${i}`, await tree.blobs.put(noise(500)));
    await tree.commit('many');
    expect(await stopped(tree, 20)).toBe(code('ABORTED'));
    const marking = new Marking(sessionOf(tree), new IdTable(), 0, {});
    await marking.newest();
    const before = await placesOf(tree, 'many 39');
    await tree.rotate(all);
    await marking.all();
    const after = await placesOf(tree, 'many 39');
    expect(after).not.toEqual(before);
    for (let i = 0; i < 40; i++) {
      for (const id of await placesOf(tree, `many ${i}`)) expect(marking.marked.has(id)).toBe(true);
    }
    // Older heads stay, and name the places before.
    for (const id of before) expect(marking.marked.has(id)).toBe(true);
    await tree.close();
  });

  test('what does not open stays where it is, is counted, and goes along once it is mended', async () => {
    const at = await Scene.made(heads, 0);
    const tree = await at.open();
    await many(at, tree);
    const copied = new MemoryBackend({ heads });
    await copyTree(tree, copied);
    const [[gone], [bent]] = [await placesOf(tree, 'many 3'), await placesOf(tree, 'many 30')] as [
      [ObjectId],
      [ObjectId],
    ];
    await at.backend.delete([gone]);
    const bytes = (await at.backend.get(bent))!.slice();
    bytes[7]! ^= 1;
    await at.backend.delete([bent]);
    await at.backend.put(bent, bytes);
    expect(await tree.rotate(all)).toMatchObject({ keyEpoch: 1, moved: 38, kept: 0, damaged: 2 });
    expect(await tree.rotate(all)).toMatchObject({ keyEpoch: 2, moved: 38, kept: 0, damaged: 2 });
    await tree.repair({ from: copied });
    expect(await tree.rotate(all)).toMatchObject({ keyEpoch: 3, moved: 40, kept: 0, damaged: 0 });
    expect(await contentOf(tree)).toEqual(at.content);
    expect((await tree.verify({ readData: true })).faults).toEqual([]);
    await tree.close();
  });

  test('taking a key away and committing at one moment both succeed, one after the other', async () => {
    const at = await Scene.made(heads, 1);
    const tree = await at.open();
    await tree.keys.add(Key.random(), { label: 'third' });
    tree.index.notes.set('a', 'b');
    await Promise.all([
      tree.keys.remove(idOf(tree, 'second')),
      tree.commit('one'),
      tree.keys.remove(idOf(tree, 'third')),
    ]);
    expect(tree.keys.list()).toHaveLength(1);
    await tree.commit('two', { mode: 'always' });
    expect((await tree.commits()).slice(-2).map(({ message }) => message)).toEqual(['one', 'two']);
    await tree.close();
    expect(await codeOf(() => at.open({ key: at.second }))).toMatch(/WRONG_KEY|NOT_FOUND/);
  });
});
