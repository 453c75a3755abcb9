import { type Backend, Infinitree, Key, MemoryBackend, type ObjectId } from '@infinitree/core';
import { FailingBackend, TestClock } from '@infinitree/testing';
import { partsOf } from '../../../src/tree/tree-parts.js';
import { blob, errorOf, KINDS, Notes, OBJECT_SIZE, put, shown, type Tree } from './scene.js';

const key = Key.random();
const MINUTE = 60_000;

interface Scene {
  readonly inner: MemoryBackend<'cas' | 'epoch'>;
  readonly backend: FailingBackend;
  readonly clock: TestClock;
  readonly tree: Tree;
}

async function scene(heads: 'cas' | 'epoch'): Promise<Scene> {
  const inner = new MemoryBackend<'cas' | 'epoch'>({ heads });
  const backend = new FailingBackend(inner);
  const clock = new TestClock();
  const tree = await Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE, environment: { clock } });
  return { inner, backend, clock, tree };
}

/**
 * Commits until objects are written, which is when the tail is folded. Gives the objects of that fold. What is committed
 * packs well, so that the fold's pack stays small, and is written again by the next fold.
 */
async function untilFolded({ backend, tree }: Scene): Promise<ObjectId[]> {
  backend.clearLog();
  while (backend.count('put') === 0) {
    await put(tree, 'filler', new Uint8Array(60_000));
    await partsOf(tree).compaction.idle();
  }
  // What is removed is removed after the commit was acknowledged; a refresh waits for that.
  await tree.refresh();
  return backend.log.filter(({ verb }) => verb === 'put').map(({ id }) => id!);
}

async function present(backend: Backend, ids: readonly ObjectId[]): Promise<boolean[]> {
  return Promise.all(ids.map(async (id) => (await backend.get(id)) !== undefined));
}

describe.each(KINDS)('what a fold replaced, %s heads', (heads) => {
  test('stays for ten minutes and two further heads, then goes', async () => {
    const made = await scene(heads);
    const first = await untilFolded(made);
    await untilFolded(made);
    expect(await present(made.inner, first)).toEqual(first.map(() => true));
    // Heads alone are not enough.
    for (let i = 0; i < 3; i++) await untilFolded(made);
    expect(await present(made.inner, first)).toEqual(first.map(() => true));
    made.clock.advance(10 * MINUTE - 1);
    await untilFolded(made);
    expect(await present(made.inner, first)).toEqual(first.map(() => true));
    made.clock.advance(1);
    await untilFolded(made);
    expect(await present(made.inner, first)).toEqual(first.map(() => false));
    await shown(made.inner, key);
  });

  test('does not go by time alone', async () => {
    const made = await scene(heads);
    const first = await untilFolded(made);
    await untilFolded(made);
    made.clock.advance(60 * MINUTE);
    await nextHead(made);
    expect(await present(made.inner, first)).toEqual(first.map(() => true));
    await nextHead(made);
    expect(await present(made.inner, first)).toEqual(first.map(() => false));
  });

  /** Commits until a further head is written. */
  async function nextHead({ backend, tree }: Scene): Promise<void> {
    const verb = heads === 'cas' ? 'heads.cas' : 'heads.create';
    for (const before = backend.count(verb); backend.count(verb) === before; ) await put(tree, 'small');
    await tree.refresh();
  }

  test('does not go by a clock that was put forward for a moment', async () => {
    const made = await scene(heads);
    const first = await untilFolded(made);
    await untilFolded(made);
    made.clock.advance(60 * MINUTE);
    made.clock.advance(-60 * MINUTE);
    for (let i = 0; i < 3; i++) await untilFolded(made);
    expect(await present(made.inner, first)).toEqual(first.map(() => true));
  });

  test('goes also where it comes due while others are being deleted', async () => {
    const made = await scene(heads);
    const first = await untilFolded(made);
    await untilFolded(made);
    await nextHead(made);
    // The ten minutes are over while a call that is not about `first` yet is on its way.
    const original = made.inner.delete.bind(made.inner);
    made.inner.delete = async (ids) => {
      made.inner.delete = original;
      made.clock.advance(10 * MINUTE);
      await original(ids);
    };
    // Without a refresh in between, which would read the list again.
    for (let i = 0; i < 30; i++) await put(made.tree, 'small');
    await made.tree.refresh();
    expect(await present(made.inner, first)).toEqual(first.map(() => false));
  });

  test('stays while a view of the writing handle may need it', async () => {
    const made = await scene(heads);
    const first = await untilFolded(made);
    const view = await made.tree.at('HEAD');
    await untilFolded(made);
    made.clock.advance(60 * MINUTE);
    for (let i = 0; i < 3; i++) await untilFolded(made);
    expect(await present(made.inner, first)).toEqual(first.map(() => true));
    await view.load();
    await view.close();
    await untilFolded(made);
    expect(await present(made.inner, first)).toEqual(first.map(() => false));
  });

  test('is tried again where deleting failed, and no commit fails for it', async () => {
    const made = await scene(heads);
    const first = await untilFolded(made);
    await untilFolded(made);
    made.clock.advance(60 * MINUTE);
    made.backend.fail({ verb: 'delete', forever: true });
    for (let i = 0; i < 3; i++) await untilFolded(made);
    expect(await present(made.inner, first)).toEqual(first.map(() => true));
    made.backend.heal();
    await made.tree.close();
    // Also by the next writer: the list is in the head.
    const backend = new FailingBackend(made.inner);
    const tree = await Infinitree.open(Notes, {
      backend,
      key,
      takeover: true,
      environment: { clock: made.clock },
    });
    await put(tree, 'next');
    await tree.refresh();
    expect(await present(made.inner, first)).toEqual(first.map(() => false));
    expect((await shown(made.inner, key)).notes.get('next')).toBe('next');
  });
});

