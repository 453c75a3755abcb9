import type { FieldCase } from './scene.js';
import type { AnyTarget } from './target.js';

/** What happens where somebody else writes, too. */
export function writerCases(test: FieldCase, { operations }: AnyTarget): void {
  const stored = operations.slice(0, 1);
  test('a reader sees what was committed once it has refreshed, and never before', async (scene) => {
    const writer = await scene.create();
    const [loaded, unloaded] = [await scene.open({ readonly: true }), await scene.open({ readonly: true })];
    await loaded.load();
    for (const [i, operation] of operations.entries()) {
      const [before, after] = [operations.slice(0, i), operations.slice(0, i + 1)].map((some) => scene.model(some));
      scene.apply(writer.index.field, operation);
      await loaded.refresh();
      scene.expect([operation.name, scene.read(loaded)]).toEqual([operation.name, before]);
      await writer.commit();
      scene.expect([operation.name, scene.read(loaded)]).toEqual([operation.name, before]);
      await loaded.refresh();
      scene.expect([operation.name, scene.read(loaded)]).toEqual([operation.name, after]);
    }
    await unloaded.refresh();
    scene.expect(await scene.codeOf(() => scene.read(unloaded))).toBe('NOT_LOADED');
    await unloaded.load();
    scene.expect(scene.read(unloaded)).toEqual(scene.model(operations));
  });
  for (const mine of operations.filter(({ blind }) => blind)) {
    test(`${mine.name}: loses nothing of what others commit first`, async (scene) => {
      await scene.prepare(stored);
      const other = await scene.open();
      await other.load();
      let state = scene.model(stored);
      for (const theirs of operations) {
        // Each time anew: who knows that a field is empty has nothing to say by clearing it.
        const me = await scene.open();
        scene.apply(me.index.field, mine);
        scene.apply(other.index.field, theirs);
        const others = await other.commit();
        if (others !== undefined) scene.expect(await scene.codeOf(() => me.commit())).toBe('CONFLICT');
        await me.refresh();
        await me.commit();
        await other.refresh();
        state = scene.model([theirs, mine], state);
        scene.expect([theirs.name, scene.read(other)]).toEqual([theirs.name, state]);
        scene.expect([theirs.name, await scene.stored()]).toEqual([theirs.name, state]);
        await me.load();
        scene.expect([theirs.name, scene.read(me)]).toEqual([theirs.name, state]);
        await me.close();
      }
    });
  }
  for (const mine of operations) {
    test(`${mine.name}: shows after a conflict what is stored then`, async (scene) => {
      const theirs = operations.slice(1);
      await scene.prepare(stored);
      const [me, other] = [await scene.open(), await scene.open()];
      await Promise.all([me.load(), other.load()]);
      scene.apply(me.index.field, mine);
      for (const operation of theirs) scene.apply(other.index.field, operation);
      await other.commit();
      await me.refresh({ onConflict: 'drop' });
      const shown = scene.read(me);
      await me.commit();
      scene.expect(await scene.stored()).toEqual(shown);
      scene.expect(scene.read(me)).toEqual(shown);
    });
  }
}
