import {
  Infinitree,
  Key,
  MemoryBackend,
  registerIndex,
  Serialized,
  SnapshotMap,
  type StandardSchema,
  VersionedList,
  VersionedMap,
  VersionedSet,
} from '@infinitree/core';
import { code, codeOf, collect, errorOf } from './scene.js';

const key = Key.random();

class User {
  readonly friends: string[] = [];
  born: Date | undefined;
  constructor(public name: string) {}
  greet(): string {
    return `I am ${this.name}`;
  }
}
class Admin extends User {}

/** Accepts `{ n: number }` and gives it a default `unit`. */
const measure = schemaOf((value) => {
  const { n, unit = 'C' } = value as { n: unknown; unit?: string };
  return typeof n === 'number' ? { value: { n, unit } } : { issues: [{ message: `not ${String(n)}`, path: ['n'] }] };
});
const short = schemaOf((value) =>
  typeof value === 'string' && value.length < 5
    ? { value: value.toLowerCase() }
    : { issues: [{ message: 'secret' }, { message: 'secret', path: [{ key: 'deep' }, 0] }] },
);

function schemaOf(validate: (value: unknown) => unknown): StandardSchema {
  return { '~standard': { version: 1, vendor: 'test', validate } };
}

type Options = { readonly schema?: StandardSchema; readonly type?: typeof User };

/** A class of one field of each kind, with these options on all but where they make no sense. */
function classWith(options: Options) {
  class Shaped {
    map = new VersionedMap<string, unknown>();
    snapshot = new SnapshotMap<string, unknown>();
    list = new VersionedList<unknown>();
    cell = new Serialized<unknown>(null);
  }
  registerIndex(Shaped, {
    fields: ['map', 'snapshot', 'list', 'cell'].map((name) => ({ property: name, name, ...options })),
  });
  return Shaped;
}

async function treeWith(options: Options, backend = new MemoryBackend()) {
  return Infinitree.create(classWith(options), { backend, key, objectSize: 65_536 });
}

