import {
  Infinitree,
  InfinitreeError,
  Key,
  kind,
  MemoryBackend,
  registerIndex,
  VersionedList,
  VersionedSet,
} from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { code, codeOf, collect } from './scene.js';

class Log {
  events = new VersionedList<string>();
  names = new VersionedSet<string>();
}
registerIndex(Log, {
  fields: [
    { property: 'events', name: 'events' },
    { property: 'names', name: 'names' },
  ],
});
class SparseLog {
  events = new VersionedList<{ readonly text: string }>();
}
registerIndex(SparseLog, { fields: [{ property: 'events', name: 'events', strategy: 'sparse' }] });

const key = Key.random();

async function createLog(backend: FailingBackend | MemoryBackend = new MemoryBackend()) {
  return Infinitree.create(Log, { backend, key, objectSize: 65_536 });
}

const openLog = (backend: MemoryBackend) => Infinitree.open(Log, { backend, key });

describe('a versioned list', () => {
  // The original stores the whole list at each commit and loads all of them: [1,2,3,1,2,1].
  test('holds each element once, however many commits it was made of', async () => {
    const backend = new MemoryBackend();
    const tree = await createLog(backend);
    for (const event of ['a', 'b', 'c']) {
      tree.index.events.push(event);
      await tree.commit();
    }
    const again = await openLog(backend);
    await again.load();
    expect([...again.index.events]).toEqual(['a', 'b', 'c']);
    expect(again.index.events.size).toBe(3);
  });

  test('is appended to without being loaded, and is not loaded by it', async () => {
    const backend = new MemoryBackend();
    const tree = await createLog(backend);
    tree.index.events.push('a');
    await tree.commit();
    const blind = await openLog(backend);
    blind.index.events.push('b', 'c');
    expect(await collect(blind.entries('events'))).toEqual([
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
    ]);
    await blind.commit();
    blind.index.events.push('d');
    expect(await codeOf(() => blind.index.events.size)).toBe(code('NOT_LOADED'));
    expect(await codeOf(() => blind.index.events.at(0))).toBe(code('NOT_LOADED'));
    expect(await codeOf(() => blind.index.events.values())).toBe(code('NOT_LOADED'));
    expect(await blind.getMany('events', [3, 0, 4, -1, 0.5])).toEqual(['d', 'a', undefined, undefined, undefined]);
    await blind.load('events');
    expect([...blind.index.events]).toEqual(['a', 'b', 'c', 'd']);
  });

  test('keeps its order over pushes before, during and after commits, read in between', async () => {
    const tree = await createLog();
    const { events } = tree.index;
    const expected: string[] = [];
    const commits: Promise<unknown>[] = [];
    for (let i = 0; i < 40; i++) {
      events.push(`${i}`);
      expected.push(`${i}`);
      expect(events.at(-1)).toBe(`${i}`);
      if (i % 3 === 0) commits.push(tree.commit());
      if (i % 7 === 0) await commits.at(-1);
      expect([...events]).toEqual(expected);
    }
    await Promise.all(commits);
    expect([...events.entries()]).toEqual([...expected.entries()]);
  });

  test('gives what it held when an iteration began, whatever is committed meanwhile', async () => {
    const tree = await createLog();
    tree.index.events.push('a', 'b', 'c');
    const seen: string[] = [];
    for (const event of tree.index.events) {
      seen.push(event);
      tree.index.events.push('later');
      await tree.commit();
    }
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(tree.index.events.size).toBe(6);
  });

  test('a commit that failed is made again with the elements in their order, before newer ones', async () => {
    const inner = new MemoryBackend({ heads: 'cas' });
    const backend = new FailingBackend(inner);
    const tree = await createLog(backend);
    tree.index.events.push('a');
    await tree.commit();
    tree.index.events.push('b', 'c');
    backend.fail({ verb: 'heads.cas', forever: true, error: () => new InfinitreeError('UNSUPPORTED', 'not today') });
    const failed = codeOf(() => tree.commit());
    tree.index.events.push('d');
    expect(await failed).toBe(code('UNSUPPORTED'));
    backend.heal();
    tree.index.events.push('e');
    expect([...tree.index.events]).toEqual(['a', 'b', 'c', 'd', 'e']);
    await tree.commit();
    expect([...tree.index.events]).toEqual(['a', 'b', 'c', 'd', 'e']);
    const again = await openLog(inner);
    expect(await collect(again.entries('events', { reverse: true, limit: 2 }))).toEqual([
      [4, 'e'],
      [3, 'd'],
    ]);
  });

  test('a commit of which nobody knew keeps its elements once, where it was stored', async () => {
    const inner = new MemoryBackend({ heads: 'cas' });
    const backend = new FailingBackend(inner);
    const tree = await createLog(backend);
    tree.index.events.push('a');
    backend.fail({ verb: 'heads.cas', when: 'after' });
    expect(await codeOf(() => tree.commit())).toBe(code('COMMIT_UNKNOWN'));
    backend.heal();
    tree.index.events.push('b');
    await tree.commit();
    expect([...tree.index.events]).toEqual(['a', 'b']);
    const again = await openLog(inner);
    await again.load();
    expect([...again.index.events]).toEqual(['a', 'b']);
  });

  test('two writers append to it, and neither loses anything', async () => {
    const backend = new MemoryBackend();
    const mine = await createLog(backend);
    const theirs = await openLog(backend);
    theirs.index.events.push('theirs');
    await theirs.commit();
    mine.index.events.push('mine');
    expect(await codeOf(() => mine.commit())).toBe(code('CONFLICT'));
    await mine.refresh();
    expect([...mine.index.events]).toEqual(['theirs', 'mine']);
    await mine.commit();
    expect([...mine.index.events]).toEqual(['theirs', 'mine']);
    await theirs.refresh();
    expect(await collect(theirs.entries('events'))).toEqual([
      [0, 'theirs'],
      [1, 'mine'],
    ]);
  });

  test('what is committed while it is loaded comes once', async () => {
    const backend = new MemoryBackend();
    const tree = await createLog(backend);
    tree.index.events.push('a');
    await tree.commit();
    const other = await openLog(backend);
    other.index.events.push('b');
    const loading = other.load('events');
    const committing = other.commit();
    other.index.events.push('c');
    await Promise.all([loading, committing]);
    expect([...other.index.events]).toEqual(['a', 'b', 'c']);
    await other.commit();
    expect([...other.index.events]).toEqual(['a', 'b', 'c']);
  });

  test('clear empties it, also blindly, and what is pushed then begins it anew', async () => {
    const backend = new MemoryBackend();
    const tree = await createLog(backend);
    tree.index.events.push('a', 'b');
    await tree.commit();
    const blind = await openLog(backend);
    blind.index.events.clear();
    blind.index.events.push('c');
    expect([...blind.index.events]).toEqual(['c']);
    await blind.commit();
    expect(blind.index.events.state).toBe('loaded');
    expect([...blind.index.events]).toEqual(['c']);
    expect(await collect((await blind.at('HEAD~1')).entries('events'))).toEqual([
      [0, 'a'],
      [1, 'b'],
    ]);
  });

  test('a clear made while a commit is on its way is not undone by it', async () => {
    const tree = await createLog();
    tree.index.events.push('a', 'b');
    const committing = tree.commit();
    tree.index.events.clear();
    tree.index.events.push('c');
    expect(tree.index.events.at(0)).toBe('c');
    await committing;
    expect([...tree.index.events]).toEqual(['c']);
    await tree.commit();
    expect([...tree.index.events]).toEqual(['c']);
  });

  test('at is that of arrays', async () => {
    const { events } = (await createLog()).index;
    events.push('a', 'b', 'c');
    for (const i of [0, 2, 3, -1, -3, -4, 1.7, -1.7, -0.5, Number.NaN, Number.POSITIVE_INFINITY, -Infinity]) {
      expect([i, events.at(i)]).toEqual([i, ['a', 'b', 'c'].at(i)]);
    }
  });

  test('forEach gives values and places, and the kind is told', async () => {
    const { events, names } = (await createLog()).index;
    events.push('a', 'b');
    const seen: unknown[] = [];
    events.forEach((event, place) => seen.push([place, event]));
    expect(seen).toEqual([...events.entries()]);
    expect([events[kind], names[kind]]).toEqual(['list', 'set']);
  });

  test('push takes all values or, where one cannot be stored, none', async () => {
    const tree = await createLog();
    expect(await codeOf(() => tree.index.events.push('a', (() => 1) as never))).toBe(code('INVALID_ARGUMENT'));
    expect(tree.index.events.size).toBe(0);
    expect(await tree.commit()).toBeUndefined();
  });

  test('is not loaded in part, and its ranges are places', async () => {
    const tree = await createLog();
    tree.index.events.push('a');
    await tree.commit();
    expect(await codeOf(() => tree.load('events', { where: () => true }))).toBe(code('INVALID_ARGUMENT'));
    expect(await codeOf(() => tree.entries('events', { gte: 'a' as never }))).toBe(code('INVALID_ARGUMENT'));
    const seen: unknown[] = [];
    await collect(tree.entries('events', { where: (place) => (seen.push(place), true) }));
    expect(seen).toEqual([0]);
  });

  test('a sparse one keeps its values apart, and fetches only those that are read', async () => {
    const inner = new MemoryBackend();
    const tree = await Infinitree.create(SparseLog, { backend: inner, key, objectSize: 65_536 });
    const text = (i: number) => `${i}`.repeat(200);
    for (let i = 0; i < 3000; i++) tree.index.events.push({ text: text(i) });
    await tree.commit();
    await tree.close();
    const backend = new FailingBackend(inner);
    const again = await Infinitree.open(SparseLog, { backend, key });
    expect(await again.get('events', 2)).toEqual({ text: text(2) });
    const before = backend.count('get');
    expect(await again.getMany('events', [3, 2999])).toEqual([{ text: text(3) }, { text: text(2999) }]);
    const few = backend.count('get') - before;
    expect(await collect(again.entries('events', { gte: 1500, lt: 1502 }))).toEqual([
      [1500, { text: text(1500) }],
      [1501, { text: text(1501) }],
    ]);
    const some = backend.count('get');
    await again.load();
    expect(again.index.events.at(-1)).toEqual({ text: text(2999) });
    expect(backend.count('get') - some).toBeGreaterThan(2 * few);
  });
});

