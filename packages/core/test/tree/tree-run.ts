import {
  type IndexKey,
  Infinitree,
  isInfinitreeError,
  Key,
  MemoryBackend,
  registerIndex,
  Serialized,
  VersionedMap,
} from '@infinitree/core';
import { SeededRandom } from '@infinitree/testing';
import fc from 'fast-check';
import { collect, type Heads, OBJECT_SIZE } from './scene.js';
import { type Entry, MapModel, nameOf, same } from './tree-model.js';

class Mixed {
  numbers = new VersionedMap<IndexKey, unknown>();
  mixed = new VersionedMap<IndexKey, unknown>();
  cell = new Serialized<unknown>('initial');
}
registerIndex(Mixed, {
  fields: [
    { property: 'numbers', name: 'n' },
    { property: 'mixed', name: 'm' },
    { property: 'cell', name: 'c' },
  ],
});

export const NAMES = ['numbers', 'mixed'] as const;
type Name = (typeof NAMES)[number];

export const KEYS: Record<Name, readonly IndexKey[]> = {
  numbers: [-Infinity, -7.5, -1, 0, 1, 2, 3, 10, 11, 12, 2 ** 40, Infinity],
  mixed: [
    true,
    1,
    -(2n ** 70n),
    1n,
    '',
    'a',
    '\u{ffff}',
    '\u{1f331}',
    new Uint8Array([0, 1]),
    [],
    ['a', 1],
    [['a'], 2n],
  ],
};

const blobs = new SeededRandom(1);
const BLOBS = [9_000, 12_000, 70_000, 150_000].map((size) => blobs.bytes(size));

const value = fc.oneof(
  { weight: 6, arbitrary: fc.oneof(fc.integer(), fc.string(), fc.constantFrom(undefined, null, -0, 5n, true)) },
  {
    weight: 3,
    arbitrary: fc.record({ id: fc.nat(), tags: fc.array(fc.string(), { maxLength: 3 }) }, { noNullPrototype: true }),
  },
  { weight: 1, arbitrary: fc.nat().map((ms) => ({ at: new Date(ms), bytes: new Uint8Array([ms & 255]) })) },
  { weight: 2, arbitrary: fc.constantFrom(...BLOBS) },
);
const at = fc.nat(11);
const name = fc.constantFrom(...NAMES);
const verdict = fc.constantFrom(true, true, false, 'take' as const, 'take' as const, 'skip' as const, 'abort' as const);
const verdicts = fc.array(verdict, {
  minLength: 12,
  maxLength: 12,
});

export const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('set' as const), name, at, value }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('insert' as const, 'update' as const), name, at, value }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), name, at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('retain' as const), name, odd: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cell' as const), value }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('commit' as const), mode: fc.constantFrom('always', 'on-change') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('burst' as const), name, count: fc.integer({ min: 5, max: 90 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compact' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('load' as const), names: fc.subarray(['cell', ...NAMES]) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('loadSome' as const), name, verdicts }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('filter' as const), a: fc.nat(), b: fc.nat(), how: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('at' as const), back: fc.nat(), load: fc.boolean() }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('range' as const),
      name,
      gte: fc.option(at, { nil: undefined }),
      lt: fc.option(at, { nil: undefined }),
      reverse: fc.boolean(),
      limit: fc.option(fc.nat(6), { nil: undefined }),
      keysOnly: fc.boolean(),
      verdicts: fc.option(verdicts, { nil: undefined }),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** A tree and what it should hold. */
export class Run {
  readonly #backend: MemoryBackend<Heads>;
  readonly #key = Key.random();
  readonly #models: Record<Name, MapModel> = { numbers: new MapModel(), mixed: new MapModel() };
  /** The cell is a map of one key. */
  readonly #cell = new MapModel();
  #tree!: Infinitree<Mixed>;

  constructor(heads: Heads) {
    this.#backend = new MemoryBackend<Heads>({ heads });
  }

