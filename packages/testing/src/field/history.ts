import type { FieldCase, FieldScene } from './scene.js';
import type { AnyOperation, AnyTarget } from './target.js';

/** Earlier states, by views and by commit filters; and all that cannot be changed. */
export function historyCases(test: FieldCase, { operations }: AnyTarget): void {
  const blind = operations.filter((operation) => operation.blind);
  test('a view of each commit shows what the field held then, and is read-only', async (scene) => {
    const ids = await scene.prepare(operations);
    const tree = await scene.open();
    for (const [i, id] of ids.entries()) {
      const view = await tree.at(id);
      scene.expect(await scene.codeOf(() => scene.read(view))).toBe('NOT_LOADED');
      await view.load();
      scene.expect([i, scene.read(view)]).toEqual([i, scene.model(operations.slice(0, i + 1))]);
      await scene.expectNoChange(view, 'READONLY');
      await view.close();
      await scene.expectRefusal(view, 'CLOSED');
    }
    scene.expect(tree.index.field.state).toBe('none');
  });
  test('a filter up to a commit shows what the field held then, until it is loaded without', async (scene) => {
    const ids = await scene.prepare(operations);
    const tree = await scene.open();
    // The latest first: what shows in the end is not what was committed last.
    for (const [i, id] of [...ids.entries()].reverse()) {
      const expected = [i, scene.model(operations.slice(0, i + 1))];
      await tree.load({ commits: { upTo: id } });
      scene.expect([i, scene.read(tree)]).toEqual(expected);
      await tree.load({ commits: { range: [ids[0] ?? id, id] } });
      scene.expect([i, scene.read(tree)]).toEqual(expected);
      await scene.expectNoChange(tree, 'READONLY');
    }
    await tree.load();
    scene.expect(scene.read(tree)).toEqual(scene.model(operations));
    scene.expect(await tree.commit()).toBe(undefined);
    for (const operation of operations) scene.apply(tree.index.field, operation);
  });
  test('a filter of commits made blindly shows what they did, and nothing else', async (scene) => {
    const changes = await blindCommits(scene, blind);
    const tree = await scene.open();
    for (const [i, { id }] of changes.entries()) {
      await tree.load({ commits: { single: id } });
      scene
        .expect([i, scene.read(tree)])
        .toEqual([i, scene.model(changes.slice(i, i + 1).map((one) => one.operation))]);
      for (const [j, last] of changes.entries()) {
        if (j < i) continue;
        await tree.load({ commits: { range: [id, last.id] } });
        const within = changes.slice(i, j + 1).map((one) => one.operation);
        scene.expect([i, j, scene.read(tree)]).toEqual([i, j, scene.model(within)]);
      }
    }
  });
  test('a tree opened for reading refuses changes', async (scene) => {
    await scene.prepare(operations);
    const tree = await scene.open({ readonly: true });
    await scene.expectNoChange(tree, 'READONLY', blind);
    await tree.load();
    await scene.expectNoChange(tree, 'READONLY');
    scene.expect(scene.read(tree)).toEqual(scene.model(operations));
  });
  test('a field of a closed tree can be neither read nor changed', async (scene) => {
    const tree = await scene.create();
    await tree.close();
    await scene.expectRefusal(tree, 'CLOSED');
  });
}

/** Applies each operation in a commit of its own, by somebody who has loaded nothing; those that say nothing are none. */
async function blindCommits(
  scene: FieldScene,
  blind: readonly AnyOperation[],
): Promise<{ readonly id: string; readonly operation: AnyOperation }[]> {
  await scene.prepare([]);
  const tree = await scene.open();
  const changes: { readonly id: string; readonly operation: AnyOperation }[] = [];
  for (const operation of blind) {
    scene.apply(tree.index.field, operation);
    const commit = await tree.commit();
    if (commit !== undefined) changes.push({ id: commit.id, operation });
  }
  await tree.close();
  return changes;
}
