import type { CanonicalKey } from '../../src/codec/index-key.js';
import { isInfinitreeError } from '../../src/errors.js';
import { FieldStore } from '../../src/fields/field-store.js';

type Entries = [CanonicalKey, unknown][];

function loaded(entries: Entries = []): FieldStore {
  const store = new FieldStore();
  store.bind('field');
  store.finishLoad(store.beginLoad(), new Map(entries), 'all');
  return store;
}

function notLoaded(): FieldStore {
  const store = new FieldStore();
  store.bind('field');
  return store;
}

const set = (store: FieldStore, key: CanonicalKey, value: unknown) => store.set(key, () => value);
const contents = (store: FieldStore): Entries => [...store.entries()];
const value = (v: unknown) => ({ kind: 'value' as const, value: v });
const tombstone = { kind: 'tombstone' as const };

function isNotLoaded(read: () => unknown): boolean {
  try {
    read();
    return false;
  } catch (error) {
    return isInfinitreeError(error, 'NOT_LOADED');
  }
}

describe('a commit', () => {
  test('takes what is staged when it begins; what is changed meanwhile belongs to the next', () => {
    const store = loaded();
    expect(store.swap()).toBeUndefined();
    set(store, 'a', 1);
    const first = store.swap()!;
    set(store, 'a', 2);
    expect([...first.ops]).toEqual([['a', { ...value(1), depends: false }]]);
    store.settle(first, 1);
    expect(contents(store)).toEqual([['a', 2]]);
    expect([...store.swap()!.ops.keys()]).toEqual(['a']);
  });

  test('that fails loses nothing, and newer changes stay newer', () => {
    const store = loaded([['old', 0]]);
    set(store, 'a', 1);
    set(store, 'b', 1);
    const delta = store.swap()!;
    store.delete('a');
    set(store, 'c', 1);
    store.restore(delta);
    expect(contents(store)).toEqual([
      ['b', 1],
      ['c', 1],
      ['old', 0],
    ]);
    const again = store.swap()!;
    expect([...again.ops.keys()]).toEqual(['a', 'b', 'c']);
    expect([...delta.ops.keys()]).toEqual(['a', 'b']);
  });

  test('that fails keeps its clear, and is swallowed by a newer one', () => {
    const store = loaded([['old', 0]]);
    store.clear();
    const clear = store.swap()!;
    set(store, 'a', 1);
    store.restore(clear);
    expect(store.delta.cleared).toBe(true);
    expect(contents(store)).toEqual([['a', 1]]);

    const cleared = store.swap()!;
    store.clear();
    set(store, 'b', 1);
    store.restore(cleared);
    expect(contents(store)).toEqual([['b', 1]]);
    expect([...store.delta.ops.keys()]).toEqual(['b']);
  });

  test('is taken back in its place even when newer ones are still in flight', () => {
    const store = loaded();
    set(store, 'a', 1);
    const first = store.swap()!;
    set(store, 'a', 2);
    const second = store.swap()!;
    set(store, 'b', 3);
    store.restore(first);
    expect([...store.delta.ops.keys()]).toEqual(['b']);
    store.restore(second);
    expect([...store.overlay().ops].map(([key, op]) => [key, op.value])).toEqual([
      ['a', 2],
      ['b', 3],
    ]);
    expect(store.swap()!.ops.size).toBe(2);
  });

  test('cannot overtake an older one, settle twice or be restored after it settled', () => {
    const store = loaded();
    set(store, 'a', 1);
    const first = store.swap()!;
    set(store, 'a', 2);
    const second = store.swap()!;
    expect(() => store.settle(second, 1)).toThrow('after all older ones');
    store.restore(first);
    expect(() => store.settle(first, 1)).toThrow('settles once');
    store.restore(second);
    expect(() => store.restore(second)).toThrow('in flight');
  });

  test('of a field that is not loaded leaves nothing in memory', () => {
    const store = notLoaded();
    set(store, 'a', 1);
    const delta = store.swap()!;
    expect(store.get('a')).toBe(1);
    store.settle(delta, 1);
    expect(isNotLoaded(() => store.get('a'))).toBe(true);
    expect(store.state).toBe('none');
  });

  test('of a clear leaves the field loaded, since all of it is known', () => {
    const store = notLoaded();
    store.clear();
    set(store, 'a', 1);
    store.settle(store.swap()!, 1);
    expect(store.state).toBe('loaded');
    expect(contents(store)).toEqual([['a', 1]]);
  });
});

