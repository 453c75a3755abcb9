import { indexRecordOf } from '@infinitree/core';
import { defineIndex, Field, Index, Skip } from '@infinitree/schema';
import { fieldsOf, loose, namesOf, schemaError } from './helpers.js';
import { Serialized, VersionedMap } from './stand-ins.js';

@Index()
class Base {
  @Field({ name: 'one' }) first = new Serialized(0);
  @Field() second: Serialized<unknown> = new Serialized(0);
  @Skip() third: unknown = 0;
}

const OF_BASE = [
  { property: 'first', name: 'one' },
  { property: 'second', name: 'second' },
  { property: 'third', name: 'third', skip: true },
];

test('a subclass has the fields of its base first, then its own', () => {
  @Index()
  class Derived extends Base {
    @Field() added = new Serialized(0);
  }

  expect(fieldsOf(Derived)).toStrictEqual([...OF_BASE, { property: 'added', name: 'added' }]);
});

test('the base is not changed by its subclasses, nor these by one another', () => {
  @Index()
  class Left extends Base {
    @Field() left = new Serialized(0);
    @Field({ name: 'changed' }) override second = new Serialized('');
  }
  @Index()
  class Right extends Base {
    @Field() right = new Serialized(0);
  }

  expect(fieldsOf(Base)).toStrictEqual(OF_BASE);
  expect(namesOf(Left).at(-1)).toEqual(['left', 'left']);
  expect(namesOf(Right)).toEqual([...OF_BASE.map(({ property, name }) => [property, name]), ['right', 'right']]);
});

test('overriding a property replaces its whole record in its place', () => {
  @Index()
  class Derived extends Base {
    @Field() added = new Serialized(0);
    @Field({ strategy: 'sparse' }) override third = new VersionedMap<string, number>();
    @Field({ from: 'second' }) override first = new Serialized(0);
  }

  expect(fieldsOf(Derived)).toStrictEqual([
    { property: 'first', name: 'first', from: 'second' },
    { property: 'second', name: 'second' },
    { property: 'third', name: 'third', strategy: 'sparse' },
    { property: 'added', name: 'added' },
  ]);
});

test('overriding without a decorator keeps the record of the base', () => {
  @Index()
  class Derived extends Base {
    override first = new Serialized(1);
  }

  expect(fieldsOf(Derived)).toStrictEqual(OF_BASE);
});

test('a subclass can skip what its base stores, which frees the stored name', () => {
  @Index()
  class Derived extends Base {
    @Skip() override first = new Serialized(0);
    @Field({ name: 'one' }) instead = new Serialized(0);
  }

  expect(fieldsOf(Derived)[0]).toStrictEqual({ property: 'first', name: 'first', skip: true });
  expect(namesOf(Derived).at(-1)).toEqual(['instead', 'one']);
});

test('a base without @Index() hands its fields on and is no index itself', () => {
  class Carrier {
    @Field() carried = new Serialized(0);
  }
  class Between extends Carrier {
    notDeclared = 0;
  }
  class SecondCarrier extends Between {
    @Field() carriedToo = new Serialized(0);
  }
  @Index()
  class Derived extends SecondCarrier {
    @Field() own = new Serialized(0);
  }

  expect(namesOf(Derived).map(([property]) => property)).toEqual(['carried', 'carriedToo', 'own']);
  expect(indexRecordOf(Carrier)).toBeUndefined();
  expect(indexRecordOf(SecondCarrier)).toBeUndefined();
});

test('a subclass without @Index() is no index', () => {
  class Derived extends Base {
    @Field() added = new Serialized(0);
  }

  expect(indexRecordOf(Derived)).toBeUndefined();
  expect(new Derived().added.value).toBe(0);
});

test('abstract and generic bases are inherited from like any other', () => {
  @Index()
  abstract class Store<V> {
    @Field({ strategy: 'sparse' }) values = new VersionedMap<string, V>();
  }
  @Index()
  class Numbers extends Store<number> {
    @Field() total = new Serialized(0);
  }
  @Index()
  class Texts extends Store<string> {}

  const inherited = { property: 'values', name: 'values', strategy: 'sparse' };
  expect(fieldsOf(Numbers)).toStrictEqual([inherited, { property: 'total', name: 'total' }]);
  expect(fieldsOf(Texts)).toStrictEqual([inherited]);
});

test('a class that extends null or a built-in class has nothing to inherit', () => {
  class Errors extends Error {}
  class Nothing extends (null as unknown as ObjectConstructor) {}
  defineIndex(Errors, {});
  defineIndex(Nothing, {});

  expect([fieldsOf(Errors), fieldsOf(Nothing)]).toEqual([[], []]);
});

