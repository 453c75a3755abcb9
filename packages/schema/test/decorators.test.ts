import { indexRecordOf } from '@infinitree/core';
import { Field, Index, Skip } from '@infinitree/schema';
import { fieldsOf, namesOf } from './helpers.js';
import { Serialized, upperCase, VersionedList, VersionedMap } from './stand-ins.js';

interface PlantHealth {
  id: number;
  temperature: number;
}

test('the example of the README gives one record a decorated property', () => {
  @Index()
  class Measurements {
    @Field({ name: 'last_time' }) oldLastTime = new Serialized<string>('');
    @Field({ name: 'last_time2' }) lastTime = new Serialized<number>(0);
    @Field({ strategy: 'sparse' }) measurements = new VersionedMap<number, PlantHealth>();
    @Skip() currentTime = 0;
    notDeclared = 1;
  }

  expect(fieldsOf(Measurements)).toStrictEqual([
    { property: 'oldLastTime', name: 'last_time' },
    { property: 'lastTime', name: 'last_time2' },
    { property: 'measurements', name: 'measurements', strategy: 'sparse' },
    { property: 'currentTime', name: 'currentTime', skip: true },
  ]);
  const made = new Measurements();
  expect(made.lastTime.value).toBe(0);
  expect([made.currentTime, made.notDeclared]).toEqual([0, 1]);
});

test('every option arrives as it was given, and none that was not', () => {
  class User {}
  const migrate = (old: string): number => old.length;
  const schema = { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } } as const;

  @Index()
  class All {
    @Field({ name: 'n', strategy: upperCase, skip: false, from: 'f', migrate, schema, type: User })
    all = new VersionedMap<string, string>();
    @Field({ strategy: 'local' }) local = new VersionedList<string>();
    @Field({}) none = new Serialized(0);
    @Field() nothing = new Serialized(0);
  }

  const [all, ...rest] = fieldsOf(All);
  expect(all).toStrictEqual({
    property: 'all',
    name: 'n',
    strategy: upperCase,
    skip: false,
    from: 'f',
    migrate,
    schema,
    type: User,
  });
  expect([all?.strategy, all?.schema]).toEqual([upperCase, schema]);
  expect(rest).toStrictEqual([
    { property: 'local', name: 'local', strategy: 'local' },
    { property: 'none', name: 'none' },
    { property: 'nothing', name: 'nothing' },
  ]);
});

test('an option that is undefined counts as not given', () => {
  // What `exactOptionalPropertyTypes` forbids, and most consumers do not have.
  const options = { name: undefined, strategy: undefined, from: undefined } as unknown as { name: string };

  @Index()
  class Undefined {
    @Field(options) a = new Serialized(0);
  }

  expect(fieldsOf(Undefined)).toStrictEqual([{ property: 'a', name: 'a' }]);
});

test('fields are listed in the order of declaration, not of names', () => {
  @Index()
  class Ordered {
    @Field() zebra = new Serialized(0);
    @Skip() mule = 0;
    @Field({ name: 'zzz' }) ant = new Serialized(0);
    @Field() bear = new Serialized(0);
  }

  expect(namesOf(Ordered).map(([property]) => property)).toEqual(['zebra', 'mule', 'ant', 'bear']);
});

test('neither the type of a property nor its initial value matters', () => {
  @Index()
  class Untyped {
    @Field() inferred = new Serialized(0);
    @Field() union: Serialized<number> | undefined;
    @Field() late!: VersionedMap<string, number>;
    @Field() protected hidden = new Serialized(0);
    @Field() 'with space' = new Serialized(0);
    @Field() toString = (): string => 'a property, not the method of Object';
  }

  const properties = namesOf(Untyped).map(([property]) => property);
  expect(properties).toEqual(['inferred', 'union', 'late', 'hidden', 'with space', 'toString']);
});

test('a class without fields may be an index, one without @Index() is none', () => {
  @Index()
  class Empty {}
  class Plain {
    @Field() a = new Serialized(0);
  }

  expect(fieldsOf(Empty)).toEqual([]);
  expect(indexRecordOf(Plain)).toBeUndefined();
  expect(new Plain().a.value).toBe(0);
});

test('records cannot be changed by whoever reads them', () => {
  @Index()
  class Frozen {
    @Field() a = new Serialized(0);
  }

  expect(Object.isFrozen(indexRecordOf(Frozen))).toBe(true);
  expect(Object.isFrozen(fieldsOf(Frozen))).toBe(true);
  expect(fieldsOf(Frozen).every((field) => Object.isFrozen(field))).toBe(true);
});

test('options are copied, so one object serves many properties and may change later', () => {
  const sparse = { strategy: 'sparse' } as { strategy: 'sparse'; name?: string };

  @Index()
  class Shared {
    @Field(sparse) a = new VersionedMap<string, number>();
    @Field(sparse) b = new VersionedMap<string, number>();
  }
  sparse.name = 'changed';

  expect(namesOf(Shared)).toEqual([
    ['a', 'a'],
    ['b', 'b'],
  ]);
});

describe('a class made in a function', () => {
  const make = (name: string): (new () => object) => {
    @Index()
    class Made {
      @Field({ name }) a = new Serialized(0);
    }
    return Made;
  };

  test('is another class each time, with a record of its own', () => {
    const first = make('one');
    const second = make('two');

    expect(namesOf(first)).toEqual([['a', 'one']]);
    expect(namesOf(second)).toEqual([['a', 'two']]);
  });

  test('can be made again after it was refused', () => {
    expect(() => make('')).toThrow('empty');
    expect(namesOf(make('fine'))).toEqual([['a', 'fine']]);
  });
});

test('two classes of one name have nothing in common', () => {
  const left = (() => {
    @Index()
    class Twin {
      @Field() left = new Serialized(0);
    }
    return Twin;
  })();
  const right = (() => {
    @Index()
    class Twin {
      @Field() right = new Serialized(0);
    }
    return Twin;
  })();

  expect(left.name).toBe(right.name);
  expect(namesOf(left)).toEqual([['left', 'left']]);
  expect(namesOf(right)).toEqual([['right', 'right']]);
});

test('decorators change nothing that a class or its instances show', () => {
  @Index()
  class Decorated {
    @Field() a = new Serialized(1);
  }

  expect(Object.keys(new Decorated())).toEqual(['a']);
  expect(Object.keys(Decorated)).toEqual([]);
  expect(Reflect.ownKeys(Decorated.prototype)).toEqual(['constructor']);
});
