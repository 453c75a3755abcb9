// How commits of one handle come to storage, and what becomes of them where that answers late, badly or not at all.
import { type Commit, Infinitree, InfinitreeError, type Verb } from '@infinitree/core';
import { partsOf } from '../../../src/tree/tree-parts.js';
import { blob } from '../commit/scene.js';
import { codeOf, errorOf, type Heads, KINDS } from '../scene.js';
import { abandon, Library, lost, Place, put, type Tree, trouble, writeOf } from './scene.js';

async function scene(heads: Heads = 'cas'): Promise<{ place: Place; tree: Tree }> {
  const place = new Place(heads);
  const tree = await place.create();
  await put(tree, 'start');
  place.calls.length = 0;
  return { place, tree };
}

/** A commit whose answer got lost, and that is stored or not. */
async function inDoubt(place: Place, tree: Tree, end: 'stored' | 'not stored'): Promise<InfinitreeError> {
  place.next(writeOf(place.heads), end === 'stored' ? 'after' : 'before', lost);
  const error = await errorOf(() => put(tree, 'in doubt'));
  expect(error).toMatchObject({ code: 'INFINITREE_COMMIT_UNKNOWN', retryable: true, cause: trouble });
  return error!;
}

const resolved = (error: InfinitreeError): Promise<Commit> => error.resolve!();
const messagesOf = async (tree: Tree): Promise<string[]> => (await tree.commits()).map(({ message }) => message);

describe.each(KINDS)('a commit of unknown outcome, %s heads', (heads) => {
  test('that is stored is found by the next one, which does not store it again', async () => {
    const { place, tree } = await scene(heads);
    const error = await inDoubt(place, tree, 'stored');
    expect(error.message).toContain('The commit may or may not be stored.');
    expect(await tree.commit('nothing')).toBeUndefined();
    expect((await put(tree, 'next'))?.sequence).toBe(3);
    expect(await place.shown()).toEqual({
      messages: ['start', 'in doubt', 'next'],
      books: ['in doubt', 'next', 'start'],
    });
    // Nothing is asked for that is known since.
    place.calls.length = 0;
    expect(await resolved(error)).toMatchObject({ sequence: 2, message: 'in doubt' });
    expect(place.calls).toEqual([]);
  });

  test('is found out by refresh(), too', async () => {
    const { place, tree } = await scene(heads);
    const error = await inDoubt(place, tree, 'stored');
    await tree.refresh();
    expect(await tree.commit()).toBeUndefined();
    expect((await resolved(error)).message).toBe('in doubt');
  });

  test('is one of several that shared a write, each of which is told apart', async () => {
    const { place, tree } = await scene(heads);
    place.next(writeOf(heads), 'after', lost);
    const errors = await Promise.all(['one', 'two', 'three'].map((name) => errorOf(() => put(tree, 'same', name))));
    const commits = await Promise.all(errors.map((error) => resolved(error!)));
    expect(commits.map(({ sequence }) => sequence)).toEqual([2, 3, 4]);
    for (const [i, name] of ['one', 'two', 'three'].entries()) {
      await using view = await tree.at(commits[i]!);
      expect(await view.get('books', 'same')).toBe(name);
    }
  });

  test('below a commit of somebody else is stored; what is based on less has to wait for refresh()', async () => {
    const { place, tree } = await scene(heads);
    const error = await inDoubt(place, tree, 'stored');
    await using other = await place.open();
    expect(await codeOf(() => put(other, 'other'))).toBe('ok');
    expect((await resolved(error)).sequence).toBe(2);
    // What the fields show is what the log shows.
    expect(await messagesOf(tree)).toEqual(['start', 'in doubt']);
    expect(await codeOf(() => put(tree, 'late'))).toBe('INFINITREE_CONFLICT');
    expect((await tree.refresh())?.message).toBe('other');
    expect((await tree.commit('late'))?.sequence).toBe(4);
    expect((await place.shown()).messages).toEqual(['start', 'in doubt', 'other', 'late']);
  });
});

