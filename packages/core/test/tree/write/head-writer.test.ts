// How commits get into heads, what heads carry on, and what becomes of that which they replace.
import type { ObjectId } from '@infinitree/core';
import type { Session } from '../../../src/tree/session.js';
import { partsOf } from '../../../src/tree/tree-parts.js';
import { blob } from '../commit/scene.js';
import { codeOf, errorOf, type Heads, KINDS } from '../scene.js';
import { abandon, lost, Place, put, type Tree } from './scene.js';

const MINUTE = 60_000;

interface Scene {
  readonly place: Place;
  readonly tree: Tree;
}

async function scene(heads: Heads = 'cas'): Promise<Scene> {
  const place = new Place(heads);
  const tree = await place.create();
  await put(tree, 'start');
  place.calls.length = 0;
  return { place, tree };
}

/**
 * Commits so much that the last head of it is folded, and gives the objects of that. What is committed packs well, so that
 * the pack stays young: the next fold replaces it.
 */
async function folded({ place, tree }: Scene): Promise<ObjectId[]> {
  const before = place.count('put');
  const filler = async () => {
    await put(tree, 'filler', new Uint8Array(60_000));
    await partsOf(tree).compaction.idle();
  };
  if (place.heads === 'cas') await Promise.all(Array.from({ length: 5 }, filler));
  await until(() => place.count('put') > before, filler);
  return place.idsOf('put').slice(before);
}

/** Far more commits than fit into a journal. */
const MANY = 40;

async function until(isDone: () => boolean, commit: (i: number) => Promise<unknown>): Promise<void> {
  for (let i = 0; !isDone(); i++) {
    if (i === MANY) throw new Error(`${i} commits were not enough`);
    await commit(i);
  }
}

/** Commits until there is a further head, with nothing folded. */
async function nextHead({ place, tree }: Scene): Promise<void> {
  const verb = place.heads === 'cas' ? 'heads.cas' : 'heads.create';
  const before = place.count(verb);
  await until(
    () => place.count(verb) > before,
    (i) => put(tree, 'small', i),
  );
  await tidied();
}