describe('what changes nothing is not staged', () => {
  test('deleting what is not there, or was put there and not committed', () => {
    const store = loaded();
    store.delete('a');
    set(store, 'a', 1);
    store.delete('a');
    store.clear();
    expect(store.swap()).toBeUndefined();
  });

  test('but what was staged elsewhere, or may be in storage, is deleted', () => {
    const store = loaded();
    set(store, 'a', 1);
    store.settle(store.swap()!, 1);
    store.delete('a');
    expect(store.delta.ops.get('a')).toMatchObject(tombstone);
    const flying = store.swap()!;
    store.delete('a');
    expect(store.delta.ops.get('a')).toMatchObject(tombstone);
    store.settle(flying, 1);
    const blind = notLoaded();
    blind.delete('a');
    expect(blind.delta.isEmpty).toBe(false);
  });

  test('and neither is a retain that keeps all', () => {
    const store = loaded([['a', 1]]);
    store.retain(() => true);
    expect(store.delta.isEmpty).toBe(true);
  });
});

test('what is deleted after a clear leaves no trace but the clear', () => {
  const store = loaded([['a', 1]]);
  store.clear();
  set(store, 'a', 2);
  store.delete('a');
  expect(store.delta.cleared).toBe(true);
  expect(store.delta.ops.size).toBe(0);
});

test('undefined is a value like any other', () => {
  const store = loaded([['a', undefined]]);
  expect(store.has('a')).toBe(true);
  expect(store.insert('a', () => 'loser')).toBeUndefined();
  expect(store.update('a', () => 1)).toBe(1);
});

describe('a load', () => {
  test('lays committed data under staged changes', () => {
    const store = notLoaded();
    set(store, 'a', 'staged');
    store.delete('b');
    store.finishLoad(store.beginLoad(), Object.entries({ a: 'old', b: 'old', c: 'old' }), 'all');
    expect(contents(store)).toEqual([
      ['a', 'staged'],
      ['c', 'old'],
    ]);
  });

  test('in the middle of a commit, and a commit in the middle of a load, leave the newest', () => {
    const store = notLoaded();
    set(store, 'a', 1);
    const flying = store.swap()!;
    const load = store.beginLoad();
    store.settle(flying, 1);
    set(store, 'b', 2);
    store.settle(store.swap()!, 1);
    set(store, 'c', 3);
    const failing = store.swap()!;
    store.finishLoad(load, Object.entries({ a: 'old', z: 'old' }), 'all');
    store.restore(failing);
    expect(contents(store)).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['z', 'old'],
    ]);
  });

  test('of a part makes its keys readable, and adds to earlier parts', () => {
    const store = notLoaded();
    store.finishLoad(store.beginLoad(), [['a', 1]], 'part');
    set(store, 'b', 2);
    store.delete('a');
    store.settle(store.swap()!, 1);
    store.finishLoad(store.beginLoad(), Object.entries({ a: 'old', c: 3 }), 'part');
    expect(store.state).toBe('partial');
    expect(['a', 'b', 'c'].map((key) => store.get(key))).toEqual([undefined, 2, 3]);
    expect(isNotLoaded(() => store.get('d'))).toBe(true);
    expect(isNotLoaded(() => store.size)).toBe(true);
    expect(isNotLoaded(() => store.keys())).toBe(true);
  });

  test('of a part leaves a loaded field as it is', () => {
    const store = loaded([['a', 1]]);
    store.finishLoad(store.beginLoad(), [['b', 2]], 'part');
    expect(contents(store)).toEqual([['a', 1]]);
  });

  test('that was cancelled brings nothing', () => {
    const store = loaded([['a', 1]]);
    const load = store.beginLoad();
    store.cancelLoad(load);
    store.finishLoad(load, [['b', 2]], 'all', ['b']);
    expect(contents(store)).toEqual([['a', 1]]);
  });

  test('uses a map and sorted keys as they are given', () => {
    const store = notLoaded();
    const keys = ['b', 'a'];
    store.finishLoad(store.beginLoad(), new Map(keys.map((key) => [key, 0])), 'all', keys);
    expect(store.keys()).toBe(keys);
    set(store, 'c', 0);
    expect(store.keys()).toEqual(['a', 'b', 'c']);
  });

  test('does not trust sorted keys where newer changes lie on top', () => {
    const store = notLoaded();
    set(store, 'b', 1);
    store.finishLoad(store.beginLoad(), [['a', 1]], 'all', ['a']);
    expect(store.keys()).toEqual(['a', 'b']);
  });
});

