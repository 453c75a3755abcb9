import {
  type AnyField,
  CustomField,
  type DeepReadonly,
  type IndexKey,
  Infinitree,
  Key,
  kind,
  MemoryBackend,
  registerIndex,
  Serialized,
  SnapshotMap,
  VersionedList,
  VersionedMap,
} from '@infinitree/core';
import { code, codeOf, collect, errorOf, OBJECT_SIZE } from './scene.js';

/** Several times each: counts by element. */
class Multiset<K extends IndexKey> extends CustomField<VersionedMap<K, number>> {
  constructor() {
    super({ name: 'test/multiset', kind: 'map', inner: new VersionedMap() });
  }

  add(element: K): void {
    this.inner.set(element, (this.inner.get(element) ?? 0) + 1);
  }

  count(element: K): number {
    return this.inner.get(element) ?? 0;
  }
}

interface Book {
  readonly title: string;
  readonly author: string;
}

/** A map that finds books by their author as well; that index is made anew whenever what it was made of has changed. */
class Library extends CustomField<VersionedMap<number, Book>> {
  indexed = 0;
  #byAuthor = new Map<string, number[]>();
  #revision = -1;

  constructor() {
    super({ name: 'test/library', kind: 'map', inner: new VersionedMap() });
  }

  set(id: number, book: Book): void {
    this.inner.set(id, book);
  }

  get(id: number): DeepReadonly<Book> | undefined {
    return this.inner.get(id);
  }

  insertTwice(id: number, book: Book): void {
    this.inner.insert(id, book);
    this.inner.insert(id, book);
  }

  clear(): void {
    this.inner.clear();
  }

  by(author: string): readonly number[] {
    if (this.#revision !== this.revision) {
      this.indexed += 1;
      this.#byAuthor = new Map();
      for (const [id, { author }] of this.inner)
        this.#byAuthor.set(author, [...(this.#byAuthor.get(author) ?? []), id]);
      this.#revision = this.revision;
    }
    return this.#byAuthor.get(author) ?? [];
  }
}

/** The largest value, kept in a list that is nobody else's business. */
class Maximum extends CustomField<VersionedList<number>, 'cell'> {
  constructor(name = 'test/maximum') {
    super({ name, kind: 'cell', inner: new VersionedList() });
  }

  observe(value: number): void {
    this.inner.push(value);
  }

  get value(): number {
    return Math.max(...this.inner);
  }
}

class Shop {
  stock = new Multiset<string>();
  books = new Library();
  peak = new Maximum();
}
registerIndex(Shop, {
  fields: [
    { property: 'stock', name: 'stock', strategy: 'sparse' },
    { property: 'books', name: 'books' },
    { property: 'peak', name: 'peak' },
  ],
});

const key = Key.random();
const dune = { title: 'Dune', author: 'Herbert' };
const emma = { title: 'Emma', author: 'Austen' };

function createShop(backend: MemoryBackend = new MemoryBackend()) {
  return Infinitree.create(Shop, { backend, key, objectSize: OBJECT_SIZE });
}

async function filled() {
  const backend = new MemoryBackend();
  await using tree = await createShop(backend);
  const { stock, books, peak } = tree.index;
  for (const element of ['a', 'b', 'a']) stock.add(element);
  books.set(1, dune);
  books.set(2, emma);
  peak.observe(7);
  await tree.commit();
  return backend;
}

