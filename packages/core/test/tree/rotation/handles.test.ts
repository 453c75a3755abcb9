// Handles that were open before a rotation: readers go on, writers are told, and keys that were not kept are shut out.
import { Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { Archive, bytesOf } from '../care/scene.js';
import { archive, code, codeOf, contentOf, DAY, grow, KINDS, noise, Scene, type Tree } from './scene.js';

const indexIds = (tree: Tree): unknown =>
  (tree as unknown as { session: { snapshot: { position: { keyEpoch: number } } } }).session.snapshot.position.keyEpoch;

describe.each(KINDS)('%s heads', (heads) => {
  test('a reader goes on with what it shows, and refreshes into the next key epoch', async () => {
    const at = await Scene.made(heads);
    const reader = await at.open({ readonly: true, key: at.second });
    const tree = await at.open();
    await tree.rotate();
    expect(await contentOf(reader)).toEqual(at.content);
    await grow(tree, 'after');
    const content = await contentOf(tree);
    expect(await contentOf(reader)).toEqual(at.content);
    expect(reader.keyEpoch).toBe(0);
    expect((await reader.refresh())?.message).toBe('after');
    expect(reader.keyEpoch).toBe(1);
    expect(reader.head).toBe(tree.head);
    expect(await contentOf(reader)).toEqual(content);
    // Twice at once, and then one of which nobody looked.
    await tree.rotate();
    await tree.rotate();
    await grow(tree, 'later');
    expect((await reader.refresh())?.message).toBe('later');
    expect(await contentOf(reader)).toEqual(await contentOf(tree));
    expect((await reader.verify({ readData: true })).faults).toEqual([]);
    for (const one of [reader, tree]) await one.close();
  });

  test('a reader that misses what was deleted finds it in the next key epoch', async () => {
    const at = await Scene.made(heads);
    const reader = await at.open({ readonly: true });
    let tree = await at.open();
    const view = await reader.at('HEAD~1');
    await tree.rotate();
    for (let i = 0; i < 5; i++) {
      at.clock.advance(DAY);
      await tree.close();
      tree = await at.open();
      await grow(tree, `later ${i}`);
    }
    expect(await contentOf(reader)).toEqual(at.content);
    // It has gone on, and shows what it showed.
    expect([reader.keyEpoch, indexIds(reader)]).toEqual([1, 0]);
    expect(await view.get('notes', 'commit 0')).toEqual({ name: 'commit 0' });
    await reader.load('notes');
    expect(reader.index.notes.size).toBe(153);
    expect((await reader.refresh())?.message).toBe('later 4');
    expect(await contentOf(reader)).toEqual(await contentOf(tree));
    for (const one of [reader, tree]) await one.close();
  });

  test('somebody who watches is told of commits in the next key epoch', async () => {
    const at = await Scene.made(heads, 1);
    const reader = await at.open({ readonly: true });
    const tree = await at.open();
    const watched: string[] = [];
    const watching = (async () => {
      for await (const { message } of reader.watch({ intervalMs: 0 })) {
        watched.push(message);
        if (watched.length === 2) return;
      }
    })();
    await tree.rotate();
    await grow(tree, 'one');
    await tree.rotate();
    await grow(tree, 'two');
    await watching;
    expect(watched).toEqual(['one', 'two']);
    for (const one of [reader, tree]) await one.close();
  });

  test('a writer of before is never acknowledged, and goes on after a refresh', async () => {
    const at = await Scene.made(heads, 1);
    const old = await at.openBeside({ key: at.second });
    await old.commit({ message: 'in the epoch of its own', mode: 'always' });
    const tree = await at.openBeside();
    await tree.rotate();
    old.index.notes.set('old', 1);
    const blob = await old.blobs.put(noise(30_000));
    old.index.files.set('old', blob);
    const ended: string[] = [];
    for (let i = 0; i < 3; i++) ended.push(await codeOf(() => old.commit('never')));
    // A frame may have been written before it was told.
    expect(ended.filter((end) => end !== code('CONFLICT') && end !== code('COMMIT_UNKNOWN'))).toEqual([]);
    expect(ended.at(-1)).toBe(code('CONFLICT'));
    expect((await tree.commits()).map(({ message }) => message)).not.toContain('never');
    expect(await codeOf(() => old.rotate())).toBe(code('CONFLICT'));
    expect(await codeOf(() => old.keys.add(Key.random()))).toBe(code('CONFLICT'));
    expect(await codeOf(() => old.gc())).toBe(code('CONFLICT'));
    await old.refresh();
    expect(old.keyEpoch).toBe(1);
    expect((await old.commit('with the new keys'))?.message).toBe('with the new keys');
    expect(await bytesOf(old, blob)).toHaveLength(40_000);
    await tree.refresh();
    expect(await contentOf(tree)).toEqual(await contentOf(old));
    expect(await tree.get('notes', 'old')).toBe(1);
    await old.rotate();
    expect(await codeOf(() => tree.rotate())).toBe(code('CONFLICT'));
    await tree.refresh();
    await tree.rotate();
    expect(tree.keyEpoch).toBe(3);
    for (const one of [old, tree]) await one.close();
  });

  test('a handle whose key was removed before is shut out', async () => {
    const at = await Scene.made(heads, 1);
    const [reader, writer] = [
      await at.open({ key: at.second, readonly: true }),
      await at.openBeside({ key: at.second }),
    ];
    const tree = await at.openBeside();
    await tree.keys.remove(tree.keys.list().find(({ label }) => label === 'second')!.id);
    await tree.rotate();
    await grow(tree, 'after');
    writer.index.notes.set('never', 1);
    expect([code('CONFLICT'), code('COMMIT_UNKNOWN')]).toContain(await codeOf(() => writer.commit()));
    for (const one of [reader, writer]) {
      expect(await codeOf(() => one.refresh())).toBe(code('WRONG_KEY'));
      expect(await codeOf(() => one.refresh())).toBe(code('WRONG_KEY'));
    }
    expect(await contentOf(reader)).toEqual(at.content);
    expect(await writer.get('notes', 'never')).toBe(1);
    expect(await codeOf(() => writer.commit())).toBe(code('CONFLICT'));
    for (const one of [reader, writer, tree]) await one.close();
  });
});

test('a writer leaves its note under the name of the next key epoch', async () => {
  const backend = new MemoryBackend({ heads: 'epoch', locks: true });
  const key = Key.random();
  const tree = await Infinitree.create(Archive, { backend, key, objectSize: 65_536 });
  await tree.rotate();
  expect(await codeOf(() => archive(backend, key))).toBe(code('LOCKED'));
  await tree.rotate();
  expect(await codeOf(() => archive(backend, key))).toBe(code('LOCKED'));
  await tree.close();
  await (await archive(backend, key)).close();
});