test('a load does not trust sorted keys where something was committed meanwhile', () => {
  const store = notLoaded();
  const load = store.beginLoad();
  set(store, 'b', 1);
  store.settle(store.swap()!, 1);
  store.finishLoad(load, [['a', 1]], 'all', ['a']);
  expect(store.keys()).toEqual(['a', 'b']);
});

describe("other writers' commits", () => {
  test('appear below what is staged; blind changes are kept without a word', () => {
    const store = loaded(Object.entries({ a: 0, b: 0, c: 0 }));
    set(store, 'a', 'mine');
    store.delete('b');
    const changes: [string, ReturnType<typeof value>][] = [
      ['a', value('theirs')],
      ['b', value('theirs')],
      ['d', value('theirs')],
    ];
    expect(store.applyRemote([...changes, ['c', tombstone]], false)).toEqual([]);
    expect(contents(store)).toEqual([
      ['a', 'mine'],
      ['d', 'theirs'],
    ]);
    expect(store.hasConflicts).toBe(false);
  });

  test.each<[string, (store: FieldStore) => void]>([
    ['update', (store) => store.update('a', () => 'mine')],
    ['insert', (store) => store.insert('new', () => 'mine')],
    ['retain', (store) => store.retain(() => false)],
  ])('that change the ground of %s conflict', (_, change) => {
    const store = loaded([['a', 0]]);
    change(store);
    const [key] = store.delta.ops.keys();
    expect(store.applyRemote([[key!, value('theirs')]], false)).toEqual([key]);
    expect(store.hasConflicts).toBe(true);
    store.dropConflicts();
    expect(store.hasConflicts).toBe(false);
    expect(store.get(key!)).toBe('theirs');
    expect(store.swap()).toBeUndefined();
  });

  test('that change another key conflict with a retain, which looked at all of them, and with nothing else', () => {
    const store = loaded(Object.entries({ a: 0, b: 0 }));
    store.update('a', () => 1);
    store.retain((key) => key !== 'b');
    expect(store.applyRemote([], false)).toEqual([]);
    expect(store.applyRemote([['c', value(0)]], false)).toEqual(['b']);
  });

  test('that clear the field conflict with all that was computed', () => {
    const store = loaded(Object.entries({ a: 0, b: 0 }));
    store.update('a', () => 1);
    set(store, 'b', 1);
    expect(store.applyRemote([], true)).toEqual(['a']);
    expect(contents(store)).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
  });

  test('do not reach what was computed from a blind change of our own', () => {
    const store = loaded([['a', 0]]);
    set(store, 'a', 1);
    store.update('a', (old) => (old as number) + 1);
    store.delete('b');
    expect(store.applyRemote([['a', value('theirs')]], false)).toEqual([]);
    store.clear();
    store.insert('c', () => 1);
    expect(store.applyRemote([['c', value('theirs')]], true)).toEqual([]);
  });

  test('reach through deltas in flight, and find what was computed from a conflict', () => {
    const store = loaded([['a', 0]]);
    store.update('a', () => 1);
    const flying = store.swap()!;
    store.update('a', () => 2);
    expect(store.applyRemote([['a', value('theirs')]], false)).toEqual(['a']);
    expect(flying.hasConflicts).toBe(true);
    store.dropConflicts();
    expect(store.hasConflicts).toBe(true);
    store.update('a', () => 3);
    store.restore(flying);
    expect(store.delta.hasConflicts).toBe(true);
    expect(store.get('a')).toBe(3);
  });

  test('also change what is computed from a conflict afterwards', () => {
    const store = loaded(Object.entries({ a: 0, b: 0 }));
    store.update('a', () => 1);
    store.swap();
    store.applyRemote([['a', value('theirs')]], false);
    store.update('a', () => 2);
    expect(store.delta.hasConflicts).toBe(false);
    expect(store.applyRemote([['b', value('theirs')]], false)).toEqual(['a']);
  });

  test('that change another key reach a retain of what is computed in flight, not of what is blind there', () => {
    const store = loaded(Object.entries({ a: 0, b: 0 }));
    store.update('a', () => 1);
    set(store, 'b', 1);
    const flying = store.swap()!;
    store.retain(() => false);
    expect(store.applyRemote([['c', value('theirs')]], false)).toEqual(['a']);
    expect(flying.hasConflicts).toBe(false);
  });

  test('still conflict with what is staged once an older commit has failed', () => {
    const store = loaded([['a', 0]]);
    set(store, 'b', 1);
    const flying = store.swap()!;
    store.update('a', () => 1);
    store.applyRemote([['a', value('theirs')]], false);
    store.restore(flying);
    expect([...store.delta.conflicts]).toEqual(['a']);
  });

  test('do not reach what was computed from a clear of our own that failed to commit', () => {
    const store = loaded([['a', 0]]);
    store.clear();
    const flying = store.swap()!;
    store.insert('a', () => 1);
    store.restore(flying);
    expect(store.applyRemote([['a', value('theirs')]], false)).toEqual([]);
    expect(contents(store)).toEqual([['a', 1]]);
  });

  test('made during a load are laid on top of it', () => {
    const store = notLoaded();
    const load = store.beginLoad();
    store.applyRemote(
      [
        ['b', tombstone],
        ['a', value('theirs')],
      ],
      false,
    );
    store.finishLoad(load, Object.entries({ a: 0, b: 0, c: 0 }), 'all');
    expect(contents(store)).toEqual([
      ['a', 'theirs'],
      ['c', 0],
    ]);
  });

  test('concern every field but one with nothing in memory, pending or being loaded', () => {
    const store = notLoaded();
    expect(store.isDormant).toBe(true);
    const load = store.beginLoad();
    expect(store.isDormant).toBe(false);
    store.cancelLoad(load);
    set(store, 'a', 1);
    expect(store.isDormant).toBe(false);
    const flying = store.swap()!;
    expect(store.isDormant).toBe(false);
    store.settle(flying, 1);
    expect(store.isDormant).toBe(true);
    store.finishLoad(store.beginLoad(), [], 'part');
    expect(store.isDormant).toBe(false);
  });

  test('pass by a field that is not loaded', () => {
    const store = notLoaded();
    store.applyRemote([['a', value(1)]], true);
    expect(store.state).toBe('none');
    expect(isNotLoaded(() => store.get('a'))).toBe(true);
  });
});

