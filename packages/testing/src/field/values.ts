import type { FieldCase } from './scene.js';
import { tamperWith } from './tampering.js';
import type { AnyTarget } from './target.js';

/** Whose the values are, and which are taken at all. */
export function valueCases(test: FieldCase, { operations, refused = [], ...target }: AnyTarget): void {
  test('whoever changes later what was handed over changes nothing in the field', async (scene) => {
    const tree = await scene.create();
    for (const [i, operation] of operations.entries()) {
      const values = target.values();
      operation.apply(tree.index.field, values);
      tamperWith(values);
      scene.expect(scene.read(tree)).toEqual(scene.model(operations.slice(0, i + 1)));
    }
    await tree.commit();
    scene.expect(await scene.stored()).toEqual(scene.model(operations));
  });
  test('whoever changes what was handed out changes nothing in the field', async (scene) => {
    const tree = await scene.create();
    for (const [i, operation] of operations.entries()) {
      scene.apply(tree.index.field, operation);
      tamperWith(scene.read(tree));
      scene.expect(scene.read(tree)).toEqual(scene.model(operations.slice(0, i + 1)));
    }
    await tree.commit();
    const again = await scene.open({ readonly: true });
    await again.load();
    tamperWith(scene.read(again));
    scene.expect(scene.read(again)).toEqual(scene.model(operations));
  });
  for (const use of refused) {
    test(`${use.name}: is refused, and changes nothing`, async (scene) => {
      await scene.prepare(operations);
      const tree = await scene.open();
      await tree.load();
      scene.expect(await scene.codeOf(() => use.apply(tree.index.field))).toBe('INVALID_ARGUMENT');
      scene.expect(scene.read(tree)).toEqual(scene.model(operations));
      scene.expect(await tree.commit()).toBe(undefined);
    });
  }
}
