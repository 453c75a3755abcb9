import {
  type FieldRecord,
  Infinitree,
  Key,
  kind,
  MemoryBackend,
  registerIndex,
  Serialized,
  VersionedMap,
} from '@infinitree/core';
import { code, codeOf, errorOf, KINDS, OBJECT_SIZE } from './scene.js';

type Fields = readonly (Partial<FieldRecord> & { readonly property: string })[];

/** Declares a class; stored names are the properties unless told. */
function declare<C extends new () => object>(target: C, fields: Fields): C {
  registerIndex(target, { fields: fields.map((field) => ({ name: field.property, ...field })) });
  return target;
}

function create<T extends object>(target: new () => T) {
  const backend = new MemoryBackend();
  const key = Key.random();
  return Infinitree.create(target, { backend, key, objectSize: OBJECT_SIZE });
}

async function refused(target: new () => object, ...naming: readonly string[]): Promise<void> {
  const error = await errorOf(() => create(target));
  expect(error).toMatchObject({ code: code('SCHEMA') });
  for (const name of naming) expect(error?.message).toContain(name);
}

describe('what is no index is SCHEMA, before storage is asked', () => {
  test('a class without @Index', async () => {
    class Bare {
      map = new VersionedMap<string, number>();
    }

    await refused(Bare, 'Bare', '@Index()');
    // The backend is never opened.
    const options = { backend: 'nowhere:', key: Key.random() };
    expect(await codeOf(() => Infinitree.open(Bare, options))).toBe(code('SCHEMA'));
    expect(await codeOf(() => Infinitree.create(Bare, options))).toBe(code('SCHEMA'));
    expect(await codeOf(() => Infinitree.openOrCreate(Bare, options))).toBe(code('SCHEMA'));
  });

  test('a subclass of an index class that is not declared itself', async () => {
    class Base {
      map = new VersionedMap<string, number>();
    }
    declare(Base, [{ property: 'map' }]);
    class Derived extends Base {}

    await refused(Derived, 'Derived');
  });

  test('a property that holds a field and was not declared', async () => {
    class Forgotten {
      map = new VersionedMap<string, number>();
      extra = new Serialized(0);
    }

    await refused(declare(Forgotten, [{ property: 'map' }]), 'Forgotten', '"extra"', '@Skip()');
  });

  test('a declared property that holds no field', async () => {
    class Plain {
      map: unknown = new Map();
    }
    class Lookalike {
      map = { [kind]: 'map', state: 'loaded' };
    }
    class Missing {}
    class Nothing {
      map = null;
    }

    for (const target of [Plain, Lookalike, Missing, Nothing]) {
      await refused(declare(target, [{ property: 'map' }]), target.name, '"map"');
    }
  });

  test('a field that two properties, or two instances, share', async () => {
    const shared = new VersionedMap<string, number>();
    class Twice {
      a = shared;
      b = shared;
    }
    class Global {
      map = global;
    }
    const global = new VersionedMap<string, number>();

    await refused(declare(Twice, [{ property: 'a' }, { property: 'b' }]), 'Twice');
    const tree = await create(declare(Global, [{ property: 'map' }]));
    await tree.commit({ mode: 'always' });
    expect(await codeOf(() => tree.at('HEAD'))).toBe(code('SCHEMA'));
    expect(tree.index.map.set('a', 1).size).toBe(1);
  });

  test('a strategy there is not, and sparse on a single value', async () => {
    class Strategies {
      map = new VersionedMap<string, number>();
      cell = new Serialized(0);
    }

    await refused(declare(class extends Strategies {}, [{ property: 'map', strategy: 'spars' }, { property: 'cell' }]));
    await refused(
      declare(class extends Strategies {}, [{ property: 'map' }, { property: 'cell', strategy: 'sparse' }]),
    );
  });
});

