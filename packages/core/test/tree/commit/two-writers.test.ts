import { Infinitree, Key, MemoryBackend } from '@infinitree/core';
import type { SeededRandom } from '@infinitree/testing';
import { withSeed } from '@infinitree/testing';
import fc from 'fast-check';
import { blob, errorOf, Gate, hooked, KINDS, Notes, OBJECT_SIZE, outcome, put, shown, type Tree } from './scene.js';

const key = Key.random();
const seed = Date.now() >>> 0;

async function twoWriters(
  heads: 'cas' | 'epoch',
): Promise<{ backend: MemoryBackend<'cas' | 'epoch'>; writers: Tree[] }> {
  const backend = new MemoryBackend<'cas' | 'epoch'>({ heads });
  const first = await Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE });
  first.index.notes.set('total', 0);
  await first.commit('start');
  const second = await Infinitree.open(Notes, { backend, key, takeover: true });
  await second.load();
  return { backend, writers: [first, second] };
}

function increment(tree: Tree, by = 1): void {
  tree.index.notes.update('total', (total) => (total as number) + by);
}

/** Commits what is staged, whatever it takes. Gives how often it was refused. */
async function insist(tree: Tree, message: string): Promise<number> {
  for (let refused = 0; refused < 20; refused++) {
    const { value, error } = await outcome(tree.commit(message));
    if (error === undefined) return refused - (value === undefined ? 1 : 0);
    expect(['INFINITREE_CONFLICT', 'INFINITREE_COMMIT_UNKNOWN']).toContain(error.code);
    // What was computed from an older state has to be computed again.
    const conflicts = (await errorOf(tree.refresh()))?.conflicts ?? [];
    if (conflicts.length > 0) increment(tree);
  }
  throw new Error(`${message} was refused for ever`);
}

describe.each(KINDS)('two writers without a lock, %s heads', (heads) => {
  test('at most one wins each round; who does not refreshes, and no update is lost', async () => {
    const { backend, writers } = await twoWriters(heads);
    for (let round = 1; round <= 12; round++) {
      writers.forEach((tree, i) => {
        tree.index.notes.set(`${round} of ${i}`, i);
        increment(tree);
      });
      const ended = await Promise.all(writers.map((tree) => outcome(tree.commit(`${round}`))));
      const losers = ended.flatMap(({ error }) => (error === undefined ? [] : [error.code]));
      expect(losers.length).toBeGreaterThanOrEqual(1);
      for (const code of losers) expect(['INFINITREE_CONFLICT', 'INFINITREE_COMMIT_UNKNOWN']).toContain(code);
      for (const [i, { error }] of ended.entries()) {
        if (error === undefined) continue;
        const conflicts = (await errorOf(writers[i]!.refresh()))?.conflicts;
        if (conflicts === undefined) {
          // Overtaken between its sync and its acknowledgement: it was not told so, and is stored all the same.
          expect(error.code).toBe('INFINITREE_COMMIT_UNKNOWN');
          expect(await writers[i]!.commit()).toBeUndefined();
          continue;
        }
        expect(conflicts).toEqual([{ field: 'notes', key: 'total' }]);
        increment(writers[i]!);
        await writers[i]!.commit(`${round}`);
      }
      for (const tree of writers) await tree.refresh();
      expect(writers.map((tree) => tree.index.notes.get('total'))).toEqual([2 * round, 2 * round]);
      expect(writers.map((tree) => tree.index.notes.size)).toEqual([2 * round + 1, 2 * round + 1]);
    }
    expect((await shown(backend, key)).messages.length).toBe(25);
  });

  test('a commit that conflicts is refused until refresh(), and nothing of it shows', async () => {
    const { backend, writers } = await twoWriters(heads);
    const [a, b] = writers as [Tree, Tree];
    await put(a, 'a');
    b.index.notes.set('b', 'b');
    expect((await errorOf(b.commit('b')))?.code).toBe('INFINITREE_CONFLICT');
    expect((await errorOf(b.commit('b')))?.code).toBe('INFINITREE_CONFLICT');
    expect((await shown(backend, key)).messages).toEqual(['start', 'a']);
    expect((await b.refresh())?.message).toBe('a');
    expect(b.index.notes.get('a')).toBe('a');
    expect((await b.commit('b'))?.sequence).toBe(3);
    expect((await shown(backend, key)).messages).toEqual(['start', 'a', 'b']);
  });

  test('a writer goes on where it has refreshed, however much the other one has written and removed', async () => {
    const { backend, writers } = await twoWriters(heads);
    const [a, b] = writers as [Tree, Tree];
    await put(a, 'a');
    await b.refresh();
    for (let i = 0; i < 60; i++) await put(b, `b${i}`);
    await a.refresh();
    expect((await put(a, 'again'))?.sequence).toBe(63);
    for (let i = 0; i < 60; i++) await put(a, `a${i}`);
    await b.refresh();
    expect((await put(b, 'last'))?.sequence).toBe(124);
    expect((await shown(backend, key)).messages.length).toBe(124);
  });

  test('any interleaving of two writers adds up', async () => {
    await fc.assert(
      fc.asyncProperty(fc.noShrink(fc.integer({ min: 0, max: 0xffff_ffff })), async (each) => {
        await withSeed(each, async (random) => interleave(heads, random));
      }),
      { numRuns: 15, seed, verbose: true },
    );
  });
});

