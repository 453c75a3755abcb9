import fc from 'fast-check';
import {
  type Collection,
  given,
  isWhole,
  KEYS,
  LISTS,
  type ListName,
  MAPS,
  type MapName,
  NAMES,
  type Name,
  SETS,
  type SetName,
  same,
  VALUES,
  type World,
  type Writer,
} from './field-writers.js';
import type { Heads } from './scene.js';

/** What one of two writers does. Says so, for a shrunk failure to read well. */
export interface Command {
  readonly label: string;
  readonly who: number;
  run(writer: Writer): Promise<void> | void;
}

/** Where a commit can fail, by kind of heads. */
const VERBS = {
  cas: ['put', 'heads.read', 'heads.cas'],
  epoch: ['put', 'heads.append', 'heads.sync', 'heads.claim', 'heads.create', 'heads.read'],
} as const;

const key = fc.nat(KEYS - 1);
const place = fc.nat(VALUES.length - 1);
const versioned = <T extends Name>(all: readonly T[]) => all.filter((name) => !isWhole(name));

/** A command, of what is drawn for it. */
function command<A extends unknown[]>(
  label: string,
  run: (writer: Writer, ...drawn: A) => Promise<void> | void,
  ...drawn: { [I in keyof A]: fc.Arbitrary<A[I]> }
): fc.Arbitrary<Command> {
  return fc.tuple(fc.nat(1), fc.tuple(...drawn)).map(([who, given]) => ({
    label: `${who === 0 ? 'A' : 'B'}: ${label}(${given.map((one) => JSON.stringify(one)).join(', ')})`,
    who,
    run: (writer) => run(writer, ...(given as A)),
  }));
}

function set(writer: Writer, name: MapName, k: number, v: number): void {
  const does = writer.change(name, 'nothing', () => writer.index[name].set(k, given(VALUES[v])));
  if (does) writer.fields[name].put(k, { value: VALUES[v] });
}

function insert(writer: Writer, name: MapName, k: number, v: number): void {
  const field = writer.fields[name];
  const known = field.content;
  let winner: unknown;
  const does = writer.change(name, { key: k }, () => {
    winner = writer.index[name].insert(k, given(VALUES[v]));
  });
  if (!does) return;
  same(winner, known.has(k) ? known.get(k) : VALUES[v], `inserting into ${name}`);
  if (!known.has(k)) field.compute(k, { value: VALUES[v] });
}

function update(writer: Writer, name: MapName, k: number, v: number): void {
  const field = writer.fields[name];
  const known = field.content;
  let updated: unknown;
  const does = writer.change(name, { key: k }, () => {
    updated = writer.index[name].update(k, (old) => {
      same(old, known.get(k), `the old value in ${name}`);
      return given(VALUES[v]);
    });
  });
  if (!does) return;
  same(updated, known.has(k) ? VALUES[v] : undefined, `updating ${name}`);
  if (known.has(k)) field.compute(k, { value: VALUES[v] });
}

function add(writer: Writer, name: SetName, k: number): void {
  const field = writer.fields[name];
  const isKnown = field.isAtHand(k) && field.content.has(k);
  const does = writer.change(name, 'nothing', () => writer.index[name].add(k));
  if (does && !isKnown) field.put(k, { value: null });
}

function remove(writer: Writer, name: MapName | SetName, k: number): void {
  if (writer.change(name, 'nothing', () => writer.index[name].delete(k))) writer.fields[name].put(k, undefined);
}

function push(writer: Writer, name: ListName, values: readonly number[]): void {
  const does = writer.change(name, 'nothing', () => writer.index[name].push(...values.map((v) => given(VALUES[v]))));
  if (does) writer.fields[name].push(values.map((v) => VALUES[v]));
}

function assign(writer: Writer, v: number): void {
  const does = writer.change('cell', 'nothing', () => {
    writer.index.cell.value = given(VALUES[v]);
  });
  if (does) writer.fields.cell.put(0, { value: VALUES[v] });
}

function clear(writer: Writer, name: Collection): void {
  if (writer.change(name, 'nothing', () => writer.index[name].clear())) writer.fields[name].clear();
}

function retain(writer: Writer, name: MapName | SetName, odd: number): void {
  const field = writer.fields[name];
  const known = field.content;
  if (!writer.change(name, 'all', () => writer.index[name].retain((k: number) => k % 2 === odd))) return;
  for (const k of known.keys()) if (k % 2 !== odd) field.compute(k, undefined);
}

/** Enough to fill a journal, and to have older heads removed. */
async function burst(writer: Writer): Promise<void> {
  for (let i = 0; i < 20; i++) await writer.commit('always');
}

type Weighted = { readonly weight: number; readonly arbitrary: fc.Arbitrary<Command> };

