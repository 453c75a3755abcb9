// Decorators where none can be, with the message that says so.
import { Field, Index, Skip } from '@infinitree/schema';
import { loose, schemaError } from './helpers.js';
import { Serialized } from './stand-ins.js';

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
