import {
  type CopyOptions,
  copyTree,
  InfinitreeError,
  isInfinitreeError,
  MemoryBackend,
  type ObjectId,
} from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import {
  code,
  codeOf,
  contentIn,
  contentOf,
  errorOf,
  grow,
  interrupted,
  noise,
  objectsIn,
  open,
  Scene,
  type Tree,
  WAYS,
  type Way,
} from './scene.js';

/** A small tree, in which there is one of each kind of object, and where its calls and those of the target fail. */
async function begin(way: Way) {
  const at = new Scene(way);
  const writer = await at.create();
  writer.index.notes.set('first', 1);
  writer.index.files.set('blob', await writer.blobs.put(noise(100_000)));
  await writer.commit('first');
  await writer.close();
  const source = new FailingBackend(at.backend);
  const target = new FailingBackend(at.target);
  const tree = await open(source, at.key);
  const content = await contentOf(tree);
  source.clearLog();
  const copy = (options: CopyOptions = {}) => copyTree(tree, target, { move: way.move, ...options });
  return { at, source, target, tree, content, copy };
}

/** Makes the call again, as a new process would, and looks at what is there then. */
async function finish(at: Scene, way: Way, content: unknown, before: string): Promise<void> {
  const tree = await reopened(at);
  const { ended } = (tree as unknown as { session: { snapshot: { care: { ended: unknown } } } }).session.snapshot.care;
  const isThere = (await codeOf(async () => (await at.openThere({ readonly: true })).close())) === 'ok';
  // A tree begins in the target only where the one that it was moved from has ended.
  if (isThere && way.move) expect(ended).toBeDefined();
  if (before === 'ok') expect(isThere).toBe(true);
  // What is there, although it may have been reported as a failure, is not made again; a move is found to be finished.
  const outcome = await codeOf(() => at.copy(tree, { move: way.move }));
  expect(outcome).toBe(isThere && !way.move ? code('EXISTS') : 'ok');
  await tree.close();
  expect(await contentIn(at.target, at.key)).toEqual(content);
  expect(await contentIn(at.backend, at.key)).toEqual(content);
  expect(await codeOf(async () => (await at.open()).close())).toBe(way.move ? code('READONLY') : 'ok');
  await using there = await at.openThere();
  there.index.notes.set('goes on', 1);
  await there.commit('goes on');
}

async function reopened(at: Scene): Promise<Tree> {
  try {
    return await at.open();
  } catch (error) {
    if (!isInfinitreeError(error, 'READONLY')) throw error;
    return at.open({ readonly: true });
  }
}

describe.each(WAYS)('$name, move: $move', (way) => {
  test.each([
    ['source', 'before'],
    ['source', 'after'],
    ['target', 'before'],
    ['target', 'after'],
  ] as const)('any call of the %s may fail, %s it takes effect: the next call goes on', async (side, when) => {
    for (let nth = 1; ; nth++) {
      const { at, source, target, tree, content, copy } = await begin(way);
      const failing = side === 'source' ? source : target;
      failing.fail({ nth, when });
      const outcome = await codeOf(copy);
      const met = failing.log.some(({ failed }) => failed);
      expect(['ok', code('BACKEND')]).toContain(outcome);
      // Where the writer's last word was lost, its handle finds out; a process that is gone does not.
      if (met && outcome !== 'ok' && nth % 2 === 0) await codeOf(copy);
      await tree.close();
      await finish(at, way, content, outcome);
      if (met) continue;
      expect(nth).toBeGreaterThan(side === 'source' ? 4 : 6);
      return;
    }
  });

  test.each(['source', 'target'] as const)('it may be stopped by its signal at any call of the %s', async (side) => {
    for (let nth = 1; ; nth++) {
      const { at, source, target, tree, content, copy } = await begin(way);
      const failing = side === 'source' ? source : target;
      const stop = new AbortController();
      const aborting = (): Error => {
        stop.abort('enough');
        return new InfinitreeError('ABORTED', 'The call was aborted.', { cause: 'enough' });
      };
      failing.fail({ nth, error: aborting });
      const error = await errorOf(() => copy({ signal: stop.signal }));
      if (stop.signal.aborted) expect([error?.code, error?.cause]).toEqual([code('ABORTED'), 'enough']);
      await tree.close();
      await finish(at, way, content, error === undefined ? 'ok' : code('BACKEND'));
      if (!stop.signal.aborted) return;
    }
  });

  test('progress never goes back, and ends with all that there is', async () => {
    const { at, tree, copy, target } = await begin(way);
    const told: { done: number; total?: number }[] = [];
    const { objects } = await copy({ onProgress: (progress) => void told.push(progress) });
    for (const [i, { done, total = 0 }] of told.entries()) {
      expect(done).toBeGreaterThanOrEqual(told[i - 1]?.done ?? 0);
      expect(total).toBeGreaterThanOrEqual(Math.max(done, told[i - 1]?.total ?? 0));
    }
    expect(told.at(-1)).toEqual({ done: objects, total: objects });
    expect(told[0]?.done).toBe(0);
    expect(target.count('put')).toBe(objects);
    await tree.close();
    await (await at.openThere()).close();
  });
});

