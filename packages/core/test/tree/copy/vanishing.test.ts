// Objects that go while they are copied: by this process, which has to wait, and by another one, which does not know.

import { type BlobRef, copyTree } from '@infinitree/core';
import { youngPack } from '../../../src/tree/records/base.js';
import type { Snapshot } from '../../../src/tree/snapshot.js';
import {
  code,
  codeOf,
  contentIn,
  contentOf,
  grow,
  interrupted,
  KINDS,
  noise,
  open,
  Scene,
  type Tree,
} from './scene.js';

/** The objects that the next fold writes again. */
function young(tree: Tree): readonly string[] {
  const { base } = (tree as unknown as { session: { snapshot: Snapshot } }).session.snapshot;
  return youngPack(base)?.objects ?? [];
}

async function commit(at: Scene, tree: Tree, message: string): Promise<void> {
  at.clock.advance(11 * 60_000);
  tree.index.notes.set(message.slice(-1), Buffer.from(noise(700)).toString('base64'));
  await tree.commit(message);
}

/** Commits until there are objects that the next fold writes again; gives the last message. */
async function untilYoung(at: Scene, tree: Tree): Promise<string> {
  for (let i = 0; ; i++) {
    await commit(at, tree, `before ${i}`);
    if (young(tree).length > 0) return `before ${i}`;
  }
}

/** Commits until these objects were replaced, and are due; gives the last message. */
async function untilReplaced(at: Scene, tree: Tree, objects: readonly string[]): Promise<string> {
  let rest = 40;
  for (let i = 0; i < 300; i++) {
    await commit(at, tree, `meanwhile ${i}`);
    const isReplaced = objects.every((id) => !young(tree).includes(id));
    if (isReplaced && --rest === 0) return `meanwhile ${i}`;
  }
  throw new Error('Nothing was replaced.');
}

const areThere = (at: Scene, objects: readonly string[]): boolean => objects.every((id) => at.ids.includes(id));

describe.each(KINDS)('%s', (from) => {
  test('what this process replaces and collects stays until the copy is made', async () => {
    const at = new Scene({ from, to: 'cas' });
    const tree = await at.create();
    const last = await untilYoung(at, tree);
    const objects = young(tree);
    const content = await contentOf(tree);
    let began = false;
    const target = interrupted(at.target, async () => {
      if (began) return;
      began = true;
      await untilReplaced(at, tree, objects);
      await tree.gc({ olderThan: 0 });
    });
    const { commit: copied } = await copyTree(tree, target);
    expect([began, copied?.message, areThere(at, objects)]).toEqual([true, last, true]);
    expect(await contentIn(at.target, at.key)).toEqual(content);
    // Afterwards it goes as ever.
    await untilReplaced(at, tree, objects);
    expect(areThere(at, objects)).toBe(false);
    await tree.close();
  });

  test('where another process has deleted some of it, the newest state is copied', async () => {
    const at = new Scene({ from, to: 'epoch' });
    const tree = await at.create();
    await untilYoung(at, tree);
    const objects = young(tree);
    await tree.close();
    const reader = await at.open({ readonly: true });
    const writer = await at.open();
    let last: string | undefined;
    const target = interrupted(at.target, async () => {
      last ??= await untilReplaced(at, writer, objects);
    });
    const told: number[] = [];
    const { commit: copied } = await copyTree(reader, target, { onProgress: ({ done }) => void told.push(done) });
    expect(areThere(at, objects)).toBe(false);
    expect(copied?.message).toBe(last);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(await contentIn(at.target, at.key)).toEqual(await contentOf(writer));
    await using there = await at.openThere();
    expect((await there.verify({ readData: true })).faults).toEqual([]);
    await Promise.all([reader.close(), writer.close()]);
  });

  test('an object that is lost ends it', async () => {
    const at = new Scene({ from, to: 'cas' });
    const tree = await at.create();
    await grow(tree, 'first');
    const ref = await tree.get('files', 'first');
    const id = Buffer.from((ref as BlobRef).chunks[0]?.object ?? []).toString('hex');
    await at.backend.delete([id as never]);
    expect(await codeOf(() => at.copy(tree))).toBe(code('CORRUPT'));
    expect(await codeOf(() => at.copy(tree, { move: true }))).toBe(code('CORRUPT'));
    // It was to be moved, and is as writable as before.
    await grow(tree, 'second');
    await tree.close();
  });

  test('it ends when the tree is closed', async () => {
    const at = new Scene({ from, to: 'cas' });
    const tree = await at.create();
    for (let i = 0; i < 10; i++) await grow(tree, `${i}`);
    const target = interrupted(at.target, () => tree.close());
    expect(await codeOf(() => copyTree(tree, target))).toBe(code('CLOSED'));
    expect(await codeOf(() => open(at.target, at.key))).not.toBe('ok');
  });
});