describe('a versioned set', () => {
  test('adding what is there is no change, adding blindly is one', async () => {
    const backend = new MemoryBackend();
    const tree = await createLog(backend);
    expect(tree.index.names.add('a').add('a')).toBe(tree.index.names);
    await tree.commit();
    tree.index.names.add('a');
    expect(await tree.commit()).toBeUndefined();
    const blind = await openLog(backend);
    blind.index.names.add('a').add('b');
    blind.index.names.delete('c');
    expect(blind.index.names.has('b')).toBe(true);
    expect(await codeOf(() => blind.index.names.has('z'))).toBe(code('NOT_LOADED'));
    expect(await blind.commit()).toBeDefined();
    await blind.load();
    expect([...blind.index.names]).toEqual(['a', 'b']);
  });

  test('the elements are their own values', async () => {
    const tree = await createLog();
    tree.index.names.add('b').add('a').add('c');
    tree.index.names.retain((name) => name !== 'c');
    await tree.commit();
    expect(await tree.get('names', 'a')).toBe('a');
    expect(await tree.getMany('names', ['c', 'b'])).toEqual([undefined, 'b']);
    expect(await tree.has('names', 'c')).toBe(false);
    expect(await collect(tree.entries('names'))).toEqual([
      ['a', 'a'],
      ['b', 'b'],
    ]);
    expect(await collect(tree.entries('names', { keysOnly: true, gte: 'b' }))).toEqual([['b', undefined]]);
    const seen: string[] = [];
    tree.index.names.forEach((name) => seen.push(name));
    expect(seen).toEqual([...tree.index.names.keys()]);
    expect([...tree.index.names.values()]).toEqual(['a', 'b']);
    tree.index.names.clear();
    expect(tree.index.names.size).toBe(0);
  });

  test('can be loaded in part', async () => {
    const backend = new MemoryBackend();
    const tree = await createLog(backend);
    tree.index.names.add('a').add('b');
    await tree.commit();
    const again = await openLog(backend);
    await again.load('names', { where: (name) => name === 'a' });
    expect(again.index.names.state).toBe('partial');
    expect(again.index.names.has('a')).toBe(true);
    expect(await codeOf(() => again.index.names.has('b'))).toBe(code('NOT_LOADED'));
  });
});