describe('a field type of one’s own', () => {
  test('is stored and loaded as the field inside', async () => {
    await using tree = await Infinitree.open(Shop, { backend: await filled(), key });
    const { stock, books, peak } = tree.index;
    expect([stock.state, books.state, peak.state]).toEqual(['none', 'none', 'none']);
    await tree.load();
    expect([stock.state, stock.count('a'), stock.count('c')]).toEqual(['loaded', 2, 0]);
    expect([books.by('Herbert'), peak.value]).toEqual([[1], 7]);
  });

  test('of the kind of the field inside shows its entries', async () => {
    await using tree = await Infinitree.open(Shop, { backend: await filled(), key });
    const counted: number | undefined = await tree.get('stock', 'a');
    expect(counted).toBe(2);
    expect(await tree.has('books', 3)).toBe(false);
    expect(await collect(tree.entries('stock', { gte: 'b' }))).toEqual([['b', 1]]);
    await tree.load('books', { where: (id) => id === 1 });
    expect([tree.index.books.state, tree.index.books.get(1)]).toEqual(['partial', dune]);
  });

  test('of the kind cell shows none, and is loaded as a whole', async () => {
    await using tree = await Infinitree.open(Shop, { backend: await filled(), key });
    const name = 'peak' as never;
    expect(await codeOf(() => tree.get(name, 0 as never))).toBe(code('INVALID_ARGUMENT'));
    expect(await codeOf(() => tree.entries(name))).toBe(code('INVALID_ARGUMENT'));
    const error = await errorOf(() => tree.index.peak.value);
    expect(error).toMatchObject({ code: code('NOT_LOADED') });
    expect(error?.message).toBe(`The field 'peak' is not in memory: load it with await tree.load('peak').`);
    await tree.load('peak', { where: () => false });
    expect(tree.index.peak.value).toBe(7);
  });

  test('says of which kind it is', () => {
    expect([new Library()[kind], new Maximum()[kind]]).toEqual(['map', 'cell']);
  });

  test('may be the only field of a tree', async () => {
    const backend = new MemoryBackend();
    await using tree = await Infinitree.create(Maximum, { backend, key, objectSize: OBJECT_SIZE });
    tree.index.observe(3);
    await tree.commit();
    await using reader = await Infinitree.open(Maximum, { backend, key, readonly: true });
    await reader.load('root');
    expect(reader.index.value).toBe(3);
  });

  test('may be built on another one', async () => {
    class Both extends CustomField<Maximum, 'cell'> {
      constructor() {
        super({ name: 'test/both', kind: 'cell', inner: new Maximum() });
      }
      get negated() {
        return -this.inner.value;
      }
      observe(value: number) {
        this.inner.observe(value);
      }
    }
    const backend = new MemoryBackend();
    await using tree = await Infinitree.create(Both, { backend, key, objectSize: OBJECT_SIZE });
    tree.index.observe(3);
    await tree.commit();
    await using reader = await Infinitree.open(Both, { backend, key, readonly: true });
    await reader.load();
    expect(reader.index.negated).toBe(-3);
  });
});

describe('what is computed from the field inside', () => {
  test('is computed once for each change of it, whoever made it', async () => {
    const backend = await filled();
    await using tree = await Infinitree.open(Shop, { backend, key });
    const { books } = tree.index;
    const indexes = (author: string) => {
      const before = books.indexed;
      const found = books.by(author);
      expect(books.by(author)).toEqual(found);
      return [found, books.indexed - before];
    };
    await tree.load('books');
    expect(indexes('Herbert')).toEqual([[1], 1]);
    await tree.commit('nothing');
    expect(indexes('Herbert')).toEqual([[1], 0]);
    books.set(3, dune);
    expect(indexes('Herbert')).toEqual([[1, 3], 1]);
    await tree.commit('one more');
    expect(indexes('Herbert')).toEqual([[1, 3], 0]);

    await using other = await Infinitree.open(Shop, { backend, key, takeover: true });
    other.index.books.set(4, dune);
    await other.commit('by somebody else');
    await tree.refresh();
    expect(indexes('Herbert')).toEqual([[1, 3, 4], 1]);
    await tree.load('books', { commits: { single: 'HEAD' } });
    expect(indexes('Herbert')).toEqual([[4], 1]);
    await tree.load('books');
    expect(indexes('Herbert')).toEqual([[1, 3, 4], 1]);
    books.insertTwice(5, dune);
    expect(indexes('Herbert')).toEqual([[1, 3, 4, 5], 1]);
    books.clear();
    expect(indexes('Herbert')).toEqual([[], 1]);
  });

  test('is not right any more once it cannot be read: what an unloaded field committed, or a closed one', async () => {
    class Cached extends CustomField<VersionedMap<string, number>> {
      #memo: { readonly revision: number; readonly value: number | undefined } | undefined;
      constructor() {
        super({ name: 'test/cached', kind: 'map', inner: new VersionedMap() });
      }
      set(value: number): void {
        this.inner.set('only', value);
      }
      get value(): number | undefined {
        if (this.#memo?.revision !== this.revision) {
          this.#memo = { value: this.inner.get('only'), revision: this.revision };
        }
        return this.#memo.value;
      }
    }
    const backend = new MemoryBackend();
    await (await Infinitree.create(Cached, { backend, key, objectSize: OBJECT_SIZE })).close();
    await using tree = await Infinitree.open(Cached, { backend, key });
    tree.index.set(1);
    expect(tree.index.value).toBe(1);
    await tree.commit();
    expect(await codeOf(() => tree.index.value)).toBe(code('NOT_LOADED'));
    await tree.load();
    expect(tree.index.value).toBe(1);
    await tree.close();
    expect(await codeOf(() => tree.index.value)).toBe(code('CLOSED'));
  });
});