test('what is there is not sent again, and damage in it is told', async () => {
  const at = new Scene({ from: 'epoch', to: 'epoch' });
  const tree = await at.create();
  for (let i = 0; i < 8; i++) await grow(tree, `${i}`);
  const target = new FailingBackend(at.target);
  target.fail({ verb: 'put', nth: 15 });
  expect(await codeOf(() => copyTree(tree, target))).toBe(code('BACKEND'));
  const first = target.count('put');
  target.clearLog();
  // Before the key object is there, nothing tells that something was begun.
  expect(await codeOf(() => open(at.target, at.key))).toBe(code('WRONG_KEY'));
  const [broken] = (await objectsIn(at.target)).keys() as IterableIterator<ObjectId>;
  if (broken === undefined) throw new Error('Nothing was copied.');
  const bytes = (await at.target.get(broken)) ?? new Uint8Array(0);
  await at.target.delete([broken]);
  await at.target.put(
    broken,
    bytes.map((byte) => byte ^ 1),
  );
  const error = await errorOf(() => copyTree(tree, target));
  expect([error?.code, error?.message]).toEqual([code('CORRUPT'), expect.stringContaining('in the target')]);
  await at.target.delete([broken]);
  target.clearLog();
  const { objects, copied } = await copyTree(tree, target);
  expect(target.count('put')).toBe(copied);
  expect(copied).toBeLessThan(objects);
  expect(first).toBeGreaterThanOrEqual(15);
  await tree.close();
});

test('a copy that lacks its head says so when it is opened', async () => {
  const at = new Scene({ from: 'cas', to: 'epoch' });
  const tree = await at.create();
  await grow(tree, 'first');
  const target = new FailingBackend(at.target);
  target.fail({ verb: 'heads.create', forever: true });
  expect(await codeOf(() => copyTree(tree, target))).toBe(code('BACKEND'));
  const error = await errorOf(() => at.openThere());
  expect([error?.code, error?.message]).toEqual([code('CORRUPT'), expect.stringContaining('copyTree()')]);
  target.heal();
  await copyTree(tree, target);
  await (await at.openThere()).close();
  await tree.close();
});

describe.each(WAYS)('several copies at once: $name, move: $move', (way) => {
  test('one comes through, at whatever step the other one does it, and the others are told', async () => {
    const outcomes = new Set<string>();
    for (let nth = 1; ; nth++) {
      const { at, target, tree, content } = await begin(way);
      // Handles that may only read copy; of a move, they finish it.
      if (way.move) {
        const lost = new FailingBackend(new MemoryBackend({ heads: way.to }));
        lost.fail({ verb: 'keyObjects.put' });
        await codeOf(() => copyTree(tree, lost, { move: true }));
      }
      await tree.close();
      const [one, two] = [await at.open({ readonly: true }), await at.open({ readonly: true })];
      let second: Promise<string> | undefined;
      let calls = 0;
      const turns = interrupted(target, async () => {
        if (++calls === nth) await (second ??= codeOf(() => at.copy(two, { move: way.move })));
      });
      const first = await codeOf(() => copyTree(one, turns, { move: way.move }));
      const other = (await second) ?? 'none';
      outcomes.add(`${first} ${other}`);
      await Promise.all([one.close(), two.close()]);
      expect(await contentIn(at.target, at.key)).toEqual(content);
      await (await at.openThere()).close();
      if (other === 'none') break;
    }
    // A move that somebody else has finished is finished.
    const expected = ['ok none', `ok ${code('EXISTS')}`, `${code('EXISTS')} ok`, ...(way.move ? ['ok ok'] : [])];
    expect(expected).toEqual(expect.arrayContaining([...outcomes]));
    expect([...outcomes]).toEqual(expect.arrayContaining(['ok none', `${code('EXISTS')} ok`]));
  });

  test('also where they start from different states', async () => {
    const { at, tree } = await begin({ ...way, move: false });
    const older = await at.open({ readonly: true });
    tree.index.notes.set('second', 2);
    await tree.commit('second');
    const outcomes = await Promise.all([codeOf(() => at.copy(older)), codeOf(() => at.copy(tree))]);
    expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(1);
    expect([code('EXISTS'), code('BACKEND')]).toContain(outcomes.find((outcome) => outcome !== 'ok'));
    await (await at.openThere()).close();
    await Promise.all([older.close(), tree.close()]);
  });
});
