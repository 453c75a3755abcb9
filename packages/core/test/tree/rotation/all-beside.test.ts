// Storage objects that are being sealed again, while others commit, collect garbage and take keys away, and where it is
// interrupted, or something is damaged.
import { type BlobRef, type ChunkPointer, copyTree, InterceptedBackend, MemoryBackend } from '@infinitree/core';
import { type ObjectId, toObjectId } from '../../../src/format/ids.js';
import { partsOf } from '../../../src/tree/tree-parts.js';
import { interrupted } from '../copy/scene.js';
import {
  code,
  codeOf,
  contentIn,
  contentOf,
  KINDS,
  many,
  noise,
  objectsOfEpoch,
  open,
  opening,
  Scene,
  settled,
  stopped,
  type Tree,
} from './scene.js';

const all = { policy: 'all' } as const;
const sessionOf = (tree: Tree) => partsOf(tree).session;
const secondOf = (tree: Tree): string => tree.keys.list().find(({ label }) => label === 'second')?.id ?? '';

/** A bit of an object is another one. */
async function turn(at: Scene, id: ObjectId, offset: number): Promise<void> {
  const bytes = (await at.backend.get(id))!.slice();
  bytes[offset]! ^= 1;
  await at.backend.delete([id]);
  await at.backend.put(id, bytes);
}