describe('a commit of unknown outcome that was appended to a journal, or not', () => {
  test('that is not stored is staged again', async () => {
    const { place, tree } = await scene('epoch');
    const error = await inDoubt(place, tree, 'not stored');
    expect(await codeOf(() => resolved(error))).toBe('INFINITREE_CONFLICT');
    expect((await tree.commit('again'))?.sequence).toBe(2);
    expect(await place.shown()).toEqual({ messages: ['start', 'again'], books: ['in doubt', 'start'] });
  });

  test('may be the first one of its tree', async () => {
    const place = new Place('epoch');
    const tree = await place.create();
    const error = await inDoubt(place, tree, 'not stored');
    expect(await codeOf(() => resolved(error))).toBe('INFINITREE_CONFLICT');
    expect((await tree.commit('again'))?.sequence).toBe(1);
  });

  test('gives what several of them changed back in their order', async () => {
    const { place, tree } = await scene('epoch');
    place.next('heads.append', 'before', lost);
    const errors = await Promise.all(['one', 'two', 'three'].map((name) => errorOf(() => put(tree, 'same', name))));
    for (const error of errors) expect(await codeOf(() => resolved(error!))).toBe('INFINITREE_CONFLICT');
    await tree.commit('all');
    await using reader = await place.open({ readonly: true });
    expect(await reader.get('books', 'same')).toBe('three');
  });

  test('that refresh() took over before it was found out stands in the log once', async () => {
    const { place, tree } = await scene('epoch');
    const reading = place.hold('heads.read');
    const refreshing = tree.refresh();
    await reading.reached;
    const error = await inDoubt(place, tree, 'stored');
    reading.go();
    expect((await refreshing)?.message).toBe('in doubt');
    await using other = await place.open();
    await put(other, 'other');
    expect((await resolved(error)).sequence).toBe(2);
    expect(await messagesOf(tree)).toEqual(['start', 'in doubt']);
    await tree.refresh();
    expect(await messagesOf(tree)).toEqual(['start', 'in doubt', 'other']);
  });
});