describe('schema', () => {
  test('checks what comes in, stores what it makes of it, and names field and paths but never the value', async () => {
    const tree = await treeWith({ schema: measure });
    const { map, snapshot, list, cell } = tree.index;
    const put = [
      (v: unknown) => map.set('a', v),
      (v: unknown) => map.insert(`new ${map.size}`, v),
      (v: unknown) => map.update('a', () => v),
      (v: unknown) => snapshot.set('a', v),
      (v: unknown) => list.push(v),
      (v: unknown) => {
        cell.value = v;
      },
    ];
    for (const change of put) {
      change({ n: 1 });
      const error = await errorOf(() => change({ n: 'secret' }));
      expect(error?.code).toBe(code('SCHEMA'));
      expect(error?.message).toMatch(/'(map|snapshot|list|cell)': a value does not fit its schema at \$\.n\.$/);
      expect(JSON.stringify([error?.message, error?.cause])).not.toContain('secret');
    }
    map.set('b', { n: 2, unit: 'K' });
    await tree.commit();
    const made = { n: 1, unit: 'C' };
    expect([map.get('a'), snapshot.get('a'), list.at(0), cell.value]).toEqual([made, made, made, made]);
    expect(await tree.get('map', 'b')).toEqual({ n: 2, unit: 'K' });
  });

  test('checks what is loaded or read, and completes it', async () => {
    const backend = new MemoryBackend();
    const old = await treeWith({}, backend);
    old.index.map.set('a', { n: 1 });
    old.index.list.push({ n: 1 });
    old.index.cell.value = { n: 1 };
    await old.commit();
    const tree = await Infinitree.open(classWith({ schema: measure }), { backend, key });
    const made = { n: 1, unit: 'C' };
    expect(await tree.get('map', 'a')).toEqual(made);
    expect(await collect(tree.entries('list'))).toEqual([[0, made]]);
    await tree.load();
    expect([tree.index.map.get('a'), tree.index.cell.value]).toEqual([made, made]);
    expect(await tree.commit()).toBeUndefined();

    old.index.map.set('a', { n: 'secret' });
    await old.commit();
    expect(await codeOf(() => tree.refresh())).toBe(code('SCHEMA'));
    const strict = await Infinitree.open(classWith({ schema: measure }), { backend, key });
    for (const read of [() => strict.load(), () => strict.get('map', 'a'), () => strict.entries('map')]) {
      const error = await errorOf(read);
      expect(error?.code).toBe(code('SCHEMA'));
      expect(error?.message).toContain(`'map'`);
      expect(error?.message).not.toContain('secret');
    }
    expect(strict.index.cell.state).toBe('none');
  });

  test('checks the elements of a set', async () => {
    class Words {
      words = new VersionedSet<string>();
    }
    registerIndex(Words, { fields: [{ property: 'words', name: 'words', schema: short }] });
    const backend = new MemoryBackend();
    const tree = await Infinitree.create(Words, { backend, key });
    tree.index.words.add('Ab');
    const error = await errorOf(() => tree.index.words.add('secretive'));
    expect(error?.message).toBe("The field 'words': a value does not fit its schema at $, $.deep.0.");
    expect([...tree.index.words]).toEqual(['ab']);
    await tree.commit();
    const again = await Infinitree.open(Words, { backend, key });
    await again.load();
    expect([...again.index.words]).toEqual(['ab']);
  });

  test('is called synchronously, and whatever it throws is SCHEMA', async () => {
    const later = await treeWith({ schema: schemaOf(() => Promise.reject(new Error('late'))) });
    expect((await errorOf(() => later.index.list.push(1)))?.message).toContain('asynchronous');
    const cause = new Error('broken');
    const broken = await treeWith({
      schema: schemaOf(() => {
        throw cause;
      }),
    });
    const error = await errorOf(() => broken.index.list.push(1));
    expect([error?.code, error?.cause]).toEqual([code('SCHEMA'), cause]);
  });

  test.each([
    ['a promise of another kind', { then: (done: (result: unknown) => void) => done({ value: 1 }) }, 'asynchronous'],
    ['an object that says nothing', {}, 'neither a value nor issues'],
    ['no issues, and that alone,', { issues: undefined }, 'neither a value nor issues'],
    ['nothing', undefined, 'neither a value nor issues'],
    ['null for issues', { issues: null }, 'neither a value nor issues'],
    ['a word for issues', { issues: 'no' }, 'neither a value nor issues'],
    ['an issue that is none', { issues: [null] }, 'neither a value nor issues'],
    ['an issue whose path is none', { issues: [{ path: 'ab' }] }, 'neither a value nor issues'],
    ['an issue with nothing in its path', { issues: [{ path: [null] }] }, 'neither a value nor issues'],
    ['a value beside an empty list of issues', { value: 1, issues: [] }, 'neither a value nor issues'],
    ['a word', 'valid', 'neither a value nor issues'],
  ])('that gives %s is refused, and stores nothing', async (_, result, message) => {
    const tree = await treeWith({ schema: schemaOf(() => result) });
    const error = await errorOf(() => tree.index.map.set('a', 1));
    expect([error?.code, error?.message]).toEqual([code('SCHEMA'), expect.stringContaining(message)]);
    expect(await tree.commit()).toBeUndefined();
  });
});

