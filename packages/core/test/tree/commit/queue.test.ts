import { Infinitree, type InfinitreeError, Key, MemoryBackend } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import {
  blob,
  errorOf,
  Gate,
  hooked,
  KINDS,
  Notes,
  OBJECT_SIZE,
  outcome,
  type Phase,
  put,
  shown,
  type Tree,
} from './scene.js';

const key = Key.random();

interface Scene {
  readonly inner: MemoryBackend<'cas' | 'epoch'>;
  readonly backend: FailingBackend;
  readonly tree: Tree;
  /** The next of these calls waits for `go`; by default the one that brings a commit to storage. */
  hold(verbs?: readonly string[], when?: Phase): { readonly reached: Promise<void>; go(): void };
}

async function scene(heads: 'cas' | 'epoch'): Promise<Scene> {
  const inner = new MemoryBackend<'cas' | 'epoch'>({ heads });
  let held: { reached: Gate; onward: Gate; verbs: readonly string[]; when: Phase } | undefined;
  const pausing = hooked(inner, async (verb, phase) => {
    if (held === undefined || phase !== held.when || !held.verbs.includes(verb)) return;
    const { reached, onward } = held;
    held = undefined;
    reached.open();
    await onward.passed;
  });
  const backend = new FailingBackend(pausing);
  const tree = await Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE });
  await put(tree, 'start');
  const hold = (verbs: readonly string[] = ['heads.cas', 'heads.append'], when: Phase = 'before') => {
    const gates = { reached: new Gate(), onward: new Gate() };
    held = { ...gates, verbs, when };
    return { reached: gates.reached.passed, go: () => gates.onward.open() };
  };
  return { inner, backend, tree, hold };
}

/** The call whose failure leaves it open whether a small commit is stored. */
function writeOf(heads: 'cas' | 'epoch'): 'heads.cas' | 'heads.sync' {
  return heads === 'cas' ? 'heads.cas' : 'heads.sync';
}

/** A commit that is in doubt, and was or was not stored. */
async function inDoubt(
  { backend, tree }: Scene,
  heads: 'cas' | 'epoch',
  when: 'before' | 'after',
): Promise<InfinitreeError> {
  backend.fail({ verb: writeOf(heads), when });
  const error = await errorOf(put(tree, 'in doubt'));
  expect(error?.code).toBe('INFINITREE_COMMIT_UNKNOWN');
  return error!;
}

