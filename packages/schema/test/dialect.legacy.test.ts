// That this run is really compiled with legacy decorators; all else is the same in both dialects.
import 'reflect-metadata';
import { Field, Index } from '@infinitree/schema';
import { fieldsOf, loose, schemaError } from './helpers.js';
import { Serialized } from './stand-ins.js';

test('this file is compiled with legacy decorators', () => {
  const seen: unknown[] = [];
  const spy = (...args: unknown[]): void => void seen.push(...args);
  class Probe {
    @spy a = 0;
  }

  expect(new Probe().a).toBe(0);
  expect(seen.slice(0, 2)).toEqual([Probe.prototype, 'a']);
});

test('what was declared is kept by reflect-metadata, out of sight of the types that compilers emit there', () => {
  @Index()
  class Plants {
    @Field() a: Serialized<number> = new Serialized(0);
  }

  expect(fieldsOf(Plants)).toStrictEqual([{ property: 'a', name: 'a' }]);
  expect(Reflect.getMetadataKeys(Plants.prototype).map(String)).toEqual(['Symbol(infinitree.declarations)']);
  expect(Reflect.getMetadata('design:type', Plants.prototype, 'a')).toBe(Serialized);
});

test('a decorator on a parameter is refused', () => {
  class Plants {
    constructor(readonly a = 0) {}
  }

  // What is emitted for a parameter of the constructor; not every tool can parse the decorator itself.
  const message = schemaError(() => loose.Field()(Plants, undefined, 0));
  expect(message).toContain('Plants: @Field() and @Skip() belong on properties');
});
