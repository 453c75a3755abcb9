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

describe('what cannot be a field', () => {
  const misused = (declare: () => unknown): string => schemaError(declare);

  test('a static member', () => {
    expect(
      misused(() => {
        @Index()
        class Plants {
          @loose.Field() static a = new Serialized(0);
        }
        return Plants;
      }),
    ).toBe('Plants.a: a static member belongs to no instance and cannot be a field.');
  });

  test('a method, a getter, a setter', () => {
    const methods = [
      () => {
        @Index()
        class Plants {
          @loose.Field() a(): void {}
        }
        return Plants;
      },
      () => {
        @Index()
        class Plants {
          @loose.Skip() get a(): number {
            return 0;
          }
        }
        return Plants;
      },
      () => {
        @Index()
        class Plants {
          @loose.Field() set a(_value: number) {}
        }
        return Plants;
      },
    ];
    for (const declare of methods) {
      expect(misused(declare)).toBe('Plants.a: a method or accessor cannot be a field; only a plain property can.');
    }
  });

  test('a property over a method or accessor that is inherited', () => {
    class Base {
      get a(): unknown {
        return 0;
      }
    }
    expect(
      misused(() => {
        @Index()
        class Plants extends Base {
          // @ts-expect-error: TypeScript refuses it as well
          @Field() override a = new Serialized(0);
        }
        return Plants;
      }),
    ).toContain('Plants.a: a method or accessor');
  });

  test('a symbol', () => {
    const key = Symbol('hidden');
    expect(
      misused(() => {
        @Index()
        class Plants {
          @loose.Field() [key] = new Serialized(0);
        }
        return Plants;
      }),
    ).toBe('Plants[Symbol(hidden)]: a symbol has no name to store; a field needs a string for its key.');
  });

  test('a property that is declared twice', () => {
    const twice = [
      () => {
        @Index()
        class Plants {
          @Skip() @Field() a = new Serialized(0);
        }
        return Plants;
      },
      () => {
        @Index()
        class Plants {
          @Field() @Field({ name: 'b' }) a = new Serialized(0);
        }
        return Plants;
      },
    ];
    for (const declare of twice) expect(misused(declare)).toMatch(/^Plants\.a: it is declared twice/);
  });
});

describe('decorators in the wrong place', () => {
  test('@Field() and @Skip() on a class', () => {
    for (const decorator of [loose.Field, loose.Skip]) {
      const message = schemaError(() => {
        @decorator()
        class Plants {}
        return Plants;
      });
      expect(message).toBe('Plants: @Field() and @Skip() belong on properties; a class takes @Index().');
    }
  });

  test('@Index() on a property, a method, a static member', () => {
    const declarations = [
      () => {
        class Plants {
          @loose.Index() a = 0;
        }
        return Plants;
      },
      () => {
        class Plants {
          @loose.Index() a(): void {}
        }
        return Plants;
      },
      () => {
        class Plants {
          @loose.Index() static a = 0;
        }
        return Plants;
      },
    ];
    for (const declare of declarations) {
      expect(schemaError(declare)).toBe('a: @Index() belongs on the class; a property takes @Field().');
    }
  });

  test('@Index() called on something that is no class', () => {
    expect(schemaError(() => loose.Index()({}))).toBe(
      'an object: @Index() belongs on the class; a property takes @Field().',
    );
  });

  test('without their parentheses', () => {
    const field = loose.Field as (...args: unknown[]) => void;
    const skip = loose.Skip as (...args: unknown[]) => void;
    const index = loose.Index as (...args: unknown[]) => void;
    const problem = 'it is called first and decorates then; write its parentheses.';

    expect(
      schemaError(() => {
        class Plants {
          @field a = 0;
        }
        return Plants;
      }),
    ).toBe(`@Field(): ${problem}`);
    expect(
      schemaError(() => {
        class Plants {
          @skip a = 0;
        }
        return Plants;
      }),
    ).toBe(`@Skip(): ${problem}`);
    expect(
      schemaError(() => {
        @field
        class Plants {}
        return Plants;
      }),
    ).toBe(`@Field(): ${problem}`);
    expect(
      schemaError(() => {
        @index
        class Plants {}
        return Plants;
      }),
    ).toBe(`@Index(): ${problem}`);
  });
});

describe('the class in a message', () => {
  test('may have no name', () => {
    const message = schemaError(() =>
      loose.Index()(
        (() =>
          class {
            a = 0;
          })(),
        { kind: 'class' },
      ),
    );
    expect(message).toBe('(anonymous class): the compiler gives no metadata to decorators; use defineIndex().');
  });

  test('may hide its name behind a static member', () => {
    const message = schemaError(() => {
      @Index()
      class Plants {
        static name = new Serialized('') as unknown as string;
        @Field({ name: '' }) a = new Serialized(0);
      }
      return Plants;
    });
    expect(message).toMatch(/^(Plants|\(anonymous class\))\.a: /);
  });
});

test('a standard decorator that gets no metadata from its compiler says so', () => {
  expect(schemaError(() => loose.Field()(undefined, { kind: 'field', name: 'a' }))).toBe(
    'a: the compiler gives no metadata to decorators; use defineIndex().',
  );
  expect(schemaError(() => loose.Field()(class {}, { kind: 'class', name: undefined }))).toContain(
    '(anonymous class): @Field() and @Skip() belong on properties',
  );
});
