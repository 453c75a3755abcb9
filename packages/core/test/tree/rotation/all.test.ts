// With the policy 'all' storage objects get new keys, too: what a tree says stays, pointers stay what they are, and keys of
// before open nothing of it.
import type { BlobRef, ChunkPointer, InfinitreeError } from '@infinitree/core';
import { concat } from '../../../src/bytes/concat.js';
import { openChunk } from '../../../src/crypto/chunk.js';
import type { TreeKeys } from '../../../src/crypto/tree-keys.js';
import { toObjectId } from '../../../src/format/ids.js';
import { partsOf } from '../../../src/tree/tree-parts.js';
import { bytesOf, contentsOf, fill } from '../care/scene.js';
import { collect } from '../scene.js';
import {
  code,
  codeOf,
  contentIn,
  contentOf,
  errorOf,
  grow,
  KINDS,
  noise,
  objectsOfEpoch,
  Scene,
  settled,
  type Tree,
} from './scene.js';

const all = { policy: 'all' } as const;
const sessionOf = (tree: Tree) => partsOf(tree).session;

/** Whether keys open a chunk, where it is now. */
async function opens(at: Scene, tree: Tree, pointer: ChunkPointer, keys: TreeKeys): Promise<boolean> {
  const [{ object, offset, size, tag, codec, seal }] = (await sessionOf(tree).moved.places([pointer])) as [
    ChunkPointer,
  ];
  const bytes = (await at.backend.get(toObjectId(object)))!.subarray(offset, offset + size);
  const place = { kind: 'storage', objectId: toObjectId(object), offset, codec, seal } as const;
  return openChunk(keys, place, concat(bytes, tag)) !== undefined;
}