/** What is removed is removed behind the commit. */
async function tidied(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe.each(KINDS)('what a fold replaced, %s heads', (heads) => {
  test('stays for ten minutes, however many heads there are, and then goes once', async () => {
    const at = await scene(heads);
    const first = await folded(at);
    await folded(at);
    at.place.clock.advance(10 * MINUTE - 1);
    for (let i = 0; i < 3; i++) await nextHead(at);
    expect(at.place.has(first)).toEqual(first.map(() => true));
    at.place.clock.advance(1);
    await nextHead(at);
    expect(at.place.has(first)).toEqual(first.map(() => false));
    for (let i = 0; i < 2; i++) await nextHead(at);
    expect(at.place.idsOf('delete')).toEqual(first);
    expect((await at.place.shown()).books).toEqual(['filler', 'small', 'start']);
  });

  test('stays for two heads, however long they take', async () => {
    const at = await scene(heads);
    const first = await folded(at);
    const second = await folded(at);
    at.place.clock.advance(60 * MINUTE);
    await nextHead(at);
    expect(at.place.has(first)).toEqual(first.map(() => true));
    await nextHead(at);
    expect(at.place.has([...first, ...second])).toEqual([...first.map(() => false), ...second.map(() => true)]);
  });

  test('stays while this handle has a view open', async () => {
    const at = await scene(heads);
    const first = await folded(at);
    const view = await at.tree.at('HEAD');
    await folded(at);
    at.place.clock.advance(60 * MINUTE);
    for (let i = 0; i < 3; i++) await nextHead(at);
    expect(at.place.has(first)).toEqual(first.map(() => true));
    expect(at.place.idsOf('delete')).toEqual([]);
    await view.close();
    await nextHead(at);
    expect(at.place.has(first)).toEqual(first.map(() => false));
  });

  test('goes with a later commit where it could not be deleted', async () => {
    const at = await scene(heads);
    const first = await folded(at);
    await folded(at);
    at.place.clock.advance(60 * MINUTE);
    await nextHead(at);
    at.place.next('delete', 'before', lost);
    await nextHead(at);
    expect(at.place.has(first)).toEqual(first.map(() => true));
    // With the next one, also where that is no head.
    expect(await codeOf(() => put(at.tree, 'later'))).toBe('ok');
    await tidied();
    expect(at.place.has(first)).toEqual(first.map(() => false));
  });

  test('is deleted by the next writer, too', async () => {
    const at = await scene(heads);
    const first = await folded(at);
    await folded(at);
    await nextHead(at);
    await at.tree.close();
    at.place.clock.advance(60 * MINUTE);
    await using tree = await at.place.open();
    for (let i = 0; i < 2; i++) await put(tree, 'next', i);
    await tidied();
    expect(at.place.has(first)).toEqual(first.map(() => false));
  });
});

test('a commit that is appended asks for nothing to be deleted', async () => {
  const at = await scene('epoch');
  await nextHead(at);
  at.place.calls.length = 0;
  await put(at.tree, 'one');
  await put(at.tree, 'two');
  await tidied();
  expect([at.place.count('heads.append'), at.place.count('delete')]).toEqual([4, 0]);
});

test('each older head is removed once, and two stay', async () => {
  const at = await scene('epoch');
  for (let i = 0; i < 8; i++) await nextHead(at);
  const removed = at.place.idsOf('heads.remove');
  expect(new Set(removed).size).toBe(removed.length);
  const created = new Set(at.place.idsOf('heads.create'));
  expect(at.place.has([...created]).filter(Boolean).length).toBe(3);
});

test('what is deleted behind a commit does not take back what refresh() has found meanwhile', async () => {
  const { place, tree } = await scene();
  const reading = place.hold('heads.read');
  const refreshing = tree.refresh();
  await reading.reached;
  const deleting = place.hold('delete');
  const committing = put(tree, 'mine');
  await deleting.reached;
  await using other = await place.open();
  await put(other, 'theirs');
  reading.go();
  expect((await refreshing)?.message).toBe('theirs');
  deleting.go();
  await committing;
  expect((await tree.commits()).map(({ message }) => message)).toEqual(['start', 'mine', 'theirs']);
  expect((await put(tree, 'again'))?.sequence).toBe(4);
});

/** Where a base stands, which nobody sees from outside. */
function internals(tree: Tree): Session {
  return (tree as unknown as { readonly session: Session }).session;
}

describe('a head carries commits on', () => {
  const empty = async ({ tree }: Scene, count: number, data?: (i: number) => Uint8Array) => {
    await Promise.all(Array.from({ length: count }, (_, i) => tree.commit({ mode: 'always', data: data?.(i) })));
    await partsOf(tree).compaction.idle();
  };

  test('until there are too many of them', async () => {
    const at = await scene();
    await empty(at, 255);
    expect(at.place.count('put')).toBe(0);
    await empty(at, 1);
    expect(at.place.count('put')).toBe(1);
    expect((await at.place.shown()).messages.length).toBe(257);
  });

  test('until they are too large together, however well they pack', async () => {
    const at = await scene();
    await empty(at, 4, () => new Uint8Array(60_000));
    expect(at.place.count('put')).toBe(0);
    await empty(at, 1, () => new Uint8Array(60_000));
    expect(at.place.count('put')).toBe(1);
    expect((await at.place.shown()).messages.length).toBe(6);
  });

  test('until they do not fit into it', async () => {
    const at = await scene();
    await empty(at, 2, (i) => blob(15_000, i));
    expect(at.place.count('put')).toBe(0);
    await empty(at, 1, () => blob(15_000, 2));
    expect(at.place.count('put')).toBeGreaterThan(0);
    expect((await at.tree.commits()).map(({ data }) => (data as Uint8Array | undefined)?.length)).toEqual([
      undefined,
      15_000,
      15_000,
      15_000,
    ]);
    // From there on there is room again.
    const before = at.place.count('put');
    await empty(at, 1);
    expect(at.place.count('put')).toBe(before);
  });

  test.each(KINDS)('and its base, which is put apart once it has grown (%s)', async (heads) => {
    const at = await scene(heads);
    // Runs whose first and last keys are long; merged they would be fewer.
    partsOf(at.tree).committer.onWritten = undefined;
    for (let i = 0; i < 9; i++) {
      for (const [end, seed] of [
        ['a', 2 * i],
        ['z', 2 * i + 1],
      ] as const) {
        at.tree.index.books.set(end + Buffer.from(blob(1500, seed)).toString('base64'), blob(6000, seed));
      }
      await at.tree.commit(`${i}`);
    }
    await folded(at);
    const { baseExtent } = internals(at.tree).snapshot;
    const apart = baseExtent!.segments.map(({ object }) => object);
    expect(at.place.idsOf('put')).toEqual(expect.arrayContaining(apart));
    // It stays where it is until the next fold.
    at.place.calls.length = 0;
    await nextHead(at);
    expect(at.place.count('put')).toBe(0);
    const books = (await at.place.shown()).books;
    expect(books.length).toBe(21);
    await folded(at);
    at.place.clock.advance(10 * MINUTE);
    for (let i = 0; i < 2; i++) await nextHead(at);
    expect(at.place.has(apart)).toEqual(apart.map(() => false));
    expect((await at.place.shown()).books).toEqual(books);
  });

  test('shows this handle what it shows to others', async () => {
    const at = await scene();
    const view = await at.tree.at('HEAD');
    at.tree.index.books.delete('start');
    await folded(at);
    expect(await at.tree.get('books', 'start')).toBeUndefined();
    expect(await at.tree.get('books', 'filler')).toHaveLength(60_000);
    expect(await view.get('books', 'start')).toBe('start');
    expect((await at.tree.commits()).length).toBe(6);
    expect((await put(at.tree, 'next'))?.sequence).toBe(7);
    await view.close();
  });
});

test.each(KINDS)('a head is not written over another one than it was made for, %s heads', async (heads) => {
  const { place, tree } = await scene(heads);
  const late = await place.open({ backend: place.backend });
  await put(tree, 'other');
  const before = place.store.entries.size;
  const error = await errorOf(() => put(late, 'late'));
  expect(error?.code).toBe('INFINITREE_CONFLICT');
  expect(error?.message).toMatch(/^Another writer (has committed\.|committed first\.)/);
  expect(place.store.entries.size).toBe(before);
  expect((await place.shown()).messages).toEqual(['start', 'other']);
  expect((await late.refresh())?.message).toBe('other');
  expect((await late.commit('late'))?.sequence).toBe(3);
  await late.close();
});

test('another writer’s commit that may get lost on its disk is made sure by a head, upon which nothing stands', async () => {
  const { place, tree } = await scene('epoch');
  const late = await place.open({ backend: place.backend });
  await put(tree, 'other');
  place.calls.length = 0;
  place.next('heads.sync', 'before', lost);
  expect(await codeOf(() => put(late, 'late'))).toBe('INFINITREE_CONFLICT');
  expect(place.count('heads.create')).toBe(1);
  expect((await place.shown()).messages).toEqual(['start', 'other']);
  expect((await late.refresh())?.message).toBe('other');
  expect((await late.commit('late'))?.sequence).toBe(3);
  expect((await place.shown()).messages).toEqual(['start', 'other', 'late']);
  await late.close();
});

describe.each(KINDS)('a sweep, %s heads', (heads) => {
  test('leaves what it did not get to delete to those who commit', async () => {
    const { place, tree } = await scene(heads);
    const orphans = await abandon(place, 3);
    place.next('delete', 'before', lost);
    expect(await codeOf(() => tree.gc({ olderThan: 0 }))).toBe('INFINITREE_BACKEND');
    const report = await tree.gc({ olderThan: 0 });
    expect([report.orphans.count, report.waiting.count]).toEqual([0, 3]);
    const at = { place, tree };
    place.clock.advance(10 * MINUTE);
    await nextHead(at);
    expect(place.has(orphans)).toEqual([true, true, true]);
    await nextHead(at);
    expect(place.has(orphans)).toEqual([false, false, false]);
  });

  test('is told to whoever has stored something and not committed it', async () => {
    const { place, tree } = await scene(heads);
    const ref = await tree.blobs.put(blob(1000, 1));
    await abandon(place);
    await using other = await place.open();
    await other.gc({ olderThan: 0 });
    // Heads of commits, and of folds, say it still.
    await put(other, 'small');
    for (let i = 0; i < 5; i++) await put(other, 'filler', new Uint8Array(60_000));
    await tree.refresh();
    tree.index.files.set('one', ref);
    expect(await errorOf(() => tree.commit('late'))).toMatchObject({
      code: 'INFINITREE_CONFLICT',
      conflicts: [{ field: 'files', key: 'one' }],
    });
  });

  test('leaves what waits for its readers on the list', async () => {
    const at = await scene(heads);
    const first = await folded(at);
    await folded(at);
    await abandon(at.place);
    expect((await at.tree.gc({ olderThan: 0 })).freed.count).toBeGreaterThan(0);
    at.place.clock.advance(10 * MINUTE);
    for (let i = 0; i < 2; i++) await nextHead(at);
    expect(at.place.has(first)).toEqual(first.map(() => false));
  });

  test('has nothing deleted again that it has deleted', async () => {
    const at = await scene(heads);
    await abandon(at.place, 2);
    await at.tree.gc({ olderThan: 0 });
    const gone = at.place.idsOf('delete');
    expect(gone.length).toBe(2);
    at.place.clock.advance(10 * MINUTE);
    for (let i = 0; i < 3; i++) await nextHead(at);
    expect(at.place.idsOf('delete')).toEqual(gone);
  });
});

describe('the list of what was replaced', () => {
  /** A sweep that lists so many orphans, and deletes none. */
  async function listed(orphans: number) {
    const at = await scene();
    await abandon(at.place, orphans);
    at.place.next('delete', 'before', lost);
    await errorOf(() => at.tree.gc({ olderThan: 0 }));
    return at;
  }
  const orphansOf = async ({ tree }: Scene): Promise<number> =>
    (await tree.gc({ olderThan: 0, dryRun: true })).orphans.count;

  test('has no more objects than a head has room for', async () => {
    expect(await orphansOf(await listed(32))).toBe(0);
    expect(await orphansOf(await listed(33))).toBe(1);
  });

  test('loses what is oldest to what is new, which an inventory finds', async () => {
    const at = await listed(31);
    const first = await folded(at);
    await folded(at);
    expect([first.length, await orphansOf(at)]).toEqual([1, 0]);
    await folded(at);
    expect(await orphansOf(at)).toBe(1);
  });

  test('loses it to a sweep, which begins with what is new to it', async () => {
    const at = await listed(31);
    await abandon(at.place, 2);
    at.place.next('delete', 'before', lost);
    await errorOf(() => at.tree.gc({ olderThan: 0 }));
    expect(await orphansOf(at)).toBe(1);
  });
});

describe('a repair', () => {
  test('writes over the newest state, with a commit that says so', async () => {
    const at = await scene();
    const [pack] = await folded(at);
    await put(at.tree, 'after');
    at.place.store.entries.delete(pack!);
    const report = await at.tree.repair();
    expect(report.lost.length).toBeGreaterThan(0);
    const { messages, books } = await at.place.shown();
    expect([messages.at(-1)?.startsWith('Repair:'), books]).toEqual([true, ['after']]);
    expect((await put(at.tree, 'next'))?.sequence).toBeGreaterThan(7);
  });

  test.each(KINDS)('writes over a head that does not open (%s)', async (heads) => {
    const at = await scene(heads);
    // Another head, which holds what the one before does.
    await nextHead(at);
    const before = (await at.place.shown()).messages;
    await nextHead(at);
    const { id } = internals(at.tree).snapshot.position;
    await at.tree.close();
    const entry = at.place.store.entries.get(id)!;
    at.place.store.entries.set(id, { ...entry, bytes: entry.bytes.map((byte) => byte ^ 0x55) });
    expect(await codeOf(() => at.place.shown())).toBe('INFINITREE_CORRUPT');
    const looking = { readonly: true, takeover: false, acceptOlderHead: true };
    await using tree = await at.place.open(looking);
    await tree.repair();
    const { messages, books } = await at.place.shown();
    expect([messages.slice(0, before.length), books.includes('start')]).toEqual([before, true]);
    expect(messages.at(-1)).toMatch(/^Repair:/);
    expect(await codeOf(() => at.place.open())).toBe('ok');
  });
});
