import {
  Infinitree,
  Key,
  MemoryBackend,
  registerIndex,
  SnapshotList,
  SnapshotMap,
  SnapshotSet,
  VersionedList,
  VersionedMap,
  VersionedSet,
} from '@infinitree/core';
import fc from 'fast-check';
import { collect } from './scene.js';

interface Value {
  readonly n: number;
}

class Everything {
  map = new VersionedMap<number, Value>();
  sparseMap = new VersionedMap<number, Value>();
  set = new VersionedSet<number>();
  list = new VersionedList<Value>();
  sparseList = new VersionedList<Value>();
  snapshotMap = new SnapshotMap<number, Value>();
  sparseSnapshotMap = new SnapshotMap<number, Value>();
  snapshotSet = new SnapshotSet<number>();
  snapshotList = new SnapshotList<Value>();
  sparseSnapshotList = new SnapshotList<Value>();
}
const PROPERTIES = Object.keys(new Everything()) as (keyof Everything)[];
registerIndex(Everything, {
  fields: PROPERTIES.map((property) => ({
    property,
    name: property,
    ...(property.startsWith('sparse') ? { strategy: 'sparse' } : {}),
  })),
});

const MAPS = ['map', 'sparseMap', 'snapshotMap', 'sparseSnapshotMap'] as const;
const SETS = ['set', 'snapshotSet'] as const;
const LISTS = ['list', 'sparseList', 'snapshotList', 'sparseSnapshotList'] as const;
const isSnapshot = (name: string): boolean => /snapshot/i.test(name);

type MapName = (typeof MAPS)[number];
type SetName = (typeof SETS)[number];
type ListName = (typeof LISTS)[number];

/** The same content as plain JavaScript collections. */
class Plain {
  readonly maps = Object.fromEntries(MAPS.map((name) => [name, new Map<number, Value>()])) as Record<
    MapName,
    Map<number, Value>
  >;
  readonly sets = Object.fromEntries(SETS.map((name) => [name, new Set<number>()])) as Record<SetName, Set<number>>;
  readonly lists = Object.fromEntries(LISTS.map((name) => [name, [] as Value[]])) as Record<ListName, Value[]>;

  copy(): Plain {
    return structuredCloneInto(new Plain(), this);
  }

  entries(name: keyof Everything): (readonly [number, unknown])[] {
    if (name in this.maps) return [...this.maps[name as MapName]].sort(([a], [b]) => a - b);
    if (name in this.sets) return [...this.sets[name as SetName]].sort((a, b) => a - b).map((key) => [key, key]);
    return [...this.lists[name as ListName].entries()];
  }
}

function structuredCloneInto(target: Plain, source: Plain): Plain {
  for (const name of MAPS) target.maps[name] = new Map(source.maps[name]);
  for (const name of SETS) target.sets[name] = new Set(source.sets[name]);
  for (const name of LISTS) target.lists[name] = [...source.lists[name]];
  return target;
}

type Tree = Infinitree<Everything>;

/** What both are driven by. Each says what it does, for a shrunk failure to read well. */
interface Command {
  readonly label: string;
  run(world: World): Promise<void>;
}

class World {
  plain = new Plain();
  committed = new Plain();
  readonly history: { readonly id: string; readonly state: Plain }[] = [];
  readonly backend = new MemoryBackend();
  readonly key = Key.random();
  tree!: Tree;
  dirty = false;

  async reopen(load: boolean): Promise<void> {
    await this.tree.close();
    this.tree = await Infinitree.open(Everything, { backend: this.backend, key: this.key });
    if (load) await this.tree.load();
    this.plain = this.committed.copy();
    this.dirty = false;
  }

  async commit(): Promise<void> {
    const done = await this.tree.commit();
    this.committed = this.plain.copy();
    this.dirty = false;
    if (done !== undefined) this.history.push({ id: done.id, state: this.committed });
  }

  isLoaded(name: keyof Everything): boolean {
    return this.tree.index[name].state === 'loaded';
  }

  async check(): Promise<void> {
    for (const name of PROPERTIES) {
      const expected = this.plain.entries(name);
      expect([name, await collect(this.tree.entries(name))]).toEqual([name, expected]);
      if (this.isLoaded(name)) expect([name, ...entriesInMemory(this.tree.index, name)]).toEqual([name, ...expected]);
    }
  }
}

function entriesInMemory(index: Everything, name: keyof Everything): unknown[] {
  const field = index[name];
  expect(field.size).toBe([...field.values()].length);
  return [...field.entries()];
}

const key = fc.integer({ min: 0, max: 12 });
const value = fc.integer({ min: 0, max: 3 }).map((n): Value => ({ n }));