describe.each(KINDS)('%s heads', (heads) => {
  test('an abort leaves some of it done, and the same handle goes on from there', async () => {
    const at = await Scene.made(heads, 0);
    const tree = await at.open();
    await many(at, tree);
    expect(await stopped(tree, 20)).toBe(code('ABORTED'));
    expect(tree.keyEpoch).toBe(1);
    expect(await contentOf(tree)).toEqual(at.content);
    expect((await tree.verify({ readData: true })).faults).toEqual([]);
    const told: (readonly [number, number | undefined])[] = [];
    const { keyEpoch, moved } = await tree.rotate({
      ...all,
      onProgress: ({ done, total }) => told.push([done, total]),
    });
    expect([keyEpoch, moved]).toEqual([1, 24]);
    expect(told).toEqual(Array.from({ length: 24 }, (_, i) => [i + 1, 24]));
    expect(await contentOf(tree)).toEqual(at.content);
    // Once it is through, it begins anew.
    expect(await tree.rotate(all)).toMatchObject({ keyEpoch: 2, moved: 40 });
    await tree.close();
  });

  test('somebody else goes on from there with further keys, but from the start where a key was taken away', async () => {
    for (const isTaken of [false, true]) {
      const at = await Scene.made(heads, 0);
      const tree = await at.open();
      await many(at, tree);
      expect(await stopped(tree, 20)).toBe(code('ABORTED'));
      if (isTaken) await tree.keys.remove(secondOf(tree));
      await tree.close();
      const next = await at.open();
      expect(await next.rotate(all)).toMatchObject({ keyEpoch: 2, moved: isTaken ? 40 : 24 });
      const later = await settled(at, next);
      expect(objectsOfEpoch(at, later, 0)).toEqual([]);
      expect(objectsOfEpoch(at, later, 1).length).toBe(isTaken ? 0 : 16);
      expect((await later.verify({ readData: true })).faults).toEqual([]);
      await later.close();
    }
  });

  test('a key that another handle takes away meanwhile counts, too', async () => {
    const at = await Scene.made(heads, 0);
    const first = await at.open();
    await many(at, first);
    await first.close();
    const controller = new AbortController();
    let [moved, taken] = [0, 'never'];
    // In the second batch: the first one has said how far it goes.
    const step = async () => {
      if (moved < 17 || taken !== 'never') return;
      taken = 'begun';
      await using other = await at.openBeside();
      taken = await codeOf(() => other.keys.remove(secondOf(other)));
    };
    const tree = await open(interrupted(at.backend, step), at.key, {
      takeover: true,
      environment: { clock: at.clock },
    });
    const onProgress = ({ total }: { readonly total?: number }) => {
      moved += total === undefined ? 0 : 1;
      if (moved === 40) controller.abort();
    };
    expect(await codeOf(() => tree.rotate({ ...all, signal: controller.signal, onProgress }))).toBe(code('ABORTED'));
    expect(taken).toBe('ok');
    // What is sealed under the keys of now does not count.
    expect(sessionOf(tree).snapshot.care.history?.below).toBe(2);
    await tree.close();
    const next = await at.open();
    expect(await next.rotate(all)).toMatchObject({ keyEpoch: 2, moved: 40 });
    expect(await contentOf(next)).toEqual(at.content);
    await next.close();
  });

  test('it goes on beside commits of this handle, and what others have committed is left to a refresh', async () => {
    const at = await Scene.made(heads, 0);
    const tree = await at.openBeside();
    await many(at, tree);
    const other = await at.openBeside();
    let [mine, theirs] = [0, 0];
    const commits: Promise<string>[] = [];
    const onProgress = ({ total }: { readonly total?: number }) => {
      if (total === undefined) return;
      tree.index.notes.set('mine', ++mine);
      commits.push(codeOf(() => tree.commit('mine')));
    };
    await tree.rotate({ ...all, onProgress });
    expect(new Set(await Promise.all(commits))).toEqual(new Set(['ok']));
    const committing = async ({ total }: { readonly total?: number }) => {
      if (total === undefined) return;
      await other.refresh();
      other.index.notes.set('theirs', ++theirs);
      await other.commit('theirs');
    };
    const others: Promise<string>[] = [];
    const beside = (progress: { readonly total?: number }) => others.push(codeOf(() => committing(progress)));
    // Where others are faster all the time it is told, and goes on from there.
    const ended = await codeOf(() => tree.rotate({ ...all, onProgress: beside }));
    expect(['ok', code('CONFLICT'), code('BACKEND')]).toContain(ended);
    await Promise.all(others);
    await tree.refresh();
    if (ended !== 'ok') expect(await tree.rotate(all)).toMatchObject({ keyEpoch: 2 });
    await other.refresh();
    expect(await contentOf(tree)).toEqual(await contentOf(other));
    expect(theirs).toBeGreaterThan(0);
    expect((await tree.verify({ readData: true })).faults).toEqual([]);
    expect(await tree.get('notes', 'mine')).toBe(mine);
    for (const one of [tree, other]) await one.close();
  });

  test('garbage that somebody collects beside it takes nothing that it is about to tell of', async () => {
    const at = await Scene.made(heads, 0);
    const first = await at.open();
    await many(at, first);
    await first.close();
    let [isMoving, calls, collected] = [false, 0, 0];
    // As soon as anything is there that no head tells of; and each time the mover has to find out, and seal it once more.
    const step = async () => {
      calls += isMoving ? 1 : 0;
      if (calls === 0 || calls % 20 !== 0 || calls > 100) return;
      await using other = await at.openBeside();
      collected += (await other.gc({ olderThan: 0 })).orphans.count;
    };
    const tree = await open(interrupted(at.backend, step), at.key, {
      takeover: true,
      environment: { clock: at.clock },
    });
    const onProgress = ({ total }: { readonly total?: number }) => {
      isMoving ||= total !== undefined;
    };
    const ends: string[] = [];
    while (ends.at(-1) !== 'ok' && ends.length < 6) {
      ends.push(await codeOf(() => tree.rotate({ ...all, onProgress })));
      await tree.refresh();
    }
    expect([ends.at(-1), calls > 100, collected > 0]).toEqual(['ok', true, true]);
    expect(await contentOf(tree)).toEqual(at.content);
    expect((await tree.verify({ readData: true })).faults).toEqual([]);
    const later = await settled(at, tree);
    expect((await later.verify({ readData: true })).faults).toEqual([]);
    await later.close();
  });

  test('what is lost of the index while it is gone through is not passed over', async () => {
    const at = await Scene.made(heads, 0);
    const first = await at.open();
    for (let i = 0; i < 800; i++) first.index.notes.set(`note ${i}`, noise(1200));
    first.index.files.set('blob', await first.blobs.put(noise(60_000)));
    await first.commit();
    await first.close();
    const handles: Tree[] = [];
    let [isLooking, isLost] = [false, false];
    const lose = async ({ snapshot, blocks }: ReturnType<typeof sessionOf>) => {
      const changes = snapshot.tail.list().flatMap((body) => body.changes);
      const run = changes.find(({ field }) => field.name === 'stored_notes')!.run!.run;
      const found = await blocks.blocks(run);
      // Somebody commits, so that there is a later state; which lacks it as well.
      await using other = await at.openBeside();
      other.index.notes.set('other', 1);
      await other.commit();
      await at.backend.delete([found[2]!.extent.segments[0]!.object]);
      isLost = true;
    };
    const backend = new InterceptedBackend(at.backend, {
      call: async ({ verb }, work) => {
        const [tree] = handles;
        if (verb === 'get' && tree?.keyEpoch === 1 && !isLooking) {
          isLooking = true;
          await lose(sessionOf(tree));
        }
        return work();
      },
      walk: (_, list) => list(),
    });
    const tree = await open(backend, at.key, { takeover: true, environment: { clock: at.clock } });
    handles.push(tree);
    expect(await codeOf(() => tree.rotate(all))).toBe(code('CORRUPT'));
    expect(isLost).toBe(true);
    await tree.close();
  });

  test('a copy takes along where chunks are, also of a tree that is halfway', async () => {
    const at = await Scene.made(heads, 0);
    const tree = await at.open();
    await many(at, tree);
    await stopped(tree, 20);
    const target = new MemoryBackend({ heads });
    await copyTree(tree, target);
    expect(await contentIn(target, at.second)).toEqual(at.content);
    const copy = await open(target, at.key);
    expect(await copy.rotate(all)).toMatchObject({ keyEpoch: 2, moved: 24 });
    expect(await contentOf(copy)).toEqual(at.content);
    expect((await copy.verify({ readData: true })).faults).toEqual([]);
    await copy.close();
    await tree.rotate(all);
    const last = new MemoryBackend({ heads });
    await copyTree(tree, last, { move: true });
    await tree.close();
    expect(await contentIn(last, at.key)).toEqual(at.content);
    expect(await opening(last, [at.key, at.second])).toEqual(['opens', 'opens']);
  });

  test('a damaged chunk stays, and goes along where it was mended', async () => {
    const at = await Scene.made(heads, 0);
    const tree = await at.open();
    await many(at, tree);
    const copied = new MemoryBackend({ heads });
    await copyTree(tree, copied);
    const [{ object }] = ((await tree.get('files', 'many 30')) as BlobRef).chunks as [ChunkPointer];
    const id = toObjectId(object);
    await turn(at, id, 7);
    expect(await tree.rotate(all)).toMatchObject({ keyEpoch: 1, damaged: 1 });
    const { faults } = await tree.verify({ readData: true });
    expect(faults.map(({ part, object: of }) => [part, of])).toEqual([['chunk', id]]);
    await tree.repair({ from: copied });
    expect(await tree.rotate(all)).toMatchObject({ keyEpoch: 2, damaged: 0 });
    expect(await contentOf(tree)).toEqual(at.content);
    // What is damaged where it is now is told of by its new place, and brought back there.
    const later = await settled(at, tree);
    const [place] = (await sessionOf(later).moved.places([
      ((await later.get('files', 'many 30')) as BlobRef).chunks[0]!,
    ])) as [ChunkPointer];
    const second = new MemoryBackend({ heads });
    await copyTree(later, second);
    await at.backend.delete([toObjectId(place.object)]);
    expect((await later.verify()).faults.map(({ part, object: of }) => [part, of])).toContainEqual([
      'chunk',
      toObjectId(place.object),
    ]);
    await later.repair({ from: second });
    expect((await later.verify({ readData: true })).faults).toEqual([]);
    await later.close();
  });

  test.each([
    ['the same handle', true],
    ['somebody else, much later,', false],
  ])('a repair mends what says where chunks are, and %s goes on', async (_, isSame) => {
    const at = await Scene.made(heads, 0);
    const tree = await at.open();
    for (let i = 0; i < 800; i++) tree.index.notes.set(`note ${i}`, noise(1200));
    await tree.commit();
    // More than rides in a head, so that it was folded.
    for (let i = 0; i < 100; i++) {
      tree.index.notes.set(`later ${i}`, noise(1200));
      await tree.commit();
    }
    await many(at, tree);
    expect(await stopped(tree, 36)).toBe(code('ABORTED'));
    const { snapshot, blocks } = sessionOf(tree);
    const runs = snapshot.base.packs.flatMap((pack) => pack.runs);
    const runOf = (name: string) => runs.find(({ field }) => field.name === name)!.run;
    const [block] = await blocks.blocks(runOf('stored_notes'));
    // All of the one, and so much of the other that the rest of it has to be listed anew.
    const damaged = [...runOf('\0moved').index.segments, block!.extent.segments[0]!];
    for (const { object, offset } of damaged) await turn(at, object, offset);
    const { faults } = await tree.verify({ readData: true });
    const fields = faults.map(({ field }) => field?.name);
    expect(fields).toEqual(expect.arrayContaining(['\0moved', 'stored_notes']));
    expect((await tree.repair()).recovered).toBeGreaterThan(0);
    const content = await contentOf(tree);
    // Chunks of which it is not known any more are where they were, and that does not go.
    let later = isSame ? tree : await settled(at, tree);
    expect(await later.rotate(all)).toMatchObject({ keyEpoch: isSame ? 1 : 2 });
    later = await settled(at, later);
    // Where what is lost was the end of an object of which something is left, no padding was written.
    const left = (await later.verify({ readData: true })).faults.filter(({ part }) => part !== 'padding');
    expect(left).toEqual([]);
    expect(objectsOfEpoch(at, later, 0)).toEqual([]);
    const now = (await contentOf(later)) as { commits: unknown[] };
    const { commits } = content as { commits: unknown[] };
    expect({ ...now, commits: now.commits.slice(0, commits.length) }).toEqual(content);
    expect((now as unknown as { blobs: string[] }).blobs).toEqual((at.content as { blobs: string[] }).blobs);
    await later.close();
  });
});