describe('a conflict', () => {
  function conflicting(): FieldStore {
    const store = loaded([['a', 1]]);
    store.update('a', () => 'mine');
    store.applyRemote([['a', value(10)]], false);
    return store;
  }

  test('shows our value until it is resolved', () => expect(conflicting().get('a')).toBe('mine'));

  test('is settled by set, delete and clear', () => {
    for (const change of [
      (store: FieldStore) => set(store, 'a', 'again'),
      (store: FieldStore) => store.delete('a'),
      (store: FieldStore) => store.clear(),
    ]) {
      const store = conflicting();
      change(store);
      expect(store.hasConflicts).toBe(false);
      expect(store.delta.isEmpty).toBe(false);
    }
  });

  test('is redone by update, from what the other writer left', () => {
    const store = conflicting();
    expect(store.update('a', (old) => (old as number) + 1)).toBe(11);
    expect(store.hasConflicts).toBe(false);
    expect(store.applyRemote([['a', value(20)]], false)).toEqual(['a']);
  });

  test('stays as it is where the function of the second update throws', () => {
    const store = conflicting();
    expect(() =>
      store.update('a', () => {
        throw new Error('mine');
      }),
    ).toThrow('mine');
    expect(store.hasConflicts).toBe(true);
    expect(store.get('a')).toBe('mine');
  });

  test('is gone where update finds that the other writer deleted the key', () => {
    const store = conflicting();
    store.applyRemote([['a', tombstone]], false);
    expect(store.update('a', () => 'mine')).toBeUndefined();
    expect(store.hasConflicts).toBe(false);
    expect(store.has('a')).toBe(false);
  });

  test('is redone by insert, which finds another winner', () => {
    const store = loaded();
    store.insert('a', () => 'mine');
    store.applyRemote([['a', value('theirs')]], false);
    expect(store.insert('a', () => 'mine')).toBe('theirs');
    expect(contents(store)).toEqual([['a', 'theirs']]);
    expect(store.swap()).toBeUndefined();
  });

  test('is redone by retain, which looks at everything anew', () => {
    const store = loaded(Object.entries({ a: 1, b: 2, c: 3 }));
    store.retain((_, v) => (v as number) > 2);
    expect(store.applyRemote([['a', value(5)]], false)).toEqual(['a', 'b']);
    store.retain((_, v) => (v as number) > 2);
    expect(contents(store)).toEqual([
      ['a', 5],
      ['c', 3],
    ]);
    expect(store.hasConflicts).toBe(false);
    expect([...store.delta.ops.keys()]).toEqual(['b']);
  });

  test('is not settled by a retain that looked at our value', () => {
    const store = conflicting();
    store.retain((_, v) => v !== 'mine');
    expect(store.has('a')).toBe(false);
    expect(store.hasConflicts).toBe(true);
  });
});