/** Both commit at their own pace, each call to the storage delayed by a few turns of the event loop. */
async function interleave(heads: 'cas' | 'epoch', random: SeededRandom): Promise<void> {
  const backend = new MemoryBackend<'cas' | 'epoch'>({ heads });
  const slow = hooked(backend, async () => {
    for (let turns = random.int(4); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
  });
  const first = await Infinitree.create(Notes, { backend: slow, key, objectSize: OBJECT_SIZE });
  first.index.notes.set('total', 0);
  await first.commit('start');
  const second = await Infinitree.open(Notes, { backend: slow, key, takeover: true });
  await second.load();
  const acknowledged = ['start'];
  const work = async (tree: Tree, name: string) => {
    for (let i = 0; i < 4; i++) {
      tree.index.notes.set(`${name}${i}`, blob(random.int(6000), i));
      increment(tree);
      await insist(tree, `${name}${i}`);
      acknowledged.push(`${name}${i}`);
    }
  };
  await Promise.all([work(first, 'a'), work(second, 'b')]);
  const now = await shown(backend, key);
  expect([...now.messages].sort()).toEqual(acknowledged.sort());
  expect([...now.notes.keys()]).toEqual([...acknowledged.filter((name) => name !== 'start'), 'total']);
  expect(now.notes.get('total')).toBe(8);
}

describe('a writer overtaken in the middle of a commit', () => {
  // At each of these calls of its commit, another writer takes over, commits, and only then does it go on.
  const PLACES = [
    ['heads.append', 'before', 1],
    ['heads.append', 'after', 1],
    ['heads.sync', 'before', 1],
    ['heads.sync', 'after', 1],
    ['heads.claims', 'before', 1],
    ['heads.claims', 'after', 1],
    ['heads.append', 'before', 2],
    ['heads.append', 'after', 2],
  ] as const;

  const HEAD_PLACES = [
    ['heads.claim', 'before', 1],
    ['heads.claim', 'after', 1],
    ['heads.claims', 'after', 3],
    ['heads.read', 'after', 1],
    ['heads.claims', 'after', 4],
    ['heads.create', 'before', 1],
    ['heads.create', 'after', 1],
    ['heads.claims', 'before', 5],
    ['heads.claims', 'after', 5],
  ] as const;

  test.each([
    ...PLACES.map((place) => ['frame', ...place] as const),
    ...HEAD_PLACES.map((place) => ['head', ...place] as const),
  ])(
    'by a %s, paused at %s (%s, nth %i), is acknowledged only if its successor saw it',
    async (kind, verb, when, nth) => {
      const backend = new MemoryBackend({ heads: 'epoch' });
      const reached = new Gate();
      const onward = new Gate();
      let left = 0;
      const pausing = hooked(backend, async (called, phase) => {
        if (called !== verb || phase !== when || --left !== 0) return;
        reached.open();
        await onward.passed;
      });
      let old = await Infinitree.create(Notes, { backend: pausing, key, objectSize: OBJECT_SIZE });
      await put(old, 'before');
      if (kind === 'head') {
        // The first commit of a handle makes a head.
        await old.close();
        old = await Infinitree.open(Notes, { backend: pausing, key });
        await old.load();
      }
      left = nth;
      old.index.notes.set('in doubt', 1);
      const committing = outcome(old.commit('in doubt'));
      await reached.passed;

      const successor = await Infinitree.open(Notes, { backend, key, takeover: true });
      await successor.load();
      let saw = await committedBy(successor);
      onward.open();
      const { value, error } = await committing;
      const { messages } = await shown(backend, key);
      expect(messages).toEqual(saw ? ['before', 'in doubt', 'after'] : ['before', 'after']);
      if (error === undefined) {
        expect([value?.message, saw]).toEqual(['in doubt', true]);
      } else if (error.code === 'INFINITREE_CONFLICT') {
        // Only a head is refused before it is written.
        expect([kind, saw]).toEqual(['head', false]);
      } else {
        expect(error.code).toBe('INFINITREE_COMMIT_UNKNOWN');
        const resolved = await outcome(error.resolve!());
        expect(resolved.value?.message).toBe(saw ? 'in doubt' : undefined);
        expect(resolved.error?.code).toBe(saw ? undefined : 'INFINITREE_CONFLICT');
      }
      // Either way it goes on: it takes the other's commit over, and what is staged still is stored, once.
      await old.refresh();
      expect(old.index.notes.get('after')).toBe('after');
      await old.commit('in doubt');
      await put(old, 'last');
      saw = (await shown(backend, key)).messages.join() === 'before,in doubt,after,last';
      expect(saw || (await shown(backend, key)).messages.join() === 'before,after,in doubt,last').toBe(true);
    },
  );

  /** Commits as a successor does; tells whether it saw the commit in doubt. */
  async function committedBy(successor: Tree): Promise<boolean> {
    successor.index.notes.set('after', 'after');
    const { error } = await outcome(successor.commit('after'));
    if (error !== undefined) {
      expect(error.code).toBe('INFINITREE_CONFLICT');
      await successor.refresh();
      await successor.commit('after');
    }
    return (await successor.commits()).some((commit) => commit.message === 'in doubt');
  }
});

describe.each(KINDS)('a commit of unknown outcome that another writer has built upon, %s heads', (heads) => {
  test('is found stored, and the other one’s commits are not skipped over', async () => {
    const backend = new MemoryBackend<'cas' | 'epoch'>({ heads });
    let failing = false;
    const verb = heads === 'cas' ? 'heads.cas' : 'heads.sync';
    const flaky = hooked(backend, (called, phase) => {
      if (!failing || called !== verb || phase !== 'after') return;
      failing = false;
      throw new Error('the line went dead');
    });
    const first = await Infinitree.create(Notes, { backend: flaky, key, objectSize: OBJECT_SIZE });
    first.index.notes.set('total', 1);
    await first.commit('start');
    first.index.notes.set('total', 2);
    failing = true;
    const error = await errorOf(first.commit('in doubt'));
    expect(error?.code).toBe('INFINITREE_COMMIT_UNKNOWN');

    const second = await Infinitree.open(Notes, { backend, key, takeover: true });
    await second.load();
    increment(second, 10);
    if ((await errorOf(second.commit('other')))?.code === 'INFINITREE_CONFLICT') {
      await errorOf(second.refresh());
      increment(second, 10);
      await second.commit('other');
    }
    expect((await error?.resolve?.())?.message).toBe('in doubt');

    // The first one never saw 12: what it computes from 2 must not be committed over it.
    increment(first, 100);
    const refused = await errorOf(first.commit('lost update?'));
    expect(refused?.code).toBe('INFINITREE_CONFLICT');
    expect((await errorOf(first.refresh()))?.conflicts).toEqual([{ field: 'notes', key: 'total' }]);
    increment(first, 100);
    await first.commit('again');
    expect(first.index.notes.get('total')).toBe(112);
    expect((await shown(backend, key)).messages).toEqual(['start', 'in doubt', 'other', 'again']);
  });
});
