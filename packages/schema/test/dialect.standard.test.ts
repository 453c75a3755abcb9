// What only standard decorators can be put on, and that this run is really compiled with them.
import { Field, Index } from '@infinitree/schema';
import { loose, namesOf, schemaError } from './helpers.js';
import { Serialized } from './stand-ins.js';

test('this file is compiled with standard decorators', () => {
  const seen: unknown[] = [];
  const spy = (...args: unknown[]): void => void seen.push(...args);
  class Probe {
    @spy a = 0;
  }

  expect(new Probe().a).toBe(0);
  expect(seen).toEqual([undefined, expect.objectContaining({ kind: 'field', name: 'a' })]);
});

test('a private name is refused', () => {
  const message = schemaError(() => {
    @Index()
    class Plants {
      @loose.Field() #a = new Serialized(0);
      read(): unknown {
        return this.#a;
      }
    }
    return Plants;
  });

  expect(message).toBe('Plants.#a: a private name cannot be read from outside of the class and cannot be a field.');
});

test('a property that is only called like one is not', () => {
  @Index()
  class Plants {
    @Field() '#a' = new Serialized(0);
  }

  expect(namesOf(Plants)).toEqual([['#a', '#a']]);
});

test('an automatic accessor is refused', () => {
  const message = schemaError(() => {
    @Index()
    class Plants {
      @loose.Field() accessor a = new Serialized(0);
    }
    return Plants;
  });

  expect(message).toContain('Plants.a: a method or accessor cannot be a field');
});
