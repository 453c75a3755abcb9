// Names and options that are refused, with the message that says why.
import { Field, Index, Skip } from '@infinitree/schema';
import { loose, schemaError } from './helpers.js';
import { Serialized, upperCase } from './stand-ins.js';

/** The error of a class `Plants` whose property `a` has these options. */
function messageFor(options: unknown): string {
  return schemaError(() => {
    @Index()
    class Plants {
      @loose.Field(options) a = new Serialized(0);
    }
    return Plants;
  });
}

test('two fields with one stored name are refused while the class is evaluated', () => {
  const message = schemaError(() => {
    @Index()
    class Plants {
      @Field({ name: 'b' }) a = new Serialized(0);
      @Field() b = new Serialized(0);
    }
    return Plants;
  });

  expect(message).toBe(
    `Plants: 'a' and 'b' are both stored as "b"; give one of them another name with @Field({ name }).`,
  );
});

test('a skipped property takes no stored name', () => {
  @Index()
  class Plants {
    @Field({ name: 'b' }) a = new Serialized(0);
    @Skip() b = 0;
    @Field({ skip: true, name: 'b' }) c = 0;
  }

  expect(new Plants().b).toBe(0);
});

test('@Field({ skip: false }) takes its stored name', () => {
  const message = schemaError(() => {
    @Index()
    class Plants {
      @Field({ name: 'b' }) a = new Serialized(0);
      @Field({ skip: false }) b = new Serialized(0);
    }
    return Plants;
  });

  expect(message).toContain(`'a' and 'b'`);
});

describe('options', () => {
  test('of unknown names are refused, and the known ones listed', () => {
    expect(messageFor({ nmae: 'x' })).toBe(
      "Plants.a: there is no option 'nmae'; the options are name, skip, strategy, from, migrate, schema, type.",
    );
    expect(messageFor({ toString: undefined })).toContain("there is no option 'toString'");
    expect(messageFor({ [Symbol('s')]: 1 })).toContain("there is no option 'Symbol(s)'");
  });

  test.each([
    ['null', null],
    ['an array', []],
    ['5', 5],
    ['"sparse"', 'sparse'],
  ])('that are %s are refused', (shown, options) => {
    expect(messageFor(options)).toBe(`Plants.a: the options must be an object, not ${shown}.`);
  });

  test.each([
    ['name', 1, 'a string, not 1'],
    ['name', null, 'a string, not null'],
    ['from', ['old'], 'a string, not an array'],
    ['skip', 'yes', 'true or false, not "yes"'],
    ['migrate', 'f', 'a function, not "f"'],
    ['strategy', 'spars', `'local', 'sparse' or an object with id, store and load, not "spars"`],
    ['strategy', 3n, 'not 3'],
    ['strategy', { ...upperCase, id: '' }, 'not an object'],
    ['strategy', { ...upperCase, id: 1 }, 'not an object'],
    ['strategy', { ...upperCase, store: undefined }, 'not an object'],
    ['strategy', { ...upperCase, load: undefined }, 'not an object'],
    ['schema', 5, 'a Standard Schema of version 1, not 5'],
    ['schema', {}, 'a Standard Schema of version 1, not an object'],
    ['schema', { '~standard': null }, 'not an object'],
    ['schema', { '~standard': { version: 2, validate: () => 1 } }, 'not an object'],
    ['schema', { '~standard': { version: 1 } }, 'not an object'],
    ['type', new Serialized(0), 'a class, not an object'],
    ['type', () => 1, 'a class, not a function'],
  ])('%s = %p is refused', (option, value, expected) => {
    const message = messageFor({ [option]: value });

    expect(message).toMatch(`Plants.a: the option '${option}' must be`);
    expect(message).toContain(expected);
  });

  test('may be callable where libraries make them so', () => {
    const schema = Object.assign(() => 1, { '~standard': { version: 1, vendor: 'v', validate: () => 1 } });
    class Strategy {
      static id = 'static';
      static store = upperCase.store;
      static load = upperCase.load;
    }

    @Index()
    class Plants {
      @loose.Field({ schema, strategy: Strategy }) a = new Serialized(0);
    }
    expect(new Plants().a.value).toBe(0);
  });
});

describe('stored names', () => {
  const longest = 'ä'.repeat(127) + 'x';

  test('may have 255 bytes of UTF-8 and no more', () => {
    @Index()
    class Plants {
      @Field({ name: longest, from: `${longest.slice(0, -1)}y` }) a = new Serialized(0);
      @Field({ name: '🌱' }) b = new Serialized(0);
    }

    expect(new Plants().a.value).toBe(0);
    expect(messageFor({ name: `${longest}x` })).toBe(
      'Plants.a: its stored name has 256 bytes of UTF-8; 255 are allowed.',
    );
    expect(messageFor({ from: `${longest}x` })).toContain('256 bytes');
  });

  test('must not be empty', () => {
    expect(messageFor({ name: '' })).toBe('Plants.a: a stored name must not be empty.');
    expect(messageFor({ from: '' })).toBe('Plants.a: a stored name must not be empty.');
  });

  test.each(['\ud800', 'x\udc00', '\udf31\ud83c'])('must not hold a lone surrogate: %j', (name) => {
    expect(messageFor({ name })).toMatch(/^Plants\.a: the stored name "[^"]*" holds a lone surrogate\.$/);
    expect(messageFor({ from: name })).toContain('holds a lone surrogate');
  });

  test('are checked where they come from the property, too', () => {
    const message = schemaError(() => {
      @Index()
      class Plants {
        @Field() '' = new Serialized(0);
      }
      return Plants;
    });

    expect(message).toBe('Plants.: a stored name must not be empty.');
  });
});