describe.each(KINDS)('commits of one handle, %s heads', (heads) => {
  test('made at the same moment share one write and keep their order', async () => {
    const { inner, backend, tree } = await scene(heads);
    backend.clearLog();
    const made = await Promise.all(Array.from({ length: 20 }, (_, i) => put(tree, `n${i}`)));
    expect(backend.count(writeOf(heads))).toBe(1);
    expect(made.map((commit) => commit?.sequence)).toEqual(Array.from({ length: 20 }, (_, i) => i + 2));
    expect(made.slice(1).map((commit) => commit?.parent)).toEqual(made.slice(0, -1).map((commit) => commit?.id));
    expect((await shown(inner, key)).messages).toEqual(['start', ...Array.from({ length: 20 }, (_, i) => `n${i}`)]);
  });

  test('keep what each of them says of one key, also where they share a write', async () => {
    const { tree } = await scene(heads);
    const made = await Promise.all([put(tree, 'a', 1), put(tree, 'a', 2), put(tree, 'a', 3)]);
    for (const [i, commit] of made.entries()) {
      const view = await tree.at(commit!);
      expect(await view.get('notes', 'a')).toBe(i + 1);
      await view.close();
    }
  });

  test('that come while one is written wait for it, and share the next write', async () => {
    const { inner, backend, tree, hold } = await scene(heads);
    const { reached, go } = hold();
    backend.clearLog();
    const first = put(tree, 'first');
    await reached;
    const others = [put(tree, 'second'), put(tree, 'third')];
    expect((await shown(inner, key)).messages).toEqual(['start']);
    go();
    expect((await Promise.all([first, ...others])).map((commit) => commit?.sequence)).toEqual([2, 3, 4]);
    expect(backend.count(writeOf(heads))).toBe(2);
  });

  test('hold what was changed before the call; what is changed while they are awaited belongs to the next', async () => {
    const { inner, tree, hold } = await scene(heads);
    const { reached, go } = hold();
    tree.index.notes.set('a', 1).set('b', 1);
    const first = tree.commit('first');
    tree.index.notes.set('a', 2);
    await reached;
    tree.index.notes.delete('b');
    expect([tree.index.notes.get('a'), tree.index.notes.get('b')]).toEqual([2, undefined]);
    go();
    await first;
    expect((await shown(inner, key)).notes).toEqual(
      new Map<string, unknown>([
        ['a', 1],
        ['b', 1],
        ['start', 'start'],
      ]),
    );
    await tree.commit('second');
    expect((await shown(inner, key)).notes).toEqual(
      new Map<string, unknown>([
        ['a', 2],
        ['start', 'start'],
      ]),
    );
  });

  test('behind one of unknown outcome are not stored, are not said to be, and are still staged', async () => {
    const { inner, backend, tree, hold } = await scene(heads);
    const { reached, go } = hold();
    backend.fail({ verb: writeOf(heads), when: 'after' });
    const first = outcome(put(tree, 'first'));
    await reached;
    const second = outcome(put(tree, 'second'));
    go();
    const errors = [(await first).error!, (await second).error!];
    expect(errors.map(({ code }) => code)).toEqual(['INFINITREE_COMMIT_UNKNOWN', 'INFINITREE_COMMIT_UNKNOWN']);
    const [one, two] = [await outcome(errors[0]!.resolve!()), await outcome(errors[1]!.resolve!())];
    expect(one.value?.message).toBe('first');
    expect([two.value, two.error?.code]).toEqual([undefined, 'INFINITREE_CONFLICT']);
    expect((await shown(inner, key)).messages).toEqual(['start', 'first']);
    expect(tree.index.notes.get('second')).toBe('second');
    expect((await tree.commit('second'))?.sequence).toBe(3);
    expect((await shown(inner, key)).notes.get('second')).toBe('second');
  });

  test('behind one that was aborted fail with it, by an error of their own, and are still staged', async () => {
    const { inner, tree, hold } = await scene(heads);
    const { reached, go } = hold(['put']);
    const controller = new AbortController();
    tree.index.notes.set('first', blob(100_000, 1));
    const first = outcome(tree.commit('first', { signal: controller.signal }));
    await reached;
    const others = [outcome(put(tree, 'second')), outcome(put(tree, 'third'))];
    const reason = new Error('no longer wanted');
    controller.abort(reason);
    go();
    const aborted = (await first).error;
    expect([aborted?.code, aborted?.cause]).toEqual(['INFINITREE_ABORTED', reason]);
    const errors = (await Promise.all(others)).map(({ error }) => error);
    for (const error of errors) {
      expect(error).toMatchObject({ code: 'INFINITREE_ABORTED', cause: aborted, retryable: true });
      expect(error?.message).toContain('A commit before this one failed');
    }
    expect(errors[0]).not.toBe(errors[1]);
    await tree.commit('all of them');
    expect([...(await shown(inner, key)).notes.keys()]).toEqual(['first', 'second', 'start', 'third']);
  });

  test('refused because an earlier one is still in doubt are not taken for it', async () => {
    const { inner, backend, tree, ...rest } = await scene(heads);
    await inDoubt({ inner, backend, tree, ...rest }, heads, 'after');
    backend.fail({ forever: true });
    const error = await errorOf(put(tree, 'blocked'));
    expect(error?.code).toBe('INFINITREE_COMMIT_UNKNOWN');
    const again = await errorOf(error!.resolve!());
    expect(again?.code).toBe('INFINITREE_COMMIT_UNKNOWN');
    backend.heal();
    for (const each of [error!, again!]) {
      const { value, error: verdict } = await outcome(each.resolve!());
      expect([value, verdict?.code]).toEqual([undefined, 'INFINITREE_CONFLICT']);
    }
    expect((await tree.commit('blocked'))?.message).toBe('blocked');
    expect((await shown(inner, key)).messages).toEqual(['start', 'in doubt', 'blocked']);
  });

  test('in doubt whose resolve() fails too can still be resolved, by either error', async () => {
    const made = await scene(heads);
    const error = await inDoubt(made, heads, 'after');
    made.backend.fail({ forever: true });
    const again = await errorOf(error.resolve!());
    expect(again?.code).toBe('INFINITREE_COMMIT_UNKNOWN');
    made.backend.heal();
    expect((await again!.resolve!()).message).toBe('in doubt');
    expect((await error.resolve!()).message).toBe('in doubt');
    await put(made.tree, 'later');
    expect((await error.resolve!()).sequence).toBe(2);
  });

  test('refuse an aborted signal before anything is taken, and keep what is staged', async () => {
    const { backend, tree } = await scene(heads);
    tree.index.notes.set('a', 1);
    backend.clearLog();
    const reason = new Error('no longer wanted');
    const error = await errorOf(tree.commit('a', { signal: AbortSignal.abort(reason) }));
    expect([error?.code, error?.cause, backend.count()]).toEqual(['INFINITREE_ABORTED', reason, 0]);
    expect((await tree.commit('a'))?.sequence).toBe(2);
  });

  test('aborted on their way are either stored or still staged', async () => {
    for (let turns = 0; turns < 40; turns++) {
      const { inner, tree } = await scene(heads);
      tree.index.notes.set(
        'large',
        new Uint8Array(200_000).map((_, i) => (i * i) >> 7),
      );
      const controller = new AbortController();
      const committing = outcome(tree.commit('large', { signal: controller.signal }));
      for (let i = 0; i < turns; i++) await Promise.resolve();
      controller.abort();
      const { error } = await committing;
      const stored = (await shown(inner, key)).messages.includes('large');
      if (error === undefined) expect(stored).toBe(true);
      else expect(['INFINITREE_ABORTED', 'INFINITREE_COMMIT_UNKNOWN']).toContain(error.code);
      if (error?.code === 'INFINITREE_ABORTED') expect(stored).toBe(false);
      await tree.commit('large');
      expect((await shown(inner, key)).messages).toEqual(['start', 'large']);
      await tree.close();
    }
  });
});