describe('commits with large messages or data', () => {
  test('can all be read again, and more of them made', async () => {
    const backend = new MemoryBackend();
    const tree = await Infinitree.create(Notes, { backend, key });
    // Together more than a payload may hold when it is read, although they pack to next to nothing.
    const data = new Uint8Array(65_000);
    for (let round = 0; round < 5; round++) {
      const made = Array.from({ length: 220 }, (_, i) =>
        tree.commit({ mode: 'always', message: `${round} ${i}`, data }),
      );
      expect((await Promise.all(made)).length).toBe(220);
    }
    const messages: string[] = [];
    for await (const commit of tree.log()) messages.push(commit.message);
    expect(messages.length).toBe(1100);
    expect(messages.at(-1)).toBe('0 0');
  });
});

describe('a list of what was replaced that grows too long', () => {
  test('is left to an inventory in part, so that it never fills the head', async () => {
    const made = await scene('cas');
    const packs: ObjectId[][] = [];
    for (let i = 0; i < 45; i++) packs.push(await untilFolded(made));
    made.clock.advance(60 * MINUTE);
    for (let i = 0; i < 2; i++) await untilFolded(made);
    // Of those that were replaced 32 are on the list; a few grew too large to be written again, and are in use.
    const there = await present(made.inner, packs.flat());
    expect(there.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => true));
    expect(there.slice(10).filter(Boolean).length).toBeLessThan(7);
    await shown(made.inner, key);
  });
});

describe('older heads of a directory-like storage', () => {
  async function headsAndClaims({ inner, backend, tree }: Scene): Promise<{ heads: number; claims: number }> {
    await tree.refresh();
    const created = new Set(backend.log.filter(({ verb }) => verb === 'heads.create').map(({ id }) => id!));
    const standing = await present(inner, [...created]);
    const { claims } = inner.heads as MemoryBackend<'epoch'>['heads'];
    return { heads: standing.filter(Boolean).length, claims: (await claims()).length };
  }

  test('are kept to two, and claims to the one of the newest head', async () => {
    const made = await scene('epoch');
    for (let i = 0; i < 60; i++) await put(made.tree, `note ${i}`);
    expect(made.backend.count('heads.create')).toBeGreaterThan(5);
    expect(await headsAndClaims(made)).toEqual({ heads: 3, claims: 1 });
  });

  test('keep what they need, however many epochs were claimed for naught', async () => {
    const made = await scene('epoch');
    const first = await untilFolded(made);
    await untilFolded(made);
    made.clock.advance(60 * MINUTE);
    // The claim of a head that could not be written counts for nothing.
    made.backend.fail({ verb: 'heads.create' });
    const rejected = async (): Promise<boolean> => (await errorOf(put(made.tree, 'small'))) !== undefined;
    while (!(await rejected()));
    await put(made.tree, 'small');
    await made.tree.refresh();
    expect(await present(made.inner, first)).toEqual(first.map(() => true));
    const { faults, olderFaults } = await made.tree.verify({ readData: true });
    expect([...faults, ...olderFaults]).toEqual([]);
  });

  test('go with the next head where removing them failed', async () => {
    const made = await scene('epoch');
    made.backend.fail({ verb: 'heads.remove', forever: true });
    for (let i = 0; i < 60; i++) await put(made.tree, `note ${i}`);
    expect((await headsAndClaims(made)).heads).toBeGreaterThan(5);
    made.backend.heal();
    for (let i = 0; i < 10; i++) await put(made.tree, `note ${i}`);
    expect(await headsAndClaims(made)).toEqual({ heads: 3, claims: 1 });
  });

  test('are found without any claim, by looking for them', async () => {
    const made = await scene('epoch');
    for (let i = 0; i < 20; i++) await put(made.tree, `note ${i}`);
    const { claims, release } = made.inner.heads as MemoryBackend<'epoch'>['heads'];
    await release(await claims());
    expect((await shown(made.inner, key)).messages.length).toBe(20);
    const next = await Infinitree.open(Notes, { backend: made.inner, key, takeover: true });
    await put(next, 'next');
    expect((await shown(made.inner, key)).messages.length).toBe(21);
    // The writer of before may not go on as if nothing had happened.
    expect((await errorOf(put(made.tree, 'late')))?.code).toMatch(/^INFINITREE_(CONFLICT|COMMIT_UNKNOWN)$/);
  });
});

describe.each(KINDS)('a reader beside a writer, %s heads', (heads) => {
  test('sees whole commits only, one after the other', async () => {
    const { inner, tree } = await scene(heads);
    tree.index.notes.set('a', 0).set('b', 0);
    await tree.commit('0');
    const reader = await Infinitree.open(Notes, { backend: inner, key, readonly: true });
    await reader.load();
    let done = false;
    const writing = (async () => {
      for (let i = 1; i <= 60; i++) {
        tree.index.notes.set('a', i).set('b', i);
        if (i % 10 === 0) tree.index.notes.set('large', blob(20_000, i));
        await tree.commit(`${i}`);
        if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      done = true;
    })();
    let last = 0;
    let changes = 0;
    while (!done) {
      await reader.refresh();
      const [a, b] = [reader.index.notes.get('a') as number, reader.index.notes.get('b')];
      expect(b).toBe(a);
      expect(a).toBeGreaterThanOrEqual(last);
      if (a > last) changes += 1;
      last = a;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writing;
    await reader.refresh();
    expect([reader.index.notes.get('a'), reader.index.notes.get('b')]).toEqual([60, 60]);
    expect(changes).toBeGreaterThan(2);
  });
});