/** Changes that look at nothing. */
const blind = (maps: readonly MapName[], sets: readonly SetName[], lists: readonly ListName[]): Weighted[] => [
  { weight: 6, arbitrary: command('set', set, fc.constantFrom(...maps), key, place) },
  { weight: 4, arbitrary: command('add', add, fc.constantFrom(...sets), key) },
  { weight: 4, arbitrary: command('delete', remove, fc.constantFrom(...maps, ...sets), key) },
  {
    weight: 6,
    arbitrary: command('push', push, fc.constantFrom(...lists), fc.array(place, { minLength: 1, maxLength: 3 })),
  },
  { weight: 2, arbitrary: command('cell', assign, place) },
  { weight: 2, arbitrary: command('clear', clear, fc.constantFrom(...maps, ...sets, ...lists)) },
];

/** What brings changes to storage, or takes over those of others. */
const commits = (heads: Heads): Weighted[] => [
  {
    weight: 8,
    arbitrary: command(
      'commit',
      (writer, mode) => writer.commit(mode),
      fc.constantFrom('always' as const, 'on-change' as const),
    ),
  },
  {
    weight: 3,
    arbitrary: command(
      'failing commit',
      (writer, verb, when, nth) => writer.commit('on-change', { verb, when, nth }),
      fc.constantFrom(...VERBS[heads]),
      fc.constantFrom('before' as const, 'after' as const),
      fc.integer({ min: 1, max: 2 }),
    ),
  },
  { weight: 5, arbitrary: command('refresh', (writer) => writer.refresh()) },
  { weight: 1, arbitrary: command('burst', burst) },
  { weight: 2, arbitrary: command('reopen', (writer) => writer.reopen()) },
];

const looking: Weighted[] = [
  { weight: 3, arbitrary: command('insert', insert, fc.constantFrom(...MAPS), key, place) },
  { weight: 3, arbitrary: command('update', update, fc.constantFrom(...MAPS), key, place) },
  { weight: 1, arbitrary: command('retain', retain, fc.constantFrom(...MAPS, ...SETS), fc.nat(1)) },
];

const loads: Weighted[] = [
  { weight: 4, arbitrary: command('load', (writer, all) => writer.load(all), fc.subarray(NAMES, { minLength: 1 })) },
  {
    weight: 3,
    arbitrary: command(
      'load some',
      (writer, name, keys) => writer.loadSome(name, keys),
      fc.constantFrom('map' as const, 'sparseMap' as const, 'set' as const),
      fc.uniqueArray(key),
    ),
  },
  {
    weight: 2,
    arbitrary: command(
      'load the past',
      (writer, all, a, b, how) => writer.loadPast(all, a, b, how),
      fc.subarray(NAMES, { minLength: 1, maxLength: 4 }),
      fc.nat(9),
      fc.nat(9),
      fc.constantFrom('single' as const, 'upTo' as const, 'range' as const),
    ),
  },
];

const reads: Weighted[] = [
  { weight: 2, arbitrary: command('at', (writer, back, load) => writer.at(back, load), fc.nat(9), fc.boolean()) },
  { weight: 2, arbitrary: command('check', (writer) => writer.check()) },
  {
    weight: 3,
    arbitrary: command(
      'range',
      (writer, name, range) => writer.range(name, range),
      fc.constantFrom(...MAPS, ...SETS, ...LISTS),
      fc.record({ gte: key, lt: key, reverse: fc.boolean(), limit: fc.nat(8) }),
    ),
  },
];

/** Two writers, neither of which ever loads a field. */
export function blindCommands(heads: Heads): fc.Arbitrary<Command[]> {
  const changes = blind(versioned(MAPS), versioned(SETS), versioned(LISTS));
  return fc.array(fc.oneof(...changes, ...commits(heads), ...reads), { maxLength: 60, size: 'max' });
}

/** Two writers that do all there is to do. */
export function allCommands(heads: Heads): fc.Arbitrary<Command[]> {
  const all = [...blind(MAPS, SETS, LISTS), ...looking, ...commits(heads), ...loads, ...reads];
  return fc.array(fc.oneof(...all), { maxLength: 80, size: 'max' });
}

/** Runs commands one after the other; after each, what is in memory is right. In the end, all is, in storage too. */
export async function go(world: World, commands: readonly Command[]): Promise<void> {
  for (const { label, who, run } of commands) {
    const writer = world.writers[who] as Writer;
    try {
      await run(writer);
      for (const each of world.writers) each.checkMemory();
    } catch (error) {
      throw new Error(`at ${label}`, { cause: error });
    }
  }
  for (const writer of world.writers) {
    await writer.check();
    await writer.refresh();
    await writer.commit('on-change');
    await writer.check();
  }
  await world.checkStorage();
}

export function report(details: fc.RunDetails<[Command[]]>): void {
  if (!details.failed) return;
  const labels = (details.counterexample?.[0] ?? []).map(({ label }) => label).join('\n');
  throw new Error(`seed ${details.seed}, path ${details.counterexamplePath ?? ''}\n${labels}`, {
    cause: details.errorInstance,
  });
}