  async go(steps: readonly Step[]): Promise<void> {
    const options = { backend: this.#backend, key: this.#key };
    this.#tree = await Infinitree.create(Mixed, { ...options, objectSize: OBJECT_SIZE });
    for (const one of steps) {
      if (one.do === 'reopen') {
        await this.#tree.close();
        for (const model of this.#all()) model.staged = { cleared: false, ops: new Map() };
        this.#tree = await Infinitree.open(Mixed, options);
      } else {
        await this.#step(one);
      }
      this.#checkMemory();
    }
    await this.#checkStorage();
    await this.#tree.close();
  }

  #all(): MapModel[] {
    return [this.#models.numbers, this.#models.mixed, this.#cell];
  }

  async #step(one: Exclude<Step, { do: 'reopen' }>): Promise<void> {
    const tree = this.#tree;
    switch (one.do) {
      case 'set':
        tree.index[one.name].set(KEYS[one.name][one.at]!, one.value);
        this.#models[one.name].set(KEYS[one.name][one.at]!, one.value);
        break;
      case 'delete':
        tree.index[one.name].delete(KEYS[one.name][one.at]!);
        this.#models[one.name].delete(KEYS[one.name][one.at]!);
        break;
      case 'clear':
        tree.index[one.name].clear();
        this.#models[one.name].clear();
        break;
      case 'cell':
        tree.index.cell.value = one.value;
        this.#cell.set([], one.value);
        break;
      case 'insert':
      case 'update':
        this.#compute(one.do, one.name, KEYS[one.name][one.at]!, one.value);
        break;
      case 'retain':
        this.#retain(one.name, one.odd);
        break;
      case 'commit':
        return this.#commit(one.mode);
      case 'burst':
        for (let i = 0; i < one.count; i++) {
          const key = KEYS[one.name][(i * 5) % 12]!;
          tree.index[one.name].set(key, i);
          this.#models[one.name].set(key, i);
          await this.#commit('always');
        }
        return;
      case 'compact':
        await tree.compact();
        return;
      case 'load':
        return tree.load(...(one.names as Name[]));
      case 'loadSome':
        return tree.load(one.name, { where: this.#where(one.name, one.verdicts) });
      case 'filter':
        return this.#filter(one.a, one.b, one.how);
      case 'at':
        return this.#at(one.back, one.load);
      case 'range':
        return this.#range(one);
    }
  }

  #where(field: Name, verdicts: readonly (boolean | 'take' | 'skip' | 'abort')[]) {
    return (key: IndexKey) => verdicts[KEYS[field].findIndex((one) => nameOf(one) === nameOf(key))]!;
  }

  #compute(how: 'insert' | 'update', field: Name, key: IndexKey, next: unknown): void {
    const map = this.#tree.index[field];
    const model = this.#models[field];
    const known = model.find(key);
    const result = loaded(map, () => (how === 'insert' ? map.insert(key, next) : map.update(key, () => next)));
    if (result === undefined) return;
    const writes = (known === undefined) === (how === 'insert');
    if (writes) model.set(key, next);
    same(result.value, writes ? next : known?.[1], how);
  }

  #retain(field: Name, odd: boolean): void {
    const map = this.#tree.index[field];
    const model = this.#models[field];
    const keep = (key: IndexKey) => KEYS[field].findIndex((one) => nameOf(one) === nameOf(key)) % 2 === (odd ? 1 : 0);
    if (loaded(map, () => map.retain(keep)) === undefined) return;
    for (const [key] of model.entries()) if (!keep(key)) model.delete(key);
  }

