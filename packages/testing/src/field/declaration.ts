import { CustomField, type MapField, VersionedMap } from '@infinitree/core';
import type { FieldCase } from './scene.js';
import type { AnyTarget } from './target.js';

/** A field that is stored as another type than any that somebody tests. */
class Stranger extends CustomField<MapField<string, number>> {
  constructor() {
    super({ name: 'infinitree-testing/stranger', kind: 'map', inner: new VersionedMap() });
  }
}

/** How the field gets on with classes and names. */
export function declarationCases(test: FieldCase, { operations }: AnyTarget): void {
  const stored = operations.slice(0, 1);
  test('it is stored under its name, whatever the property', async (scene) => {
    await scene.prepare(operations);
    const { declared, undeclared, suspectedRenames } = (await scene.open()).schema();
    scene
      .expect(declared.map(({ property, name, stored }) => [property, name, stored]))
      .toEqual([['field', 'stored', true]]);
    scene.expect([undeclared, suspectedRenames]).toEqual([[], []]);
  });
  test('its data are not taken for those of another type', async (scene) => {
    await scene.prepare(stored);
    const strange = scene.holder({ strategy: 'local' }, () => new Stranger());
    scene.expect(await scene.codeOf(() => scene.open({}, strange))).toBe('SCHEMA');
  });
  test('it moves to another stored name', async (scene) => {
    await scene.prepare(stored);
    const moved = scene.holder({ name: 'moved', from: 'stored' });
    const tree = await scene.open({}, moved);
    await scene.expectRefusal(tree, 'NOT_LOADED');
    await tree.load();
    scene.expect(scene.read(tree)).toEqual(scene.model(stored));
    await tree.commit();
    scene.expect(scene.read(tree)).toEqual(scene.model(stored));
    const again = await scene.open({ readonly: true }, moved);
    await again.load();
    scene.expect(scene.read(again)).toEqual(scene.model(stored));
    scene.expect(await scene.stored()).toEqual(scene.target.initial);
  });
  test('every instance of a class has a field of its own', async (scene) => {
    const [one, other] = [await scene.create(), await scene.open()];
    for (const operation of operations) scene.apply(one.index.field, operation);
    await other.load();
    scene.expect(scene.read(other)).toEqual(scene.target.initial);
  });
}
