// A tree gets a new root secret: what it says, and who opens it, stays.
import { type BlobRef, type Commit, Key } from '@infinitree/core';
import { bytesOf, fill } from '../care/scene.js';
import { collect } from '../scene.js';
import { code, codeOf, contentIn, contentOf, DAY, grow, KINDS, noise, opening, Scene } from './scene.js';

describe.each(KINDS)('%s heads', (heads) => {
  test('what a tree says stays, commits with their ids, for all of its keys', async () => {
    const at = await Scene.made(heads);
    const tree = await at.open();
    const head = tree.head;
    const report = await tree.rotate();
    expect(report).toEqual({ keyEpoch: 1, head: tree.head, written: report.written, moved: 0, kept: 0, damaged: 0 });
    expect(Object.isFrozen(report)).toBe(true);
    expect(tree.keyEpoch).toBe(1);
    expect(report.written).toBeGreaterThan(0);
    expect(await contentOf(tree)).toEqual(at.content);
    expect((await tree.verify({ readData: true })).faults).toEqual([]);
    await grow(tree, 'after');
    const content = await contentOf(tree);
    await tree.close();
    for (const key of [at.key, at.second]) expect(await contentIn(at.backend, key)).toEqual(content);
    // The state before is an earlier one.
    expect(await codeOf(async () => (await at.open({ expectHead: head })).close())).toBe('ok');
    expect(await codeOf(() => at.open({ expectHead: `2${head.slice(1)}` }))).toBe(code('ROLLBACK'));
  });

  test('again and again, with what was stored in each key epoch', async () => {
    const at = await Scene.made(heads, 1);
    for (let epoch = 1; epoch <= 4; epoch++) {
      const tree = await at.open({ key: epoch % 2 === 0 ? at.key : at.second });
      await tree.rotate();
      await grow(tree, `epoch ${epoch}`);
      const content = await contentOf(tree);
      expect((await tree.verify({ readData: true })).faults).toEqual([]);
      await tree.close();
      for (const key of [at.key, at.second]) expect(await contentIn(at.backend, key)).toEqual(content);
    }
  });

  test('a large tree that was folded, its past included', async () => {
    const at = await Scene.made(heads, 0);
    const tree = await at.open();
    await fill(tree);
    const content = (await contentOf(tree)) as { commits: Commit[] };
    const past = content.commits[1]!;
    const view = await tree.at(past);
    const blob = await bytesOf(tree, (await view.get('files', 'one')) as BlobRef);
    await tree.rotate();
    expect((await tree.verify({ readData: true })).faults).toEqual([]);
    // A view from before goes on.
    expect(await collect(view.entries('apart', { limit: 2 }))).toHaveLength(2);
    expect(await view.commits()).toHaveLength(2);
    await view.close();
    await tree.close();
    const again = await at.open();
    // What is objects now is folded on, and those from before go when they are due.
    const before = at.ids;
    for (let i = 0; i < 40; i++) {
      at.clock.advance(DAY);
      again.index.notes.set('more', noise(3000));
      await again.commit();
    }
    expect(before.filter((id) => !at.ids.includes(id)).length).toBeGreaterThan(0);
    expect((await again.verify({ readData: true })).faults).toEqual([]);
    again.index.notes.delete('more');
    await again.commit();
    const after = (await contentOf(again)) as { commits: Commit[] };
    expect({ ...after, commits: after.commits.slice(0, content.commits.length) }).toEqual(content);
    await using earlier = await again.at(past);
    expect(await bytesOf(again, (await earlier.get('files', 'one')) as BlobRef)).toBe(blob);
  });

  test('what is staged, stored and not committed stays, and commits made meanwhile are stored', async () => {
    const at = await Scene.made(heads, 1);
    const tree = await at.open();
    const writer = tree.storageWriter();
    const [early, dedup] = [await tree.blobs.put(noise(50_000)), noise(20_000)];
    tree.index.files.set('dedup', await tree.blobs.put(dedup, { dedup: true }));
    await tree.commit();
    const chunk = await writer.write(noise(100));
    tree.index.notes.set('staged', 1);
    const [, commit] = await Promise.all([tree.rotate(), tree.commit('meanwhile')]);
    expect(commit?.message).toBe('meanwhile');
    const late = await writer.write(noise(100));
    tree.index.files.set('early', early);
    tree.index.notes.set('chunks', [chunk, late]);
    const objects = at.ids.length;
    tree.index.files.set('dedup again', await tree.blobs.put(dedup, { dedup: true }));
    await tree.commit('after');
    expect(at.ids.length - objects).toBeLessThanOrEqual(4);
    await tree.close();
    await using again = await at.open({ readonly: true });
    expect((await again.verify({ readData: true })).faults).toEqual([]);
    expect(await again.get('notes', 'staged')).toBe(1);
    expect((await bytesOf(again, (await again.get('files', 'early')) as never)).length).toBeGreaterThan(60_000);
    const [first, second] = (await again.get('notes', 'chunks')) as never[];
    for (const pointer of [first, second]) expect(await again.storageReader().read(pointer as never)).toHaveLength(100);
    const refs = await again.getMany('files', ['dedup', 'dedup again']);
    expect(refs[1]).toEqual(refs[0]);
  });

  test('garbage of all key epochs is collected, and the ends of chains stay', async () => {
    const at = await Scene.made(heads, 1);
    const tree = await at.open();
    await tree.blobs.put(noise(70_000));
    await tree.storageWriter().flush();
    await tree.rotate();
    await tree.blobs.put(noise(70_000));
    await tree.rotate();
    const content = await contentOf(tree);
    await tree.close();
    const again = await at.open();
    at.clock.advance(2 * DAY);
    expect((await again.gc()).orphans.count).toBeGreaterThan(2);
    await again.gc();
    expect(await again.gc({ dryRun: true })).toMatchObject({ orphans: { count: 0 } });
    expect(await contentOf(again)).toEqual(content);
    expect((await again.verify({ readData: true })).faults).toEqual([]);
    await again.close();
    expect(await opening(at.backend, [at.key, at.second])).toEqual(['opens', 'opens']);
  });

  test('an application key is of a key epoch, and those of earlier ones stay', async () => {
    const at = await Scene.made(heads, 0);
    const tree = await at.open();
    const before = tree.deriveKey('attachments');
    await tree.rotate();
    const after = tree.deriveKey('attachments');
    expect(after).not.toEqual(before);
    await tree.rotate();
    await tree.close();
    await using again = await at.open({ key: at.second });
    expect(again.deriveKey('attachments', { keyEpoch: 0 })).toEqual(before);
    expect(again.deriveKey('attachments', { keyEpoch: 1 })).toEqual(after);
    expect(again.deriveKey('attachments', { keyEpoch: 2 })).toEqual(again.deriveKey('attachments'));
    for (const keyEpoch of [3, -1, 0.5, Number.NaN]) {
      expect(await codeOf(() => again.deriveKey('attachments', { keyEpoch }))).toBe(code('INVALID_ARGUMENT'));
    }
  });

  test('a key that was removed before opens nothing, one that is added later does', async () => {
    const at = await Scene.made(heads, 1);
    const tree = await at.open();
    await tree.keys.remove(tree.keys.list().find(({ label }) => label === 'second')!.id);
    await tree.rotate();
    const third = Key.random();
    await tree.keys.add(third);
    expect(await opening(at.backend, [at.key, at.second, third])).toEqual(['opens', code('WRONG_KEY'), 'opens']);
    const fourth = Key.random();
    await tree.reseal(fourth);
    await tree.rotate();
    await tree.close();
    expect(await opening(at.backend, [at.key, third, fourth])).toEqual([code('WRONG_KEY'), 'opens', 'opens']);
  });

  test('no more than a few objects are left behind', async () => {
    const at = await Scene.made(heads, 1);
    const tree = await at.open();
    await tree.rotate();
    for (let i = 0; i < 6; i++) {
      at.clock.advance(DAY);
      await tree.commit({ mode: 'always' });
    }
    const before = at.ids.length;
    await tree.rotate();
    for (let i = 0; i < 6; i++) {
      at.clock.advance(DAY);
      await tree.commit({ mode: 'always' });
    }
    // The last head, and where there are slots the one before it.
    expect(at.ids.length - before).toBe(heads === 'cas' ? 2 : 1);
    await tree.close();
  });

  test('progress is told, and an abort ends it before anything changes', async () => {
    const at = await Scene.made(heads, 2);
    const tree = await at.open();
    const told: number[] = [];
    await tree.rotate({ onProgress: ({ done }) => told.push(done) });
    expect(told).toEqual(told.map((_, i) => i + 1));
    expect(told.length).toBeGreaterThan(0);
    expect(await codeOf(() => tree.rotate({ signal: AbortSignal.abort() }))).toBe(code('ABORTED'));
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    expect(await codeOf(() => tree.rotate({ signal: controller.signal, onProgress }))).toBe(code('ABORTED'));
    expect(tree.keyEpoch).toBe(1);
    await grow(tree, 'goes on');
    expect(await tree.rotate()).toMatchObject({ keyEpoch: 2 });
    await tree.close();
  });

  test('a handle for reading, and a closed one, rotate nothing', async () => {
    const at = await Scene.made(heads, 0);
    const tree = await at.open({ readonly: true });
    expect(await codeOf(() => tree.rotate())).toBe(code('READONLY'));
    await tree.close();
    expect(await codeOf(() => tree.rotate())).toBe(code('CLOSED'));
  });
});

test('a tree has so many key epochs as its heads have room for', async () => {
  const at = await Scene.made('cas', 0);
  const tree = await at.open();
  for (let i = 0; i < 64; i++) await tree.rotate();
  expect(await codeOf(() => tree.rotate())).toBe(code('UNSUPPORTED'));
  await grow(tree, 'goes on');
  await tree.close();
  expect(await opening(at.backend, [at.key, at.second])).toEqual(['opens', 'opens']);
}, 60_000);