describe('a property that is skipped', () => {
  class Skipping {
    map = new VersionedMap<string, number>();
    cache = new VersionedMap<string, number>();
    cell = new Serialized('unset');
    plain = 3;
  }
  declare(Skipping, [
    { property: 'map' },
    { property: 'cache', skip: true },
    { property: 'cell', skip: true },
    { property: 'plain', skip: true },
  ]);

  test('is an ordinary field in memory that is never stored', async () => {
    const backend = new MemoryBackend();
    const key = Key.random();
    const tree = await Infinitree.create(Skipping, { backend, key, objectSize: OBJECT_SIZE });
    tree.index.cache.set('a', 1);
    tree.index.cell.value = 'set';
    expect([...tree.index.cache]).toEqual([['a', 1]]);
    expect(await tree.commit()).toBeUndefined();
    await tree.close();

    const again = await Infinitree.open(Skipping, { backend, key });
    expect(again.index.cache.size).toBe(0);
    expect(again.index.cell.value).toBe('unset');
    expect(again.index.plain).toBe(3);
    expect(await codeOf(() => again.load('cache'))).toBe(code('INVALID_ARGUMENT'));
  });
});

describe('one stored name', () => {
  class AsMap {
    data = new VersionedMap<string, number>();
  }
  class AsCell {
    value = new Serialized(0);
  }
  class AsBoth {
    value = new Serialized(0);
    data = new VersionedMap<string, number>();
  }
  declare(AsMap, [{ property: 'data', name: 'd' }]);
  declare(AsCell, [{ property: 'value', name: 'd' }]);
  declare(AsBoth, [
    { property: 'value', name: 'v' },
    { property: 'data', name: 'd' },
  ]);

  test.each([1, 400])('of two stored types is SCHEMA, after %p commits', async (count) => {
    const backend = new MemoryBackend();
    const key = Key.random();
    const tree = await Infinitree.create(AsMap, { backend, key, objectSize: OBJECT_SIZE });
    for (let i = 0; i < count; i++) {
      tree.index.data.set(String(i % 7), i);
      await tree.commit();
    }
    await tree.close();

    const error = await errorOf(() => Infinitree.open(AsCell, { backend, key }));
    expect(error).toMatchObject({ code: code('SCHEMA') });
    expect(error?.message).toContain('"value"');
    expect(error?.message).toContain('"d"');
    expect(await codeOf(() => Infinitree.open(AsCell, { backend, key, readonly: true }))).toBe(code('SCHEMA'));
    // The failed opening holds nothing.
    const again = await Infinitree.open(AsBoth, { backend, key });
    await again.load();
    expect(again.index.value.value).toBe(0);
    expect(again.index.data.size).toBe(Math.min(count, 7));
  });
});

describe.each(KINDS)('a stored field that the class no longer declares, %s heads', (heads) => {
  class Before {
    kept = new VersionedMap<string, number>();
    gone = new VersionedMap<number, string>();
    cell = new Serialized(0);
  }
  class Meanwhile {
    kept = new VersionedMap<string, number>();
  }
  declare(Before, [{ property: 'kept' }, { property: 'gone', strategy: 'local' }, { property: 'cell' }]);
  declare(Meanwhile, [{ property: 'kept' }]);

  test('survives commits and folds untouched, and is there again when declared again', async () => {
    const backend = new MemoryBackend({ heads });
    const key = Key.random();
    const first = await Infinitree.create(Before, { backend, key, objectSize: OBJECT_SIZE });
    for (let i = 0; i < 1000; i++) first.index.gone.set(i, `value ${i} ${Math.sin(i)}`);
    first.index.gone.delete(5);
    first.index.cell.value = 7;
    await first.commit('large');
    first.index.gone.set(1, 'small');
    await first.commit('small');
    await first.close();

    const tree = await Infinitree.open(Meanwhile, { backend, key });
    expect(await codeOf(() => tree.load('gone' as never))).toBe(code('INVALID_ARGUMENT'));
    for (let i = 0; i < 600; i++) {
      tree.index.kept.set(String(i % 10), i);
      await tree.commit();
    }
    await tree.close();

    const again = await Infinitree.open(Before, { backend, key });
    expect(await again.get('gone', 1)).toBe('small');
    await again.load();
    expect(again.index.gone.size).toBe(999);
    expect(again.index.gone.get(999)).toBe(`value 999 ${Math.sin(999)}`);
    expect(again.index.cell.value).toBe(7);
    expect(again.index.kept.get('9')).toBe(599);
    const past = await again.at('HEAD~601');
    expect(await past.get('gone', 1)).toBe(`value 1 ${Math.sin(1)}`);
  });
});
