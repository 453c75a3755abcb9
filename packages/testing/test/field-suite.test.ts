import {
  type AnyField,
  CustomField,
  isInfinitreeError,
  Serialized,
  type Strategy,
  VersionedMap,
} from '@infinitree/core';
import { describe, expect, test } from '@jest/globals';
import { type FieldTarget, fieldSuite } from '../src/index.js';

interface Plant {
  height: number;
  sown: Date;
}

type State = [string, Plant][];

/** What all the field types here can do: keep plants by name. */
interface PlantField extends AnyField {
  set(name: string, plant: Plant): void;
  grow(name: string): void;
  delete(name: string): void;
  clear(): void;
  all(): State;
}

/** A good one, which the others spoil. */
class Plants extends CustomField<VersionedMap<string, Plant>> implements PlantField {
  constructor(inner = new VersionedMap<string, Plant>(), name = 'test/plants') {
    super({ name, kind: 'map', inner });
  }

  set(name: string, plant: Plant): void {
    this.inner.set(name, plant);
  }

  grow(name: string): void {
    this.inner.update(name, (old) => ({ height: old.height + 1, sown: old.sown }));
  }

  delete(name: string): void {
    this.inner.delete(name);
  }

  clear(): void {
    this.inner.clear();
  }

  all(): State {
    return [...this.inner];
  }
}

/** One that computes anew only what may have changed. */
class Remembering extends Plants {
  #all: State = [];
  #revision = -1;

  override all(): State {
    if (this.#revision !== this.revision) {
      this.#all = super.all();
      this.#revision = this.revision;
    }
    return this.#all.map(([name, { height, sown }]) => [name, { height, sown: new Date(sown) }]);
  }
}

/** One that stores all it knows with every change, as if nobody else wrote. */
class Overwriting extends CustomField<Serialized<State>, 'cell'> implements PlantField {
  #known: State = [];

  constructor() {
    super({ name: 'test/overwriting', kind: 'cell', inner: new Serialized<State>([]) });
  }

  set(name: string, plant: Plant): void {
    this.#store(withPlant(this.#known, name, plant));
  }

  grow(name: string): void {
    this.#store(this.all().map(([key, plant]) => [key, key === name ? grown(plant) : plant]));
  }

  delete(name: string): void {
    this.#store(this.#known.filter(([key]) => key !== name));
  }

  clear(): void {
    this.#store([]);
  }

  all(): State {
    return [...this.inner.value] as State;
  }

  #store(state: State): void {
    this.inner.value = state;
    this.#known = state;
  }
}

const grown = ({ height, sown }: Plant): Plant => ({ height: height + 1, sown });

const withPlant = (state: State, name: string, plant: Plant): State =>
  [...new Map([...state, [name, plant]])].sort(([a], [b]) => (a < b ? -1 : 1));

type Target = FieldTarget<PlantField, [Plant], State>;

const target = (make: () => PlantField, strategy: Target['strategy'] = 'local'): Target => ({
  make,
  strategy,
  values: () => [{ height: 3, sown: new Date(1_000) }],
  initial: [],
  read: (field) => field.all(),
  operations: [
    {
      name: 'set',
      blind: true,
      apply: (field, [plant]) => field.set('b', plant),
      model: (state, [plant]) => withPlant(state, 'b', plant),
    },
    {
      name: 'set another',
      blind: true,
      apply: (field, [plant]) => field.set('a', plant),
      model: (state, [plant]) => withPlant(state, 'a', plant),
    },
    {
      name: 'grow',
      blind: false,
      apply: (field) => field.grow('b'),
      model: (state) => state.map(([name, plant]) => [name, name === 'b' ? grown(plant) : plant]),
    },
    {
      name: 'delete',
      blind: true,
      apply: (field) => field.delete('a'),
      model: (state) => state.filter(([name]) => name !== 'a'),
    },
    { name: 'clear', blind: true, apply: (field) => field.clear(), model: () => [] },
    {
      name: 'set all',
      blind: true,
      apply: (field, [plant]) => ['a', 'b', 'c'].forEach((name) => field.set(name, plant)),
      model: (state, [plant]) => ['a', 'b', 'c'].reduce((all, name) => withPlant(all, name, plant), state),
    },
  ],
  refused: [{ name: 'no plant', apply: (field) => field.set('x', (() => 1) as never) }],
});

/** Runs the suite outside the runner; gives the names of the cases that fail. */
async function failing(tested: Target): Promise<string[]> {
  const cases: { readonly name: string; readonly body: () => Promise<void> }[] = [];
  const runner = {
    describe: (_: string, body: () => void) => body(),
    test: (name: string, body: () => Promise<void>) => cases.push({ name, body }),
    expect,
  };
  fieldSuite(runner, 'a field', tested);
  const failed: string[] = [];
  for (const { name, body } of cases) await body().catch(() => failed.push(name));
  return failed;
}

const unless = (code: 'NOT_LOADED' | 'READONLY', call: () => void): void => {
  try {
    call();
  } catch (error) {
    if (!isInfinitreeError(error, code)) throw error;
  }
};

const shared = new VersionedMap<string, Plant>();
let made = 0;