describe.each(KINDS)('close(), %s heads', (heads) => {
  test('waits for the commit under way and the ones queued behind it', async () => {
    const { inner, tree, hold } = await scene(heads);
    const { reached, go } = hold();
    const commits = [put(tree, 'first')];
    await reached;
    commits.push(put(tree, 'second'));
    let closed = false;
    const closing = tree.close().then(() => {
      closed = true;
    });
    for (let i = 0; i < 20; i++) await Promise.resolve();
    expect(closed).toBe(false);
    go();
    expect((await Promise.all(commits)).map((commit) => commit?.message)).toEqual(['first', 'second']);
    await closing;
    expect((await shown(inner, key)).messages).toEqual(['start', 'first', 'second']);
  });

  test('never commits, and every call after it is CLOSED', async () => {
    const made = await scene(heads);
    const { inner, tree } = made;
    const error = await inDoubt(made, heads, 'before');
    tree.index.notes.set('staged', 1);
    await tree.close();
    const before = await shown(inner, key);
    const calls = [() => tree.commit('late'), () => tree.refresh(), () => tree.commits(), () => error.resolve!()];
    for (const call of calls) expect((await errorOf(call()))?.code).toBe('INFINITREE_CLOSED');
    expect(await shown(inner, key)).toEqual(before);
    expect(before.notes.has('staged')).toBe(false);
    await expect(tree.close()).resolves.toBeUndefined();
  });

  test('waits for resolve() under way, whose answer is right', async () => {
    const made = await scene(heads);
    const error = await inDoubt(made, heads, 'after');
    const resolving = outcome(error.resolve!());
    const committing = outcome(put(made.tree, 'too late'));
    await made.tree.close();
    const { value, error: verdict } = await resolving;
    if (value === undefined) expect(verdict?.code).toBe('INFINITREE_CLOSED');
    expect((await committing).error?.code).toBe('INFINITREE_CLOSED');
    expect((await shown(made.inner, key)).messages).toEqual(['start', 'in doubt']);
  });
});

describe.each(KINDS)('refresh() beside a commit of the same handle, %s heads', (heads) => {
  test('never goes back behind what was acknowledged', async () => {
    const { tree, hold } = await scene(heads);
    // The refresh has read the heads, the commit comes, and only then does the refresh go on.
    const { reached, go } = hold(['heads.read'], 'after');
    const refreshing = tree.refresh();
    await reached;
    await put(tree, 'meanwhile');
    go();
    await refreshing;
    expect((await tree.commits()).map((commit) => commit.message)).toEqual(['start', 'meanwhile']);
    expect(await tree.get('notes', 'meanwhile')).toBe('meanwhile');
    expect((await put(tree, 'next'))?.sequence).toBe(3);
  });

  test('that has taken over another writer’s commit meanwhile fails it', async () => {
    const { inner, tree, hold } = await scene(heads);
    tree.index.notes.set('large', blob(100_000, 1));
    const other = await Infinitree.open(Notes, { backend: inner, key, takeover: true });
    await put(other, 'other');
    const reading = hold(['heads.read'], 'before');
    const takingOver = tree.refresh();
    await reading.reached;
    const uploading = hold(['put'], 'before');
    const committing = outcome(tree.commit('large'));
    await uploading.reached;
    reading.go();
    expect((await takingOver)?.message).toBe('other');
    uploading.go();
    // An append finds out only after it was made; a swapped head before.
    const refused = heads === 'cas' ? 'INFINITREE_CONFLICT' : 'INFINITREE_COMMIT_UNKNOWN';
    expect((await committing).error?.code).toBe(refused);
    await tree.refresh();
    await tree.commit('large');
    const reader = await Infinitree.open(Notes, { backend: inner, key, readonly: true });
    expect((await reader.commits()).map(({ sequence, message }) => [sequence, message])).toEqual([
      [1, 'start'],
      [2, 'other'],
      [3, 'large'],
    ]);
    await reader.close();
  });
});

describe('refresh() that reads a commit of its own handle before that is settled', () => {
  test('does not take it for another writer’s', async () => {
    const { inner, tree, hold } = await scene('epoch');
    tree.index.notes.set('total', 1);
    await tree.commit('total');
    const reading = hold(['heads.read'], 'before');
    const refreshing = outcome(tree.refresh());
    await reading.reached;
    // The commit is durable, and its answer is on its way.
    const synced = hold(['heads.sync'], 'after');
    tree.index.notes.update('total', (total) => (total as number) + 1);
    const committing = tree.commit('two');
    await synced.reached;
    tree.index.notes.update('total', (total) => (total as number) + 1);
    reading.go();
    // Time enough for the refresh to end, where it does not wait for the commit.
    for (let turns = 0; turns < 50; turns++) await new Promise((resolve) => setImmediate(resolve));
    synced.go();
    await committing;
    expect((await refreshing).error).toBeUndefined();
    expect((await tree.commit('three'))?.sequence).toBe(4);
    expect((await shown(inner, key)).notes.get('total')).toBe(3);
  });
});
