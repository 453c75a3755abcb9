import type { FieldCase } from './scene.js';
import type { AnyTarget } from './target.js';

/** What a field that is not loaded can do, and what it refuses. */
export function unloadedCases(test: FieldCase, { operations }: AnyTarget): void {
  const stored = operations.slice(0, 1);
  test('a field that is not loaded says so, and cannot be read', async (scene) => {
    await scene.prepare(operations);
    const tree = await scene.open();
    scene.expect(tree.index.field.state).toBe('none');
    scene.expect(await scene.codeOf(() => scene.read(tree))).toBe('NOT_LOADED');
    await tree.load();
    scene.expect(tree.index.field.state).toBe('loaded');
    scene.expect(scene.read(tree)).toEqual(scene.model(operations));
  });
  for (const operation of operations) {
    if (operation.blind) {
      test(`${operation.name}: works where nothing is loaded`, async (scene) => {
        await scene.prepare(stored);
        const tree = await scene.open();
        scene.apply(tree.index.field, operation);
        await tree.commit();
        scene.expect(await scene.stored()).toEqual(scene.model([...stored, operation]));
      });
      test(`${operation.name}: stays on top of what is loaded later`, async (scene) => {
        await scene.prepare(stored);
        const tree = await scene.open();
        scene.apply(tree.index.field, operation);
        await tree.load();
        scene.expect(scene.read(tree)).toEqual(scene.model([...stored, operation]));
      });
    } else {
      test(`${operation.name}: is refused where nothing is loaded, and stages nothing`, async (scene) => {
        await scene.prepare(stored);
        const tree = await scene.open();
        scene.expect(await scene.codeOf(() => scene.apply(tree.index.field, operation))).toBe('NOT_LOADED');
        scene.expect(await tree.commit()).toBe(undefined);
      });
    }
  }
}