const types: [string, string, () => PlantField][] = [
  [
    'remembers what it read for ever',
    'a reader sees what was committed once it has refreshed, and never before',
    () =>
      new (class extends Plants {
        #all: State | undefined;
        override all(): State {
          this.#all ??= super.all();
          return this.#all;
        }
      })(),
  ],
  [
    'keeps data of its own',
    'set: shows at once, is committed, and is there after reopening',
    () =>
      new (class extends Plants {
        readonly #own = new Map<string, Plant>();
        override set(name: string, plant: Plant): void {
          this.#own.set(name, plant);
        }
        override all(): State {
          return [...super.all(), ...this.#own];
        }
      })(),
  ],
  [
    'takes for empty what is not loaded',
    'a field that is not loaded says so, and cannot be read',
    () =>
      new (class extends Plants {
        override all(): State {
          return this.state === 'none' ? [] : super.all();
        }
      })(),
  ],
  [
    'takes a part for the whole',
    'a part of the entries, once loaded, is not taken for the whole',
    () =>
      new (class extends Plants {
        override all(): State {
          return this.state === 'partial' ? [] : super.all();
        }
      })(),
  ],
  [
    'keeps the very objects it is given',
    'whoever changes later what was handed over changes nothing in the field',
    () => new Plants(new VersionedMap({ freeze: false })),
  ],
  [
    'hands out the very objects it keeps',
    'whoever changes what was handed out changes nothing in the field',
    () => new Plants(new VersionedMap({ freeze: false })),
  ],
  [
    'writes when it is read',
    'to read is no change',
    () =>
      new (class extends Plants {
        override all(): State {
          const all = super.all();
          for (const [name, plant] of all) unless('READONLY', () => this.set(name, plant));
          return all;
        }
      })(),
  ],
  [
    'looks before it sets',
    'set: works where nothing is loaded',
    () =>
      new (class extends Plants {
        override set(name: string, plant: Plant): void {
          if (!this.inner.has(name)) super.set(name, plant);
          else this.inner.update(name, () => plant);
        }
      })(),
  ],
  [
    'does not clear',
    'clear: shows at once, is committed, and is there after reopening',
    () =>
      new (class extends Plants {
        override clear(): void {}
      })(),
  ],
  [
    'clears only what it knows',
    'clear: stays on top of what is loaded later',
    () =>
      new (class extends Plants {
        override clear(): void {
          if (this.state === 'loaded') super.clear();
          else this.inner.delete('a');
        }
      })(),
  ],
  [
    'ignores that it is not loaded',
    'grow: is refused where nothing is loaded, and stages nothing',
    () =>
      new (class extends Plants {
        override grow(name: string): void {
          unless('NOT_LOADED', () => super.grow(name));
        }
      })(),
  ],
  [
    'writes before it refuses',
    'grow: is refused where nothing is loaded, and stages nothing',
    () =>
      new (class extends Plants {
        override grow(name: string): void {
          this.inner.delete('x');
          super.grow(name);
        }
      })(),
  ],
  [
    'ignores that it is read-only',
    'a view of each commit shows what the field held then, and is read-only',
    () =>
      new (class extends Plants {
        override delete(name: string): void {
          unless('READONLY', () => super.delete(name));
        }
      })(),
  ],
  [
    'throws errors that are not ours',
    'no plant: is refused, and changes nothing',
    () =>
      new (class extends Plants {
        override set(name: string, plant: Plant): void {
          if (typeof plant !== 'object') throw new TypeError('No plant.');
          super.set(name, plant);
        }
      })(),
  ],
  [
    'can be read when it is closed',
    'a field of a closed tree can be neither read nor changed',
    () =>
      new (class extends Plants {
        override all(): State {
          try {
            return super.all();
          } catch (error) {
            if (isInfinitreeError(error, 'CLOSED')) return [];
            throw error;
          }
        }
      })(),
  ],
  [
    'changes its name',
    'set: shows at once, is committed, and is there after reopening',
    () => new Plants(new VersionedMap(), `test/plants-${(made += 1)}`),
  ],
  ['shares its data with its siblings', 'every instance of a class has a field of its own', () => new Plants(shared)],
  ['overwrites what others wrote', 'set another: loses nothing of what others commit first', () => new Overwriting()],
  [
    'stores more than was changed',
    'a filter of commits made blindly shows what they did, and nothing else',
    () => new Overwriting(),
  ],
];

const strategies: [string, string, Partial<Strategy<string, Plant>>][] = [
  ['stores nothing', 'entries are the same from storage, from staged changes and loaded', { store: async () => null }],
  [
    'loses a part',
    'set: shows at once, is committed, and is there after reopening',
    { load: async (_key, stored) => ({ ...(stored as Plant), height: 0 }) },
  ],
  [
    'gives where a value is instead of it',
    'a filter up to a commit shows what the field held then, until it is loaded without',
    { store: (_key, value, apart) => apart.put(value) },
  ],
  [
    'changes what it stores',
    'set: works where nothing is loaded',
    { store: async (_key, value) => Object.assign(value, { height: 0 }) },
  ],
];

describe('the field suite', () => {
  test('has nothing against good field types and strategies', async () => {
    expect(await failing(target(() => new Plants()))).toEqual([]);
    expect(await failing(target(() => new Remembering()))).toEqual([]);
    expect(await failing(target(() => new Plants(), plain({})))).toEqual([]);
  });

  test.each(types)('finds a field type that %s', async (_, title, make) => {
    expect(await failing(target(make))).toContain(title);
  });

  test.each(strategies)('finds a strategy that %s', async (_, title, spoilt) => {
    expect(await failing(target(() => new Plants(), plain(spoilt)))).toContain(title);
  });
});

/** A strategy that leaves values where they are, but for what is spoilt. */
function plain(spoilt: Partial<Strategy<string, Plant>>): Strategy<string, Plant> {
  return {
    id: 'test/plain',
    store: async (_key, value) => value,
    load: async (_key, stored) => stored as Plant,
    ...spoilt,
  };
}
