import { type IndexKey, isInfinitreeError } from '@infinitree/core';
import type { FieldCase, FieldScene, MapTree } from './scene.js';
import type { AnyTarget } from './target.js';

type Entry = readonly [IndexKey, unknown];

/** Reading entries without loading them, for a field that has any to show. */
export function entryCases(test: FieldCase, { operations }: AnyTarget): void {
  test('entries are the same from storage, from staged changes and loaded', async (scene) => {
    const writer = (await scene.create()) as unknown as MapTree;
    for (const [i, operation] of operations.entries()) {
      scene.apply(writer.index.field, operation);
      const staged = await entriesOf(writer);
      await expectLookups(scene, writer, staged);
      await writer.commit();
      const reader = (await scene.open({ readonly: true })) as unknown as MapTree;
      const stored = await entriesOf(reader);
      scene.expect([i, stored]).toEqual([i, staged]);
      await reader.load();
      scene.expect([i, await entriesOf(reader)]).toEqual([i, staged]);
      await expectLookups(scene, reader, stored);
      await reader.close();
    }
  });
  test('a part of the entries, once loaded, is not taken for the whole', async (scene) => {
    await scene.prepare(operations.slice(0, 1));
    const tree = (await scene.open()) as unknown as MapTree;
    try {
      await tree.load('field', { where: () => false });
    } catch (error) {
      // What is read by place, or means all that it holds, is loaded as a whole.
      if (!isInfinitreeError(error, 'INVALID_ARGUMENT')) throw error;
      scene.expect(tree.index.field.state).toBe('none');
      return;
    }
    scene.expect(tree.index.field.state).toBe('partial');
    scene.expect(await scene.codeOf(() => scene.target.read(tree.index.field))).toBe('NOT_LOADED');
    await tree.load();
    scene.expect(scene.target.read(tree.index.field)).toEqual(scene.model(operations.slice(0, 1)));
  });
}

async function expectLookups(scene: FieldScene, tree: MapTree, entries: readonly Entry[]): Promise<void> {
  const keys = entries.map(([key]) => key);
  const values = entries.map(([, value]) => value);
  scene.expect(await tree.getMany('field', keys)).toEqual(values);
  for (const [key, value] of entries) {
    scene.expect(await tree.get('field', key)).toEqual(value);
    scene.expect(await tree.has('field', key)).toBe(true);
  }
  const onlyKeys: IndexKey[] = [];
  for await (const [key] of tree.entries('field', { keysOnly: true })) onlyKeys.push(key);
  scene.expect(onlyKeys).toEqual(keys);
  scene.expect(await entriesOf(tree, true)).toEqual(entries.toReversed());
}

async function entriesOf(tree: MapTree, reverse = false): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of tree.entries('field', { reverse })) entries.push(entry);
  return entries;
}
