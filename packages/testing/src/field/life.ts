import { FailingBackend } from '../failing-backend.js';
import { type SeededRandom, withSeed } from '../seeded-random.js';
import type { FieldCase } from './scene.js';
import type { AnyOperation, AnyTarget } from './target.js';

/** Enough commits for the journal of a small tree to be folded more than once. */
const MANY = 60;

/** What becomes of changes: they show, are committed, and are there again. */
export function lifeCases(test: FieldCase, target: AnyTarget): void {
  test('a field of a new tree is loaded, and there is nothing to commit', async (scene) => {
    const tree = await scene.create();
    scene.expect(tree.index.field.state).toBe('loaded');
    scene.expect(scene.read(tree)).toEqual(target.initial);
    scene.expect(await tree.commit()).toBe(undefined);
  });
  target.operations.forEach((operation, i) => {
    const before = target.operations.slice(0, i);
    test(`${operation.name}: shows at once, is committed, and is there after reopening`, async (scene) => {
      await scene.prepare(before);
      const tree = await scene.open();
      await tree.load();
      scene.expect(scene.read(tree)).toEqual(scene.model(before));
      scene.apply(tree.index.field, operation);
      const expected = scene.model([...before, operation]);
      scene.expect(scene.read(tree)).toEqual(expected);
      await tree.commit();
      scene.expect(scene.read(tree)).toEqual(expected);
      scene.expect(await scene.stored()).toEqual(expected);
    });
  });
  test('what happens in one commit is there as well', async (scene) => {
    const tree = await scene.create();
    for (const operation of target.operations) scene.apply(tree.index.field, operation);
    await tree.commit();
    scene.expect(scene.read(tree)).toEqual(scene.model(target.operations));
    scene.expect(await scene.stored()).toEqual(scene.model(target.operations));
  });
  test('to read is no change', async (scene) => {
    await scene.prepare(target.operations);
    const tree = await scene.open();
    await tree.load();
    scene.read(tree);
    scene.expect(await tree.commit()).toBe(undefined);
  });
  commitCases(test, target);
}

function commitCases(test: FieldCase, { operations, initial }: AnyTarget): void {
  const [first] = operations;
  const last = operations.at(-1);
  if (first === undefined || last === undefined) return;
  test('what is changed during a commit belongs to the next one', async (scene) => {
    const tree = await scene.create();
    scene.apply(tree.index.field, first);
    const committing = tree.commit();
    for (const operation of operations.slice(1)) scene.apply(tree.index.field, operation);
    await committing;
    scene.expect(scene.read(tree)).toEqual(scene.model(operations));
    scene.expect(await scene.stored()).toEqual(scene.model([first]));
    await tree.commit();
    scene.expect(await scene.stored()).toEqual(scene.model(operations));
  });
  test('a commit that fails loses nothing', async (scene) => {
    const backend = new FailingBackend(scene.backend);
    const tree = await scene.create(backend);
    backend.fail({ verb: 'heads.cas' });
    scene.apply(tree.index.field, first);
    const failing = scene.codeOf(() => tree.commit());
    for (const operation of operations.slice(1)) scene.apply(tree.index.field, operation);
    scene.expect((await failing) === 'resolved').toBe(false);
    scene.expect(scene.read(tree)).toEqual(scene.model(operations));
    await tree.commit();
    scene.expect(scene.read(tree)).toEqual(scene.model(operations));
    scene.expect(await scene.stored()).toEqual(scene.model(operations));
  });
  test('many commits in any order are there, loaded or not', async (scene) => {
    await withSeed(operations.length, async (random) => {
      let state: unknown = initial;
      let tree = await scene.create();
      for (let i = 0; i < MANY; i++) {
        if (random.int(6) === 0) {
          await tree.close();
          tree = await scene.open();
        }
        const operation = await pick(random, operations, tree);
        scene.apply(tree.index.field, operation);
        state = scene.model([operation], state);
        await tree.commit();
      }
      scene.expect(await scene.stored()).toEqual(state);
      await tree.load();
      scene.expect(scene.read(tree)).toEqual(state);
    });
  });
}

/** One that can be applied as the field is, or any one, for which it is loaded first. */
async function pick(
  random: SeededRandom,
  operations: readonly AnyOperation[],
  tree: { readonly load: () => Promise<void> },
): Promise<AnyOperation> {
  const operation = random.pick(operations);
  if (!operation.blind) await tree.load();
  return operation;
}