describe('data of another type are told apart', () => {
  function shopWith(stock: () => AnyField) {
    class Other {
      stock = stock();
    }
    registerIndex(Other, { fields: [{ property: 'stock', name: 'stock' }] });
    return Other;
  }

  class Bag extends CustomField<VersionedMap<string, number>> {
    constructor() {
      super({ name: 'test/bag', kind: 'map', inner: new VersionedMap() });
    }
  }
  class OtherInside extends CustomField<SnapshotMap<string, number>> {
    constructor() {
      super({ name: 'test/multiset', kind: 'map', inner: new SnapshotMap() });
    }
  }

  test.each<[string, () => AnyField]>([
    ['the field inside', () => new VersionedMap()],
    ['another type over the same field', () => new Bag()],
    ['the same name over another field', () => new OtherInside()],
  ])('%s', async (_, stock) => {
    const backend = await filled();
    const error = await errorOf(() => Infinitree.open(shopWith(stock), { backend, key }));
    expect(error).toMatchObject({ code: code('SCHEMA') });
    expect(error?.message).toContain('test/multiset:versioned-map');
  });

  test('also when it is moved', async () => {
    class Moved {
      stock = new VersionedMap<string, number>();
    }
    registerIndex(Moved, { fields: [{ property: 'stock', name: 'new', from: 'stock' }] });
    expect(await codeOf(async () => Infinitree.open(Moved, { backend: await filled(), key }))).toBe(code('SCHEMA'));
  });
});

describe('what cannot be a field type is INVALID_ARGUMENT', () => {
  const make = (parts: object) => () => {
    class Any extends CustomField<AnyField> {
      constructor() {
        super({ name: 'test/any', kind: 'map', inner: new VersionedMap(), ...parts });
      }
    }
    return new Any();
  };

  test.each<[string, object]>([
    ['no name', { name: '' }],
    ['a name that divides itself', { name: 'a:b' }],
    ['a name too long', { name: 'a'.repeat(101) }],
    ['a name that is none', { name: undefined }],
    ['a map over a list', { inner: new VersionedList() }],
    ['a list over a map', { kind: 'list' }],
    ['a map over a cell', { inner: new Serialized(0) }],
    ['a kind that there is not', { kind: 'bag' }],
    ['what is no field inside', { inner: new Map() }],
  ])('%s', async (_, parts) => {
    expect(await codeOf(make(parts))).toBe(code('INVALID_ARGUMENT'));
  });

  test('while a good one is taken', () => {
    expect(make({})()[kind]).toBe('map');
  });

  test('two fields over the same one are SCHEMA', async () => {
    class Shared extends CustomField<VersionedMap<string, number>> {
      constructor(inner: VersionedMap<string, number>) {
        super({ name: 'test/shared', kind: 'map', inner });
      }
    }
    class Two {
      inner = new VersionedMap<string, number>();
      outer = new Shared(this.inner);
    }
    registerIndex(Two, {
      fields: [
        { property: 'inner', name: 'inner' },
        { property: 'outer', name: 'outer' },
      ],
    });
    expect(await codeOf(() => Infinitree.create(Two, { backend: new MemoryBackend(), key }))).toBe(code('SCHEMA'));
  });
});

// These compile, or do not, and are never called.
export function types(tree: Infinitree<Shop>): unknown {
  const list = new VersionedList<number>();
  class Wrong extends CustomField<VersionedList<number>> {
    constructor() {
      // @ts-expect-error -- a list is no map
      super({ name: 'test/wrong', kind: 'map', inner: list });
    }
  }
  // @ts-expect-error -- nor can it be declared as one
  abstract class Declared extends CustomField<VersionedList<number>, 'map'> {}
  // @ts-expect-error -- a cell has no entries
  const ofCell = () => tree.get('peak', 1);
  // @ts-expect-error -- nor has the map keys of another type
  const ofMap = () => tree.get('stock', 1);
  // @ts-expect-error -- what is inside is for the class itself
  const inside = () => tree.index.stock.inner;
  return [Wrong, Declared, ofCell, ofMap, inside];
}
