import { indexRecordOf } from '@infinitree/core';
import { defineIndex, Field, Index } from '@infinitree/schema';
import { fieldsOf, loose, namesOf, schemaError } from './helpers.js';
import { Serialized, upperCase, VersionedMap } from './stand-ins.js';

class Plants {
  lastTime = new Serialized(0);
  map = new VersionedMap<string, string>();
  plain = 3;
}

test('declares exactly what is listed, in that order', () => {
  defineIndex(Plants, { map: { strategy: upperCase, name: 'm' }, plain: { skip: true } });

  expect(fieldsOf(Plants)).toStrictEqual([
    { property: 'map', name: 'm', strategy: upperCase },
    { property: 'plain', name: 'plain', skip: true },
  ]);
});

test('an empty object declares a property with the defaults', () => {
  defineIndex(Plants, { lastTime: {}, map: {} });

  expect(fieldsOf(Plants)).toStrictEqual([
    { property: 'lastTime', name: 'lastTime' },
    { property: 'map', name: 'map' },
  ]);
});

test('a later declaration of the class replaces the earlier one', () => {
  defineIndex(Plants, { lastTime: {} });
  defineIndex(Plants, { map: {} });

  expect(namesOf(Plants)).toEqual([['map', 'map']]);
});

test('a refused declaration leaves the earlier one as it was', () => {
  defineIndex(Plants, { lastTime: {} });

  schemaError(() => defineIndex(Plants, { map: { name: '' } }));
  expect(namesOf(Plants)).toEqual([['lastTime', 'lastTime']]);
});

test('gives the class back', () => {
  const Made = defineIndex(
    class {
      a = new Serialized(7);
    },
    { a: {} },
  );

  expect(new Made().a.value).toBe(7);
  expect(namesOf(Made)).toEqual([['a', 'a']]);
});

test('a subclass of a defined class inherits, and replaces in place', () => {
  class Base {
    a: Serialized<unknown> = new Serialized(0);
    b = new Serialized(0);
  }
  class Derived extends Base {
    c = new Serialized(0);
  }
  defineIndex(Base, { a: {}, b: {} });
  defineIndex(Derived, { c: {}, a: { name: 'other' } });

  expect(namesOf(Derived)).toEqual([
    ['a', 'other'],
    ['b', 'b'],
    ['c', 'c'],
  ]);
  expect(namesOf(Base)).toEqual([
    ['a', 'a'],
    ['b', 'b'],
  ]);
});

describe('refuses', () => {
  class Target {
    a = new Serialized(0);
    b = new Serialized(0);
    method(): void {}
    get accessor(): number {
      return 0;
    }
  }
  const messageFor = (fields: unknown): string => schemaError(() => loose.defineIndex(Target, fields));

  test('two fields with one stored name', () => {
    expect(messageFor({ a: { name: 'b' }, b: {} })).toContain(`Target: 'a' and 'b' are both stored as "b"`);
  });

  test.each([
    ['true', true],
    ['undefined', undefined],
    ['null', null],
    ['"sparse"', 'sparse'],
    ['an array', []],
    ['a function', Serialized],
  ])('options that are %s', (shown, options) => {
    expect(messageFor({ a: options })).toBe(`Target.a: the options must be an object, not ${shown}.`);
  });

  test('methods, accessors and symbols', () => {
    expect(messageFor({ method: {} })).toContain('Target.method: a method or accessor cannot be a field');
    expect(messageFor({ accessor: {} })).toContain('Target.accessor: a method or accessor cannot be a field');
    expect(messageFor({ [Symbol('s')]: {} })).toContain('Target[Symbol(s)]: a symbol has no name to store');
  });

  test('fields that are no object', () => {
    expect(messageFor(undefined)).toBe('Target: the fields given to defineIndex() must be an object, not undefined.');
    expect(messageFor(null)).toContain('not null');
    expect(messageFor(['a'])).toContain('not an array');
    expect(messageFor('a')).toContain('not "a"');
  });

  test('what is no class', () => {
    const message = (target: unknown) => schemaError(() => loose.defineIndex(target, {}));

    expect(message(new Target())).toBe('defineIndex(): its first argument must be a class, not an object.');
    expect(message(() => 1)).toContain('not a function');
    expect(message(undefined)).toContain('not undefined');
  });

  test('a class whose fields are declared by decorators', () => {
    @Index()
    class Decorated {
      @Field() a = new Serialized(0);
      b = new Serialized(0);
    }

    expect(schemaError(() => defineIndex(Decorated, { b: {} }))).toBe(
      'Decorated: its fields are declared by decorators; use @Index() or a subclass.',
    );
    expect(namesOf(Decorated)).toEqual([['a', 'a']]);
  });

  test('and registers nothing then', () => {
    messageFor({ a: {}, b: { name: 'a' } });

    expect(indexRecordOf(Target)).toBeUndefined();
  });
});
