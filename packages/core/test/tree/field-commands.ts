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

/** Something that a writer does. Says so, for a shrunk failure to read well. */
interface Action<R> {
  readonly label: string;
  run(writer: Writer): R;
}

/** What one of two writers does. */
export interface Command {
  readonly who: number;
  readonly action: Action<Promise<void> | void>;
}

/**
 * Which call of a commit can fail, by kind of heads. Not the second append, which is a mark: while that is missing, and an
 * epoch claimed, readers do not show the commit.
 */
const CALLS = {
  cas: ['put 1', 'put 2', 'heads.read 1', 'heads.read 2', 'heads.cas 1'],
  epoch: [
    'put 1',
    'put 2',
    'heads.append 1',
    'heads.sync 1',
    'heads.sync 2',
    'heads.claim 1',
    'heads.create 1',
    'heads.read 1',
  ],
} as const;

const key = fc.nat(KEYS - 1);
const place = fc.nat(VALUES.length - 1);
const COLLECTIONS: readonly Collection[] = [...MAPS, ...SETS, ...LISTS];

/** An action, of what is drawn for it. */
function action<R, A extends unknown[]>(
  label: string,
  run: (writer: Writer, ...drawn: A) => R,
  ...drawn: { [I in keyof A]: fc.Arbitrary<A[I]> }
): fc.Arbitrary<Action<R>> {
  return fc.tuple(...drawn).map((all) => ({
    label: `${label}(${all.map((one) => JSON.stringify(one)).join(', ')})`,
    run: (writer) => run(writer, ...(all as A)),
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

interface Weighted<R> {
  readonly weight: number;
  readonly arbitrary: fc.Arbitrary<Action<R>>;
}

/** An action on one of the fields, where there is one. */
function on<N extends Name, R>(
  fields: readonly Name[],
  names: readonly N[],
  weight: number,
  make: (name: fc.Arbitrary<N>) => fc.Arbitrary<Action<R>>,
): Weighted<R>[] {
  const chosen = names.filter((name) => fields.includes(name));
  return chosen.length === 0 ? [] : [{ weight, arbitrary: make(fc.constantFrom(...chosen)) }];
}

/** Changes that look at nothing. */
const blind = (fields: readonly Name[]): Weighted<void>[] => [
  ...on(fields, MAPS, 6, (name) => action('set', set, name, key, place)),
  ...on(fields, SETS, 5, (name) => action('add', add, name, key)),
  ...on(fields, [...MAPS, ...SETS], 4, (name) => action('delete', remove, name, key)),
  ...on(fields, LISTS, 6, (name) => action('push', push, name, fc.array(place, { minLength: 1, maxLength: 3 }))),
  ...on(fields, ['cell'], 3, () => action('cell', assign, place)),
  ...on(fields, COLLECTIONS, 2, (name) => action('clear', clear, name)),
];

/** Changes that look first. */
const looking = (fields: readonly Name[]): Weighted<void>[] => [
  ...on(fields, MAPS, 3, (name) => action('insert', insert, name, key, place)),
  ...on(fields, MAPS, 3, (name) => action('update', update, name, key, place)),
  ...on(fields, [...MAPS, ...SETS], 1, (name) => action('retain', retain, name, fc.nat(1))),
];

/** What brings changes to storage, with others made meanwhile, or takes over those of the other writer. */
function commits(heads: Heads, changes: readonly Weighted<void>[]): Weighted<Promise<void>>[] {
  const meanwhile = fc.array(fc.oneof(...changes), { maxLength: 4 });
  const trouble = fc.record({
    call: fc.constantFrom(...CALLS[heads]),
    when: fc.constantFrom('before' as const, 'after' as const),
  });
  const commit = fc
    .tuple(
      fc.constantFrom('always' as const, 'on-change' as const),
      fc.option(trouble, { nil: undefined, freq: 2 }),
      meanwhile,
    )
    .map(([mode, failure, during]) => ({
      label: `commit(${mode}, ${JSON.stringify(failure)}), meanwhile ${during.map(({ label }) => label).join(' ')}`,
      run: (writer: Writer) => writer.commit(mode, failure, () => during.forEach(({ run }) => run(writer))),
    }));
  return [
    { weight: 10, arbitrary: commit },
    { weight: 5, arbitrary: action('refresh', (writer) => writer.refresh()) },
    { weight: 1, arbitrary: action('burst', burst) },
    { weight: 2, arbitrary: action('reopen', (writer) => writer.reopen()) },
  ];
}

const loads = (fields: readonly Name[]): Weighted<Promise<void>>[] => [
  ...on(fields, fields, 4, (name) => action('load', (writer, one) => writer.load([one]), name)),
  ...on(fields, ['map', 'sparseMap', 'set'] as const, 3, (name) =>
    action('load some', (writer, one, keys) => writer.loadSome(one, keys), name, fc.uniqueArray(key)),
  ),
  ...on(fields, fields, 2, (name) =>
    action(
      'load the past',
      (writer, one, a, b, how) => writer.loadPast(one, a, b, how),
      name,
      fc.nat(9),
      fc.nat(9),
      fc.constantFrom('single' as const, 'upTo' as const, 'range' as const),
    ),
  ),
];

const reads = (fields: readonly Name[]): Weighted<Promise<void>>[] => [
  { weight: 2, arbitrary: action('at', (writer, back, load) => writer.at(back, load), fc.nat(9), fc.boolean()) },
  { weight: 2, arbitrary: action('check', (writer) => writer.check()) },
  ...on(fields, COLLECTIONS, 3, (name) =>
    action(
      'range',
      (writer, one, range) => writer.range(one, range),
      name,
      fc.record({ gte: key, lt: key, reverse: fc.boolean(), limit: fc.nat(8) }),
    ),
  ),
];

/** How many commands there are. */
interface Length {
  readonly minLength?: number;
  readonly maxLength: number;
}

/** Two writers and a few fields: with many, hardly anything would meet. */
function commands(
  names: readonly Name[],
  length: Length,
  actions: (fields: readonly Name[]) => readonly Weighted<Promise<void> | void>[],
): fc.Arbitrary<Command[]> {
  return fc.subarray([...names], { minLength: 1, maxLength: 3 }).chain((fields) => {
    const command = fc.record({ who: fc.nat(1), action: fc.oneof(...actions(fields)) });
    return fc.array(command, { ...length, size: 'max' });
  });
}

/** Neither of the two ever loads a field. */
export function blindCommands(heads: Heads, length: Length): fc.Arbitrary<Command[]> {
  const names = NAMES.filter((name) => !isWhole(name));
  return commands(names, length, (fields) => [...blind(fields), ...commits(heads, blind(fields)), ...reads(fields)]);
}

/** They do all there is to do. */
export function allCommands(heads: Heads, length: Length): fc.Arbitrary<Command[]> {
  return commands(NAMES, length, (fields) => {
    const changes = [...blind(fields), ...looking(fields)];
    return [...changes, ...commits(heads, changes), ...loads(fields), ...reads(fields)];
  });
}

const described = ({ who, action: { label } }: Command): string => `${who === 0 ? 'A' : 'B'}: ${label}`;

/** Runs commands one after the other; after each, what is in memory is right. In the end, all is, in storage too. */
export async function go(world: World, all: readonly Command[]): Promise<void> {
  for (const command of all) {
    const writer = world.writers[command.who] as Writer;
    try {
      await command.action.run(writer);
      for (const each of world.writers) each.checkMemory();
    } catch (error) {
      throw new Error(`at ${described(command)}`, { cause: error });
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
  const labels = (details.counterexample?.[0] ?? []).map(described).join('\n');
  throw new Error(`seed ${details.seed}, path ${details.counterexamplePath ?? ''}\n${labels}`, {
    cause: details.errorInstance,
  });
}
