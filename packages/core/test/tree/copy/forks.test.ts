import { type BlobRef, MemoryBackend, type ObjectId } from '@infinitree/core';
import {
  code,
  codeOf,
  contentOf,
  errorOf,
  grow,
  type Heads,
  KINDS,
  objectsIn,
  open,
  Scene,
  type Tree,
} from './scene.js';

/** A tree and a copy of it that has gone further, and a storage that shows one or the other. */
async function pair(heads: Heads) {
  const at = new Scene({ from: heads, to: heads });
  const tree = await at.create();
  await grow(tree, 'first');
  await at.copy(tree);
  const copy = await at.openThere();
  await grow(copy, 'in the copy');
  await grow(copy, 'once more');
  const shown = new MemoryBackend<Heads>({ heads });
  const show = async (backend: MemoryBackend<Heads>): Promise<void> => {
    for await (const id of shown.list()) await shown.delete([id]);
    for (const [id, bytes] of await objectsIn(backend)) {
      await shown.put(id as ObjectId, Uint8Array.from(Buffer.from(bytes, 'base64')));
    }
    if (!('claims' in shown.heads) || !('claims' in backend.heads)) return;
    await shown.heads.release(await shown.heads.claims());
    for (const name of await backend.heads.claims()) await shown.heads.claim(name);
  };
  return { at, tree, copy, shown, show };
}

describe.each(KINDS)('%s', (heads) => {
  test('a handle refuses the head of another copy when it refreshes, watches or commits', async () => {
    const { at, tree, copy, shown, show } = await pair(heads);
    await show(at.backend);
    const handle = await open(shown, at.key);
    await handle.load();
    const content = await contentOf(handle);
    await show(at.target);
    const error = await errorOf(() => handle.refresh());
    expect([error?.code, error?.message]).toEqual([code('ROLLBACK'), expect.stringContaining('another copy')]);
    expect(await codeOf(() => handle.watch().next())).toBe(code('ROLLBACK'));
    handle.index.counter.value = 100;
    expect(await codeOf(() => handle.commit('over the copy'))).toBe(code('ROLLBACK'));
    await show(at.backend);
    handle.index.counter.value = (content as { counter: number }).counter;
    expect(await codeOf(() => handle.refresh())).toBe('ok');
    await Promise.all([handle.close(), tree.close(), copy.close()]);
  });

  test('and the other way round, also where the tree has gone further than the copy', async () => {
    const { at, tree, copy, shown, show } = await pair(heads);
    await show(at.target);
    const handle = await open(shown, at.key, { readonly: true });
    for (let i = 0; i < 6; i++) await grow(tree, `further ${i}`);
    await show(at.backend);
    expect(await codeOf(() => handle.refresh())).toBe(code('ROLLBACK'));
    await Promise.all([handle.close(), tree.close(), copy.close()]);
  });

  test('a repair takes objects from another copy, and none of its commits', async () => {
    const { at, tree, copy } = await pair(heads);
    const ref = await tree.get('files', 'first');
    const lost = Buffer.from((ref as BlobRef).chunks[0]?.object ?? []).toString('hex') as ObjectId;
    const content = await contentOf(tree);
    await at.backend.delete([lost]);
    const { restored, commit } = await tree.repair({ from: at.target });
    expect([restored, commit, tree.fork]).toEqual([[lost], undefined, undefined]);
    expect(await contentOf(tree)).toEqual(content);
    await grow(tree, 'goes on');
    await Promise.all([tree.close(), copy.close()]);
  });

  test('expectHead tells the two apart, whichever is later', async () => {
    const { at, tree, copy } = await pair(heads);
    const opens = (backend: MemoryBackend<Heads>, { head }: Tree) =>
      codeOf(async () => (await open(backend, at.key, { readonly: true, expectHead: head })).close());
    expect(await opens(at.target, tree)).toBe(code('ROLLBACK'));
    expect(await opens(at.backend, copy)).toBe(code('ROLLBACK'));
    for (let i = 0; i < 6; i++) await grow(tree, `further ${i}`);
    expect(await opens(at.backend, copy)).toBe(code('ROLLBACK'));
    expect([await opens(at.backend, tree), await opens(at.target, copy)]).toEqual(['ok', 'ok']);
    expect(copy.head).toContain(`.${copy.fork ?? ''}.`);
    await Promise.all([tree.close(), copy.close()]);
  });

  test('the fork stays, over commits, folds, collections and openings', async () => {
    const { at, tree, copy } = await pair(heads);
    const { fork } = copy;
    for (let i = 0; i < 15; i++) await grow(copy, `more ${i}`);
    await copy.gc({ olderThan: 0 });
    await copy.close();
    await using again = await at.openThere();
    expect([again.fork, tree.fork]).toEqual([fork, undefined]);
    await tree.close();
  });
});