describe('what the tree sees', () => {
  test('peek answers for what is staged or in flight, and for all after a clear', () => {
    const store = loaded([['a', 0]]);
    set(store, 'b', 1);
    store.swap();
    store.delete('a');
    expect(store.peek('a')).toEqual({ kind: 'absent' });
    expect(store.peek('b')).toEqual(value(1));
    expect(store.peek('c')).toBeUndefined();
    store.clear();
    expect(store.peek('b')).toEqual({ kind: 'absent' });
    expect(store.peek('c')).toEqual({ kind: 'absent' });
  });

  test('an overlay stays as it is', () => {
    const store = notLoaded();
    set(store, 'a', 1);
    const overlay = store.overlay();
    set(store, 'a', 2);
    store.delete('b');
    expect([...overlay.ops]).toEqual([['a', { ...value(1), depends: false }]]);
    expect(store.get('a')).toBe(2);
    expect(store.overlay().cleared).toBe(false);
  });

  test('discard drops what is staged, unload what is committed', () => {
    const store = loaded([['a', 0]]);
    set(store, 'a', 1);
    store.discard();
    expect(contents(store)).toEqual([['a', 0]]);
    set(store, 'b', 1);
    store.unload();
    expect(store.state).toBe('none');
    expect(store.get('b')).toBe(1);
    expect(isNotLoaded(() => store.get('a'))).toBe(true);
  });
});