const put = (name: MapName, k: number, v: Value): Command => ({
  label: `${name}.set(${k}, ${v.n})`,
  async run(world) {
    if (isSnapshot(name) && !world.isLoaded(name)) return;
    world.tree.index[name].set(k, { ...v });
    world.plain.maps[name].set(k, v);
  },
});
const insert = (name: MapName, k: number, v: Value): Command => ({
  label: `${name}.insert(${k}, ${v.n})`,
  async run(world) {
    if (!world.isLoaded(name)) return;
    const plain = world.plain.maps[name];
    expect(world.tree.index[name].insert(k, { ...v })).toEqual(plain.get(k) ?? v);
    if (!plain.has(k)) plain.set(k, v);
  },
});
const remove = (name: MapName | SetName, k: number): Command => ({
  label: `${name}.delete(${k})`,
  async run(world) {
    if (isSnapshot(name) && !world.isLoaded(name)) return;
    world.tree.index[name].delete(k);
    (name in world.plain.maps ? world.plain.maps[name as MapName] : world.plain.sets[name as SetName]).delete(k);
  },
});
const add = (name: SetName, k: number): Command => ({
  label: `${name}.add(${k})`,
  async run(world) {
    if (isSnapshot(name) && !world.isLoaded(name)) return;
    world.tree.index[name].add(k);
    world.plain.sets[name].add(k);
  },
});
const push = (name: ListName, ...values: Value[]): Command => ({
  label: `${name}.push(${values.map(({ n }) => n).join(', ')})`,
  async run(world) {
    if (isSnapshot(name) && !world.isLoaded(name)) return;
    world.tree.index[name].push(...values.map((v) => ({ ...v })));
    world.plain.lists[name].push(...values);
    if (!world.isLoaded(name)) return;
    const list = world.plain.lists[name];
    for (const i of [0, -1, 2, -list.length, list.length, -list.length - 1]) {
      expect([i, world.tree.index[name].at(i)]).toEqual([i, list.at(i)]);
    }
  },
});
const clear = (name: keyof Everything): Command => ({
  label: `${name}.clear()`,
  async run(world) {
    if (isSnapshot(name) && !world.isLoaded(name)) return;
    world.tree.index[name].clear();
    if (name in world.plain.maps) world.plain.maps[name as MapName].clear();
    else if (name in world.plain.sets) world.plain.sets[name as SetName].clear();
    else world.plain.lists[name as ListName] = [];
  },
});
const retain = (name: MapName, odd: number): Command => ({
  label: `${name}.retain(% 2 === ${odd})`,
  async run(world) {
    if (!world.isLoaded(name)) return;
    world.tree.index[name].retain((k) => k % 2 === odd);
    for (const k of world.plain.maps[name].keys()) if (k % 2 !== odd) world.plain.maps[name].delete(k);
  },
});
const range = (name: keyof Everything, gte: number, lt: number, reverse: boolean, limit: number): Command => ({
  label: `entries(${name}, ${gte}..${lt}, ${reverse}, ${limit})`,
  async run(world) {
    const all = world.plain.entries(name).filter(([k]) => k >= gte && k < lt);
    const expected = (reverse ? all.reverse() : all).slice(0, limit);
    const found = await collect(world.tree.entries(name, { gte, lt, reverse, limit }));
    expect([name, found]).toEqual([name, expected]);
    const keys = await collect(world.tree.entries(name, { gte, lt, reverse, limit, keysOnly: true }));
    expect(keys).toEqual(expected.map(([k]) => [k, undefined]));
    const entries = new Map(world.plain.entries(name));
    const asked = [gte, lt, gte];
    expect(await world.tree.getMany(name, asked)).toEqual(asked.map((k) => entries.get(k)));
    expect(await world.tree.get(name, gte)).toEqual(entries.get(gte));
    expect(await world.tree.has(name, lt)).toBe(entries.has(lt));
  },
});
const step = (label: string, run: (world: World) => Promise<void>): Command => ({ label, run });

const command = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constantFrom(...MAPS), key, value).map(([n, k, v]) => put(n, k, v)) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...MAPS), key, value).map(([n, k, v]) => insert(n, k, v)) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...MAPS, ...SETS), key).map(([n, k]) => remove(n, k)) },
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...SETS), key).map(([n, k]) => add(n, k)) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(...LISTS), fc.array(value, { minLength: 1, maxLength: 3 }))
      .map(([n, v]) => push(n, ...v)),
  },
  { weight: 1, arbitrary: fc.constantFrom(...PROPERTIES).map(clear) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...MAPS), fc.integer({ min: 0, max: 1 })).map(([n, o]) => retain(n, o)),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(...PROPERTIES), key, key, fc.boolean(), fc.integer({ min: 0, max: 8 }))
      .map((all) => range(...all)),
  },
  { weight: 4, arbitrary: fc.constant(step('commit', (world) => world.commit())) },
  { weight: 1, arbitrary: fc.constant(step('load', (world) => world.tree.load())) },
  {
    weight: 1,
    arbitrary: fc.boolean().map((load) => step(`reopen(load: ${load})`, (world) => world.reopen(load))),
  },
  { weight: 1, arbitrary: fc.constant(step('check', (world) => world.check())) },
);

test('every field does what a plain collection does, over commits, reopening, loading and reading without', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
      const world = new World();
      world.tree = await Infinitree.create(Everything, {
        backend: world.backend,
        key: world.key,
        objectSize: 65_536,
      });
      for (const { run } of commands) await run(world);
      await world.check();
      await world.commit();
      await world.check();
      await world.reopen(false);
      await world.check();
      for (const { id, state } of world.history) {
        await using view = await world.tree.at(id);
        await view.load();
        for (const name of PROPERTIES) {
          expect([name, ...entriesInMemory(view.index, name)]).toEqual([name, ...state.entries(name)]);
        }
      }
      await world.tree.close();
    }),
    { numRuns: 150, reporter: report },
  );
}, 120_000);

function report(details: fc.RunDetails<[Command[]]>): void {
  if (!details.failed) return;
  const labels = (details.counterexample?.[0] ?? []).map(({ label }) => label).join('\n');
  throw new Error(`seed ${details.seed}\n${labels}\n${String((details.errorInstance as Error | undefined)?.stack)}`);
}