describe('type', () => {
  test('gives instances back, frozen shallowly, the same one each time', async () => {
    const backend = new MemoryBackend();
    const tree = await treeWith({ type: User }, backend);
    const { map, snapshot, list, cell } = tree.index as unknown as {
      map: VersionedMap<string, User>;
      snapshot: SnapshotMap<string, User>;
      list: VersionedList<User>;
      cell: Serialized<User>;
    };
    const given = new User('Ada');
    given.friends.push('Charles');
    map.set('a', given);
    snapshot.set('a', given);
    list.push(given);
    cell.value = given;
    expect(map.get('a')).toBeInstanceOf(User);
    await tree.commit();
    snapshot.set('a', map.get('a')!);
    expect(await tree.commit()).toBeUndefined();

    const again = await Infinitree.open(classWith({ type: User }), { backend, key });
    const read: unknown = await again.get('map', 'a');
    expect((read as User).greet()).toBe('I am Ada');
    await again.load();
    const { index } = again as unknown as { index: { [K in 'map' | 'snapshot']: VersionedMap<string, User> } };
    const loaded = [
      index.map.get('a'),
      index.snapshot.get('a'),
      again.index.list.at(0) as User,
      again.index.cell.value as User,
    ];
    for (const user of loaded) {
      expect(user).toEqual(given);
      expect(Object.getPrototypeOf(user)).toBe(User.prototype);
      expect(Object.isFrozen(user)).toBe(true);
    }
    expect(index.map.get('a')).toBe(index.map.get('a'));
    index.map.update('a', (old) => Object.assign(new User('Bea'), { friends: [...old.friends, 'x'] }));
    expect(index.map.get('a')?.friends).toEqual(['Charles', 'x']);
  });

  test('an instance that holds a date is a fresh copy each time', async () => {
    const tree = await treeWith({ type: User });
    const map = tree.index.map as unknown as VersionedMap<string, User>;
    const user = new User('Ada');
    user.born = new Date(0);
    map.set('a', user);
    user.born.setTime(5);
    (map.get('a') as User).born?.setTime(7);
    expect(map.get('a')?.born).toEqual(new Date(0));
    expect(map.get('a')).toBeInstanceOf(User);
  });

  test('refuses what is no instance of the class itself, and data that none could be made of', async () => {
    const backend = new MemoryBackend();
    const tree = await treeWith({ type: User }, backend);
    for (const value of [new Admin('root'), { name: 'Ada', friends: [] }, new Map(), 'Ada', null, [1]]) {
      expect(await codeOf(() => tree.index.list.push(value))).toBe(code('SCHEMA'));
    }
    const other = await treeWith({}, new MemoryBackend());
    expect(await codeOf(() => other.index.list.push(new User('Ada')))).toBe(code('INVALID_ARGUMENT'));

    const plainBackend = new MemoryBackend();
    const plain = await treeWith({}, plainBackend);
    plain.index.list.push('a text');
    await plain.commit();
    const typed = await Infinitree.open(classWith({ type: User }), { backend: plainBackend, key });
    expect(await codeOf(() => typed.load())).toBe(code('SCHEMA'));
  });

  test('accessors of the class are not called when an instance is made', async () => {
    const calls: unknown[] = [];
    class Guarded {
      constructor(public n: number) {}
    }
    Object.defineProperty(Guarded.prototype, 'extra', { set: (value) => calls.push(value) });
    const instance = Object.defineProperty(new Guarded(1), 'extra', { value: 2, enumerable: true });
    const tree = await treeWith({ type: Guarded as never });
    tree.index.map.set('a', instance);
    expect(tree.index.map.get('a')).toEqual(instance);
    expect(calls).toEqual([]);
  });

  test('is not for sets, and goes with a schema that gives instances', async () => {
    class Words {
      words = new VersionedSet<string>();
    }
    registerIndex(Words, { fields: [{ property: 'words', name: 'words', type: User }] });
    expect(await codeOf(() => Infinitree.create(Words, { backend: new MemoryBackend(), key }))).toBe(code('SCHEMA'));

    const named = schemaOf((value) => {
      const { name } = value as { name: unknown };
      return name === '' ? { issues: [{ message: 'empty', path: ['name'] }] } : { value };
    });
    const backend = new MemoryBackend();
    const tree = await treeWith({ schema: named, type: User }, backend);
    tree.index.list.push(new User('Ada'));
    expect(await codeOf(() => tree.index.list.push(new User('')))).toBe(code('SCHEMA'));
    await tree.commit();
    const again = await Infinitree.open(classWith({ schema: named, type: User }), { backend, key });
    await again.load();
    expect(again.index.list.at(0)).toBeInstanceOf(User);
  });
});