  async #commit(mode: 'always' | 'on-change'): Promise<void> {
    const commit = await this.#tree.commit('m', { mode });
    if (commit === undefined) {
      // Nothing was staged: then what the model calls staged changes nothing.
      for (const model of this.#all()) {
        same(model.entries(), model.past(model.log.length), 'a commit of nothing');
        model.staged = { cleared: false, ops: new Map() };
      }
      return;
    }
    for (const model of this.#all()) model.commit();
    same(commit.sequence, this.#cell.log.length, 'the sequence');
  }

  async #filter(a: number, b: number, how: number): Promise<void> {
    const count = this.#cell.log.length;
    if (count === 0 || this.#all().some((model) => model.mayStageNothing())) return;
    const tree = this.#tree;
    const [low, high] = [(Math.min(a, b) % count) + 1, (Math.max(a, b) % count) + 1].sort((x, y) => x - y) as [
      number,
      number,
    ];
    const ref = (sequence: number) => `HEAD~${count - sequence}`;
    const [commits, from, to] = [
      [{ single: ref(low) }, low, low] as const,
      [{ upTo: ref(high) }, 1, high] as const,
      [{ range: [ref(low), ref(high)] as const }, low, high] as const,
    ][how]!;
    await tree.load({ commits });
    for (const field of NAMES)
      same([...tree.index[field]], this.#models[field].entries(from, to), `commits of ${field}`);
    same(tree.index.cell.value, cellOf(this.#cell.entries(from, to)), 'commits of the cell');
    await tree.load();
  }

  async #at(back: number, load: boolean): Promise<void> {
    const count = this.#cell.log.length;
    if (count === 0) return;
    const sequence = count - (back % count);
    await using view = await this.#tree.at(`HEAD~${count - sequence}`);
    for (const field of NAMES) {
      const expected = this.#models[field].past(sequence);
      same(await collect(view.entries(field)), expected, `the past of ${field}`);
      same(await view.getMany(field, KEYS[field]), valuesOf(expected, field), `past values of ${field}`);
    }
    if (load) {
      await view.load();
      for (const field of NAMES) same([...view.index[field]], this.#models[field].past(sequence), `the loaded past`);
      same(view.index.cell.value, cellOf(this.#cell.past(sequence)), 'the past of the cell');
    }
  }

  async #range(one: Extract<Step, { do: 'range' }>): Promise<void> {
    const keys = KEYS[one.name];
    const [gte, lt] = [one.gte, one.lt].map((i) => (i === undefined ? undefined : keys[i]!));
    const where = one.verdicts && this.#where(one.name, one.verdicts);
    const options = {
      reverse: one.reverse,
      ...(gte === undefined ? {} : { gte }),
      ...(lt === undefined ? {} : { lt }),
      ...(one.limit === undefined ? {} : { limit: one.limit }),
      ...(where === undefined ? {} : { where }),
    };
    // The keys are listed in their order.
    const within = this.#models[one.name].entries().filter(([key]) => {
      const i = keys.findIndex((known) => nameOf(known) === nameOf(key));
      return i >= (one.gte ?? 0) && i < (one.lt ?? keys.length);
    });
    if (one.reverse) within.reverse();
    const end = within.findIndex(([key]) => where?.(key) === 'abort');
    const expected = within
      .slice(0, end < 0 ? undefined : end)
      .filter(([key]) => where === undefined || [true, 'take'].includes(where(key)))
      .map(([key, known]) => [key, one.keysOnly ? undefined : known] as const);
    const found = one.keysOnly
      ? await collect(this.#tree.entries(one.name, { ...options, keysOnly: true }))
      : await collect(this.#tree.entries(one.name, options));
    same(found, expected.slice(0, one.limit), `entries of ${one.name}`);
    if (one.keysOnly) return;
    const batches = await collect(this.#tree.entries(one.name, options).batches(3));
    same(batches.flat(), expected.slice(0, one.limit), `batches of ${one.name}`);
  }

  /** What is in memory is right, as far as it is there. */
  #checkMemory(): void {
    for (const field of NAMES) {
      const map = this.#tree.index[field];
      const expected = this.#models[field].entries();
      if (map.state === 'loaded') {
        same([...map], expected, `${field} in memory`);
        same(map.size, expected.length, `size of ${field}`);
      }
      for (const key of KEYS[field]) {
        const found = loaded(map, () => ({ value: map.get(key), has: map.has(key) }));
        if (found === undefined) continue;
        const known = expected.find(([one]) => nameOf(one) === nameOf(key));
        same(found.value, { value: known?.[1], has: known !== undefined }, `${nameOf(key)} of ${field} in memory`);
      }
    }
    const { cell } = this.#tree.index;
    const found = loaded(cell, () => cell.value);
    if (found !== undefined) same(found.value, cellOf(this.#cell.entries()), 'the cell in memory');
  }

  async #checkStorage(): Promise<void> {
    for (const field of NAMES) {
      const expected = this.#models[field].entries();
      same(await collect(this.#tree.entries(field)), expected, `entries of ${field}`);
      same(await this.#tree.getMany(field, KEYS[field]), valuesOf(expected, field), `values of ${field}`);
      for (const key of KEYS[field]) {
        const known = expected.find(([one]) => nameOf(one) === nameOf(key));
        same(await this.#tree.has(field, key), known !== undefined, `has of ${field}`);
        same(await this.#tree.get(field, key), known?.[1], `get of ${field}`);
      }
    }
    same((await this.#tree.commits()).length, this.#cell.log.length, 'the number of commits');
    await this.#tree.load();
    this.#checkMemory();
  }
}

/** The result of a call, `undefined` where the field is not loaded; a loaded field never says that it is not. */
function loaded<T>(field: { readonly state: string }, call: () => T): { readonly value: T } | undefined {
  try {
    return { value: call() };
  } catch (error) {
    if (isInfinitreeError(error, 'NOT_LOADED') && field.state !== 'loaded') return undefined;
    throw error;
  }
}

function cellOf(entries: readonly Entry[]): unknown {
  return entries.length === 0 ? 'initial' : entries[0]![1];
}

function valuesOf(entries: readonly Entry[], field: Name): unknown[] {
  return KEYS[field].map((key) => entries.find(([one]) => nameOf(one) === nameOf(key))?.[1]);
}