describe.each(KINDS)('%s heads', (heads) => {
  test('what a tree says stays, for handles from before, for views and for whoever opens it', async () => {
    const at = await Scene.made(heads);
    const [reader, tree] = [await at.open({ readonly: true, key: at.second }), await at.openBeside()];
    const [view, early] = [await tree.at('HEAD~2'), await tree.at('HEAD~2')];
    const past = await collect(view.entries('apart'));
    const held = (await reader.get('files', 'commit 0')) as BlobRef;
    const report = await tree.rotate(all);
    expect(report).toMatchObject({ keyEpoch: 1, head: tree.head, kept: 0 });
    expect(report.moved).toBeGreaterThan(3);
    expect(await contentOf(tree)).toEqual(at.content);
    expect(await contentOf(reader)).toEqual(at.content);
    expect((await tree.verify({ readData: true })).faults).toEqual([]);
    await grow(tree, 'after');
    const content = await contentOf(tree);
    await view.close();
    await early.close();
    const later = await settled(at, tree);
    // All that it was is gone by now.
    expect(objectsOfEpoch(at, later, 0)).toEqual([]);
    expect(await bytesOf(reader, held)).toHaveLength(120_000);
    expect(await contentOf(reader)).toEqual(at.content);
    expect(reader.keyEpoch).toBe(1);
    await reader.close();
    const commits = await later.commits();
    await using again = await later.at(commits.find(({ message }) => message === 'commit 1')!);
    expect(await collect(again.entries('apart'))).toEqual(past);
    expect((await later.verify({ readData: true })).faults).toEqual([]);
    const now = (await contentOf(later)) as { commits: unknown[] };
    const before = content as { commits: unknown[] };
    expect({ ...now, commits: now.commits.slice(0, before.commits.length) }).toEqual(before);
    await later.close();
    for (const key of [at.key, at.second]) expect(await contentIn(at.backend, key)).toEqual(now);
  });

  test('the keys of before open no storage object, and the tree forgets them', async () => {
    const at = await Scene.made(heads, 0);
    const tree = await at.open();
    const content = await fill(tree);
    const refs = (await collect(tree.entries('files'))).flatMap(([, value]) => value) as BlobRef[];
    const pointers = refs.flatMap(({ chunks }) => chunks);
    const holder = await at.open({ key: at.second, readonly: true });
    const { keys } = sessionOf(holder).context;
    for (const pointer of pointers) expect(await opens(at, tree, pointer, keys)).toBe(true);
    await tree.rotate(all);
    for (const pointer of pointers) {
      expect(await opens(at, tree, pointer, sessionOf(tree).context.keys)).toBe(true);
      expect(await opens(at, tree, pointer, keys)).toBe(false);
    }
    const later = await settled(at, tree);
    expect(objectsOfEpoch(at, later, 0)).toEqual([]);
    expect(sessionOf(later).snapshot.care.history!.epochs.map(({ data }) => data)).toEqual([undefined]);
    for (let i = 0; i < 4; i++) await later.commit({ mode: 'always' });
    expect(await bytesOf(later, ((await later.get('files', 'two')) as readonly BlobRef[])[1]!)).toHaveLength(16);
    expect((content as { blobs: string[] }).blobs.length).toBeGreaterThan(2);
    for (const one of [holder, later]) await one.close();
  });

  test('a large tree that was folded, its past included, and values that stand apart', async () => {
    const at = await Scene.made(heads, 0);
    const tree = await at.open();
    const content = await fill(tree);
    await tree.rotate(all);
    expect(await contentsOf(tree)).toEqual(content);
    await tree.close();
    await using again = await at.open({ readonly: true, key: at.second });
    expect(await contentsOf(again)).toEqual(content);
    expect((await again.verify({ readData: true })).faults).toEqual([]);
  });

  test('again and again, behind rotations of the index alone, with what was stored in each key epoch', async () => {
    const at = await Scene.made(heads, 1);
    let tree = await at.open();
    for (const [i, policy] of (['all', 'index', 'index', 'all', 'all'] as const).entries()) {
      await tree.rotate({ policy });
      await grow(tree, `epoch ${i}`);
    }
    const { moved } = await tree.rotate(all);
    expect(moved).toBeGreaterThan(3);
    expect((await tree.verify({ readData: true })).faults).toEqual([]);
    const content = (await contentOf(tree)) as { commits: unknown[] };
    tree = await settled(at, tree);
    for (let epoch = 0; epoch < 6; epoch++) expect(objectsOfEpoch(at, tree, epoch)).toEqual([]);
    const now = (await contentOf(tree)) as { commits: unknown[] };
    expect({ ...now, commits: now.commits.slice(0, content.commits.length) }).toEqual(content);
    await tree.close();
  });

  test('pointers stay what they are: known contents are stored once, and chunks are found where they are', async () => {
    const at = await Scene.made(heads, 0);
    const tree = await at.open();
    const [known, raw] = [noise(40_000), noise(500)];
    const ref = await tree.blobs.put(known, { dedup: true });
    const pointer = await tree.storageWriter().write(raw);
    tree.index.files.set('known', ref);
    tree.index.notes.set('raw', pointer);
    await tree.commit();
    await tree.rotate(all);
    const later = await settled(at, tree);
    expect(await later.storageReader().read(pointer)).toEqual(raw);
    expect(await later.blobs.put(known, { dedup: true })).toEqual(ref);
    expect(await later.get('notes', 'raw')).toEqual(pointer);
    later.index.notes.set('once more', { pointer, ref });
    await later.commit();
    expect((await later.verify({ readData: true })).faults).toEqual([]);
    await later.close();
  });

  test('an object whose id stands somewhere alone keeps its keys, and is counted', async () => {
    const at = await Scene.made(heads, 0);
    const tree = await at.open();
    const writer = tree.storageWriter();
    const [pointer, meant] = [await writer.write(noise(30_000)), await writer.write(noise(20_000))];
    // As an application does that keeps the rest elsewhere, and nobody knows which of the two it is.
    tree.index.notes.set('id', meant.object);
    tree.index.notes.set('pointer', pointer);
    tree.index.files.set('other', await tree.blobs.put(noise(60_000)));
    await tree.commit();
    expect(await tree.rotate(all)).toMatchObject({ moved: 1, kept: 1 });
    const later = await settled(at, tree);
    expect(objectsOfEpoch(at, later, 0)).toEqual([toObjectId(pointer.object)]);
    expect(await later.storageReader().read(pointer)).toHaveLength(30_000);
    expect(await later.storageReader().read(meant)).toHaveLength(20_000);
    expect((await later.verify({ readData: true })).faults).toEqual([]);
    await later.close();
  });

  test('what was stored and not committed is refused where it went with its object, and stays where it did not', async () => {
    const at = await Scene.made(heads, 0);
    const tree = await at.open();
    const writer = tree.storageWriter();
    const [kept, left] = [await writer.write(noise(100)), await writer.write(noise(200))];
    await writer.flush();
    const alone = await writer.write(noise(300));
    await writer.flush();
    tree.index.notes.set('kept', kept);
    await tree.commit();
    await tree.rotate(all);
    for (const staged of [left, left.object]) {
      tree.index.notes.set('left', staged);
      const refused = (await errorOf(() => tree.commit())) as InfinitreeError & { conflicts: unknown };
      expect([refused.code, refused.conflicts]).toEqual([code('CONFLICT'), [{ field: 'notes', key: 'left' }]]);
      await tree.refresh();
    }
    tree.index.notes.set('left', await writer.write(noise(200)));
    tree.index.notes.set('alone', alone);
    await tree.commit();
    const later = await settled(at, tree);
    expect((await later.verify({ readData: true })).faults).toEqual([]);
    // It is under the keys of before until the next time.
    expect(objectsOfEpoch(at, later, 0)).toEqual([toObjectId(alone.object)]);
    await later.rotate(all);
    const last = await settled(at, later);
    expect(objectsOfEpoch(at, last, 0)).toEqual([]);
    expect(await last.storageReader().read(alone)).toHaveLength(300);
    await last.close();
  });

  test('anything but a policy is refused', async () => {
    const at = await Scene.made(heads, 0);
    const tree = await at.open();
    for (const policy of ['none', '', null, 1, true, ['all']]) {
      expect(await codeOf(() => tree.rotate({ policy: policy as never }))).toBe(code('INVALID_ARGUMENT'));
    }
    expect(tree.keyEpoch).toBe(0);
    await tree.close();
  });
});