describe('a mixin', () => {
  const withTags = (target: new () => object) => {
    class Tagged extends target {
      tags = new VersionedMap<string, number>();
    }
    return defineIndex(Tagged, { tags: { strategy: 'sparse' } });
  };

  test('adds its fields to the class it is given', () => {
    expect(namesOf(withTags(Base)).map(([property]) => property)).toEqual(['first', 'second', 'third', 'tags']);
    expect(namesOf(withTags(class {}))).toEqual([['tags', 'tags']]);
  });
});

describe('another class decorator that replaces the class', () => {
  const tagged = (target: new () => object, _context?: unknown): never => {
    class Tagged extends target {
      @Field() tags = new Serialized(0);
    }
    return Tagged as never;
  };

  test('may stand below @Index(), and may declare fields itself', () => {
    @Index()
    @tagged
    class Plants {
      @Field() a = new Serialized(0);
    }

    expect(Plants.name).toBe('Tagged');
    expect(namesOf(Plants).map(([property]) => property)).toEqual(['a', 'tags']);
  });

  test('hides the index where it stands above', () => {
    @tagged
    @Index()
    class Plants {
      @Field() a = new Serialized(0);
    }

    expect(indexRecordOf(Plants)).toBeUndefined();
    expect(namesOf(Object.getPrototypeOf(Plants) as object)).toEqual([['a', 'a']]);
  });
});

describe('mixed forms', () => {
  test('defineIndex on a subclass inherits from a decorated base', () => {
    class Derived extends Base {
      added = new Serialized(0);
    }
    defineIndex(Derived, { added: {}, first: { skip: true } });

    expect(fieldsOf(Derived)).toStrictEqual([
      { property: 'first', name: 'first', skip: true },
      ...OF_BASE.slice(1),
      { property: 'added', name: 'added' },
    ]);
    expect(fieldsOf(Base)).toStrictEqual(OF_BASE);
  });

  test('a decorated subclass inherits from a defined base', () => {
    class Defined {
      a = new Serialized(0);
      b = new Serialized(0);
    }
    defineIndex(Defined, { a: { name: 'stored' } });
    @Index()
    class Derived extends Defined {
      @Field() c = new Serialized(0);
    }

    expect(namesOf(Derived)).toEqual([
      ['a', 'stored'],
      ['c', 'c'],
    ]);
  });

  // What compilers emit for `@Field()` in each dialect, up to the parts of the context that do not matter here.
  const emitted = {
    legacy: (target: new () => object) => {
      loose.Field()(target.prototype, 'carried');
    },
    standard: (target: new () => object) => {
      const metadata = {};
      loose.Field()(undefined, { kind: 'field', name: 'carried', static: false, private: false, metadata });
      Object.defineProperty(target, Symbol.metadata, { value: metadata });
    },
  };

  test.each(['legacy', 'standard'] as const)('a base compiled in the %s dialect, whatever this one is', (dialect) => {
    class Foreign {
      carried = new Serialized(0);
    }
    emitted[dialect](Foreign);
    @Index()
    class Derived extends Foreign {
      @Field() own = new Serialized(0);
    }

    expect(namesOf(Derived).map(([property]) => property)).toEqual(['carried', 'own']);
  });
});

describe('inherited names', () => {
  test('are refused to other properties', () => {
    const message = schemaError(() => {
      @Index()
      class Derived extends Base {
        @Field({ name: 'one' }) clash = new Serialized(0);
      }
      return Derived;
    });

    expect(message).toBe(
      `Derived: 'first' and 'clash' are both stored as "one"; give one of them another name with @Field({ name }).`,
    );
  });

  test('are also those of a base without @Index()', () => {
    class Carrier {
      @Field() carried = new Serialized(0);
    }

    const message = schemaError(() => {
      @Index()
      class Derived extends Carrier {
        @Field({ name: 'carried' }) clash = new Serialized(0);
      }
      return Derived;
    });

    expect(message).toContain(`'carried' and 'clash'`);
  });

  test('a mistake in a base without @Index() is reported with its own name', () => {
    class Carrier {
      @Field({ name: '' }) carried = new Serialized(0);
    }

    const message = schemaError(() => {
      @Index()
      class Derived extends Carrier {}
      return Derived;
    });

    expect(message).toBe('Carrier.carried: a stored name must not be empty.');
  });
});