describe('while the outcome of a commit is unknown', () => {
  test('the next one finds out under its own signal, and takes nothing where it cannot', async () => {
    const { place, tree } = await scene();
    await inDoubt(place, tree, 'stored');
    const controller = new AbortController();
    const reason = new Error('no longer wanted');
    place.next('heads.cas', 'before', () => controller.abort(reason));
    tree.index.books.set('next', 1);
    const error = await errorOf(() => tree.commit('next', { signal: controller.signal }));
    expect(error).toMatchObject({
      code: 'INFINITREE_COMMIT_UNKNOWN',
      retryable: true,
      cause: { code: 'INFINITREE_ABORTED', cause: reason },
    });
    expect(error?.message).toContain('An earlier commit may or may not be stored, and this one waits for it.');
    // It was not the one in doubt.
    expect(await codeOf(() => resolved(error!))).toBe('INFINITREE_CONFLICT');
    expect((await tree.commit('next'))?.sequence).toBe(3);
  });

  test('resolve() and refresh() find out under their signals', async () => {
    const { place, tree } = await scene();
    const error = await inDoubt(place, tree, 'stored');
    for (const find of [(options: object) => error.resolve!(options), (options: object) => tree.refresh(options)]) {
      const controller = new AbortController();
      place.next('heads.cas', 'before', () => controller.abort());
      const again = await errorOf(() => find({ signal: controller.signal }));
      expect(again).toMatchObject({ code: 'INFINITREE_COMMIT_UNKNOWN', cause: { code: 'INFINITREE_ABORTED' } });
      expect(again?.message).toContain('The commit may or may not be stored.');
    }
    expect((await resolved(error)).sequence).toBe(2);
  });

  test('a refresh() that cannot find out tells of the last one in doubt', async () => {
    const { place, tree } = await scene();
    place.next('heads.cas', 'before', lost);
    await Promise.all(['one', 'two', 'three'].map((name) => errorOf(() => put(tree, name))));
    // It is sent again, and then the state cannot be read.
    place.next('heads.read', 'before', lost);
    const error = await errorOf(() => tree.refresh());
    expect(error).toMatchObject({ code: 'INFINITREE_COMMIT_UNKNOWN', cause: trouble });
    expect(error?.message).toContain('The storage could not be asked. The commit may or may not be stored.');
    expect((await resolved(error!)).message).toBe('three');
  });

  test('all who ask share the question', async () => {
    const { place, tree } = await scene();
    const error = await inDoubt(place, tree, 'stored');
    place.calls.length = 0;
    const asked = [resolved(error), resolved(error), tree.refresh(), put(tree, 'next')];
    expect((await Promise.all(asked)).map((commit) => commit?.sequence)).toEqual([2, 2, undefined, 3]);
    expect(place.count('heads.cas')).toBe(2);
  });

  test('who asks about an earlier one is not kept waiting', async () => {
    const { place, tree } = await scene();
    const error = await inDoubt(place, tree, 'stored');
    await resolved(error);
    place.next('heads.cas', 'after', lost);
    await errorOf(() => put(tree, 'in doubt, too'));
    place.calls.length = 0;
    expect((await resolved(error)).sequence).toBe(2);
    expect(place.calls).toEqual([]);
  });

  test('close() waits for the answer, and does not fail where there is none', async () => {
    const { place, tree } = await scene();
    const error = await inDoubt(place, tree, 'stored');
    const sending = place.hold('heads.cas');
    place.next('heads.cas', 'after', lost);
    const resolving = errorOf(() => resolved(error));
    await sending.reached;
    let closed = false;
    const closing = tree.close().then(() => (closed = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(false);
    sending.go();
    expect((await resolving)?.code).toBe('INFINITREE_COMMIT_UNKNOWN');
    await expect(closing).resolves.toBe(true);
  });
});

describe('commits that share a write', () => {
  test('are not aborted by the signal of one of them', async () => {
    const { place, tree } = await scene();
    const controller = new AbortController();
    place.next('heads.cas', 'before', () => controller.abort());
    tree.index.books.set('one', 1);
    const one = tree.commit('one', { signal: controller.signal });
    const two = put(tree, 'two');
    expect((await Promise.all([one, two])).map((commit) => commit?.message)).toEqual(['one', 'two']);
  });

  test('are none where one is alone: its signal goes along with all that it does', async () => {
    const { place, tree } = await scene();
    const reason = new Error('no longer wanted');
    const aborted = async (verb: Verb) => {
      const controller = new AbortController();
      place.next(verb, 'before', () => controller.abort(reason));
      tree.index.books.set('large', blob(100_000, 1));
      return errorOf(() => tree.commit('large', { signal: controller.signal }));
    };
    const error = { code: 'INFINITREE_ABORTED', cause: reason };
    expect(await aborted('put')).toMatchObject(error);
    expect(await aborted('flush')).toMatchObject(error);
    expect((await place.shown()).messages).toEqual(['start']);
    expect(await aborted('heads.cas')).toMatchObject({ code: 'INFINITREE_COMMIT_UNKNOWN', cause: error });
    expect((await put(tree, 'next'))?.sequence).toBe(3);
    expect((await place.shown()).messages).toEqual(['start', 'large', 'next']);
  });

  test('fail with the first of them, each by an error of its own that says whether to try again', async () => {
    for (const retryable of [true, false]) {
      const { place, tree } = await scene();
      const uploading = place.hold('put');
      place.next('put', 'after', () => {
        throw new InfinitreeError('BACKEND', 'The disk is full.', { retryable });
      });
      const first = errorOf(() => put(tree, 'first', blob(100_000, 1)));
      await uploading.reached;
      const second = errorOf(() => put(tree, 'second'));
      uploading.go();
      expect(await first).toMatchObject({ code: 'INFINITREE_BACKEND', retryable });
      expect(await second).toMatchObject({ code: 'INFINITREE_BACKEND', retryable, cause: await first });
      expect((await second)?.message).toContain('A commit before this one failed');
      expect((await tree.commit('both'))?.sequence).toBe(2);
      expect((await place.shown()).books).toEqual(['first', 'second', 'start']);
    }
  });

  test('fail with what is no error of ours as it is', async () => {
    const { place, tree } = await scene();
    const uploading = place.hold('put');
    const failure = new TypeError('a bug');
    place.next('put', 'after', () => {
      throw failure;
    });
    const first = put(tree, 'first', blob(100_000, 1)).catch((error: unknown) => error);
    await uploading.reached;
    const second = put(tree, 'second').catch((error: unknown) => error);
    uploading.go();
    expect(await Promise.all([first, second])).toEqual([failure, failure]);
    expect((await tree.commit('both'))?.sequence).toBe(2);
  });
});

describe('a handle that was overtaken', () => {
  test('refuses further commits without asking the storage, until refresh()', async () => {
    const { place, tree } = await scene();
    await using other = await place.open();
    await put(other, 'other');
    expect(await codeOf(() => put(tree, 'late'))).toBe('INFINITREE_CONFLICT');
    place.calls.length = 0;
    expect(await codeOf(() => tree.commit('late'))).toBe('INFINITREE_CONFLICT');
    expect(await codeOf(() => tree.gc())).toBe('INFINITREE_CONFLICT');
    expect(place.count('heads.cas')).toBe(0);
    await tree.refresh();
    expect((await tree.commit('late'))?.sequence).toBe(3);
  });

  test('names the field whose changes were computed from an older state', async () => {
    const { place, tree } = await scene();
    await using other = await place.open();
    await put(other, 'start', 'theirs');
    tree.index.books.update('start', (value) => `${String(value)}, mine`);
    expect(await codeOf(() => tree.refresh())).toBe('INFINITREE_CONFLICT');
    const error = await errorOf(() => tree.commit('late'));
    expect(error).toMatchObject({ code: 'INFINITREE_CONFLICT' });
    expect(error?.message).toContain('Changes of the field "books"');
    await tree.refresh({ onConflict: 'drop' });
    expect(await tree.commit('late')).toBeUndefined();
  });
});

describe.each(KINDS)('what is done while nobody may commit, %s heads', (heads) => {
  const head = heads === 'cas' ? 'heads.cas' : 'heads.create';

  /** A tree that has garbage, so that a collection writes a head. */
  async function littered() {
    const made = await scene(heads);
    await abandon(made.place);
    return made;
  }

  test('waits for the commit under way, and those that come wait for it', async () => {
    const { place, tree } = await littered();
    const writing = place.hold(writeOf(heads));
    const first = put(tree, 'first');
    await writing.reached;
    const collecting = tree.gc({ olderThan: 0 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    writing.go();
    await first;
    const sweeping = place.hold(head);
    await sweeping.reached;
    const second = put(tree, 'second');
    await new Promise((resolve) => setImmediate(resolve));
    sweeping.go();
    expect((await collecting).orphans.count).toBe(1);
    expect((await second)?.sequence).toBe(3);
    expect((await place.shown()).messages).toEqual(['start', 'first', 'second']);
  });

  test('waits for its turn, too, where it looks up the newest state itself, and minds no commits of others', async () => {
    const { place, tree } = await littered();
    const { committer } = partsOf(tree);
    const writing = place.hold(writeOf(heads));
    const order: string[] = [];
    const first = put(tree, 'first').then(() => order.push('commit'));
    await writing.reached;
    const upon = committer.uponNewest({}, async () => order.push('upon the newest'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    writing.go();
    await Promise.all([first, upon]);
    expect(order).toEqual(['commit', 'upon the newest']);
    committer.overtaken();
    expect(await codeOf(() => put(tree, 'late'))).toBe('INFINITREE_CONFLICT');
    expect(await codeOf(() => committer.exclusively({}, async () => order.push('alone')))).toBe('INFINITREE_CONFLICT');
    await committer.uponNewest({}, async () => order.push('once more'));
    expect(order.slice(2)).toEqual(['once more']);
    await tree.refresh();
    expect((await tree.commit('late'))?.message).toBe('late');
  });

  test('is refused where the handle was closed while it waited', async () => {
    const { place, tree } = await littered();
    const writing = place.hold(writeOf(heads));
    const first = put(tree, 'first');
    await writing.reached;
    const collecting = codeOf(() => tree.gc({ olderThan: 0 }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const closing = tree.close();
    writing.go();
    await Promise.all([first, closing]);
    expect(await collecting).toBe('INFINITREE_CLOSED');
  });

  test('finds out first how a commit ended', async () => {
    const { place, tree } = await littered();
    const error = await inDoubt(place, tree, 'stored');
    expect((await tree.gc({ olderThan: 0 })).orphans.count).toBe(1);
    place.calls.length = 0;
    expect((await resolved(error)).sequence).toBe(2);
    expect(place.calls).toEqual([]);
  });

  test('can be done again where the outcome of its head is unknown', async () => {
    const { place, tree } = await littered();
    place.next(head, 'after', lost);
    const error = await errorOf(() => tree.gc({ olderThan: 0 }));
    expect(error).toMatchObject({ code: 'INFINITREE_BACKEND', retryable: true, cause: trouble });
    expect(error?.message).toContain('A head was being written');
    expect(await codeOf(() => tree.gc({ olderThan: 0 }))).toBe('ok');
    expect((await put(tree, 'next'))?.sequence).toBe(2);
  });

  test('is trouble with the storage and no more where that fails before', async () => {
    const { place, tree } = await littered();
    place.next('ages', 'before', lost);
    expect(await errorOf(() => tree.gc({ olderThan: 0 }))).toBe(trouble);
    expect((await put(tree, 'next'))?.sequence).toBe(2);
  });

  test('leaves commits to find that out first', async () => {
    const { place, tree } = await littered();
    place.next(head, 'after', lost);
    await errorOf(() => tree.gc({ olderThan: 0 }));
    // No commit is in doubt: it is trouble with the storage, and no more.
    place.next('heads.read', 'before', lost);
    expect(await codeOf(() => put(tree, 'next'))).toBe('INFINITREE_BACKEND');
    expect((await tree.commit('next'))?.sequence).toBe(2);
    expect((await place.shown()).messages).toEqual(['start', 'next']);
  });

  test('goes on to the commits that wait for it, having found out how its head ended', async () => {
    const { place, tree } = await littered();
    const sweeping = place.hold(head);
    place.next(head, 'after', lost);
    const collecting = codeOf(() => tree.gc({ olderThan: 0 }));
    await sweeping.reached;
    const waiting = put(tree, 'waiting');
    sweeping.go();
    expect(await collecting).toBe('INFINITREE_BACKEND');
    expect((await waiting)?.sequence).toBe(2);
    expect(await place.shown()).toEqual({ messages: ['start', 'waiting'], books: ['start', 'waiting'] });
  });

  test('gives them back where that cannot be found out', async () => {
    const { place, tree } = await littered();
    const sweeping = place.hold(head);
    place.next(head, 'after', () => {
      for (let i = heads === 'cas' ? 1 : 2; i > 0; i--) place.next('heads.read', 'before', lost);
      lost();
    });
    const collecting = codeOf(() => tree.gc({ olderThan: 0 }));
    await sweeping.reached;
    const waiting = errorOf(() => put(tree, 'waiting'));
    sweeping.go();
    expect(await collecting).toBe('INFINITREE_BACKEND');
    expect((await waiting)?.code).toBe('INFINITREE_BACKEND');
    expect((await tree.commit('waiting'))?.sequence).toBe(2);
    expect(await place.shown()).toEqual({ messages: ['start', 'waiting'], books: ['start', 'waiting'] });
  });

  test('is CONFLICT where somebody else has committed, and so is every commit until refresh()', async () => {
    const { place, tree } = await littered();
    await using other = await place.open();
    await put(other, 'other');
    expect(await codeOf(() => tree.gc({ olderThan: 0 }))).toBe('INFINITREE_CONFLICT');
    place.calls.length = 0;
    expect(await codeOf(() => put(tree, 'late'))).toBe('INFINITREE_CONFLICT');
    expect(place.calls).toEqual([]);
    await tree.refresh();
    expect((await tree.commit('late'))?.sequence).toBe(3);
  });
});

test('a collection whose head is aborted on its way says so, and why', async () => {
  const { place, tree } = await scene();
  await abandon(place);
  const controller = new AbortController();
  const reason = new Error('no longer wanted');
  place.next('heads.cas', 'before', () => controller.abort(reason));
  const error = await errorOf(() => tree.gc({ olderThan: 0, signal: controller.signal }));
  expect(error).toMatchObject({ code: 'INFINITREE_ABORTED', cause: reason, retryable: true });
});

test('a commit that cannot find out how a head without commits ended says what went wrong', async () => {
  const { place, tree } = await scene();
  await abandon(place);
  place.next('heads.cas', 'before', lost);
  await errorOf(() => tree.gc({ olderThan: 0 }));
  // The head is sent again, and then the state cannot be read.
  place.next('heads.read', 'before', lost);
  expect(await errorOf(() => put(tree, 'next'))).toBe(trouble);
  expect((await tree.commit('next'))?.sequence).toBe(2);
});

test('a collection under a signal finds out under that how a commit ended', async () => {
  const { place, tree } = await scene();
  await inDoubt(place, tree, 'stored');
  const controller = new AbortController();
  place.next('heads.cas', 'before', () => controller.abort());
  const error = await errorOf(() => tree.gc({ signal: controller.signal }));
  expect(error).toMatchObject({ code: 'INFINITREE_COMMIT_UNKNOWN', cause: { code: 'INFINITREE_ABORTED' } });
});

test('a blob that a commit refers to is safe from sweeps from then on', async () => {
  const { place, tree } = await scene();
  const ref = await tree.blobs.put(blob(1000, 1));
  tree.index.files.set('one', ref);
  await tree.commit('one');
  await abandon(place);
  await using other = await place.open();
  await other.gc({ olderThan: 0 });
  await tree.refresh();
  tree.index.files.set('two', ref);
  expect((await tree.commit('two'))?.sequence).toBe(3);
});

test('what is written with a storage writer is flushed before the head', async () => {
  const { place, tree } = await scene();
  const [one, two] = [tree.storageWriter(), tree.storageWriter()];
  const pointers = [await one.write(Uint8Array.of(1)), await two.write(Uint8Array.of(2))];
  tree.index.books.set('chunks', pointers);
  await tree.commit('chunks');
  expect(place.calls.map(({ verb }) => verb).filter((verb) => verb === 'put' || verb === 'heads.cas')).toEqual([
    'put',
    'put',
    'heads.cas',
  ]);
  await using reader = await place.open({ readonly: true });
  for (const [i, pointer] of pointers.entries()) {
    expect(await reader.storageReader().read(pointer)).toEqual(Uint8Array.of(i + 1));
  }
});

test('a handle that has committed nothing takes over what others have', async () => {
  const { place, tree } = await scene();
  await using other = await place.open();
  await put(tree, 'next');
  expect((await other.refresh())?.message).toBe('next');
});

test('nothing is committed through a handle that only reads', async () => {
  const { place } = await scene();
  await using reader = await Infinitree.open(Library, { backend: place.backend, key: place.key, readonly: true });
  place.calls.length = 0;
  expect(await codeOf(() => reader.commit({ mode: 'always' }))).toBe('INFINITREE_READONLY');
  expect(place.calls).toEqual([]);
});
