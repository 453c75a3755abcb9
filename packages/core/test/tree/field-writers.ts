import { isDeepStrictEqual } from 'node:util';
import {
  type Commit,
  Infinitree,
  type InfinitreeError,
  isInfinitreeError,
  Key,
  MemoryBackend,
  registerIndex,
  Serialized,
  SnapshotList,
  SnapshotMap,
  SnapshotSet,
  VersionedList,
  VersionedMap,
  VersionedSet,
} from '@infinitree/core';
import { FailingBackend, SeededRandom } from '@infinitree/testing';
import { type Changes, PlainField } from './plain-field.js';
import { collect, type Heads, OBJECT_SIZE } from './scene.js';

/** Every type of field, by every strategy that it takes. */
export class Everything {
  map = new VersionedMap<number, unknown>();
  sparseMap = new VersionedMap<number, unknown>();
  set = new VersionedSet<number>();
  list = new VersionedList<unknown>();
  sparseList = new VersionedList<unknown>();
  cell = new Serialized<unknown>('initial');
  snapshotMap = new SnapshotMap<number, unknown>();
  sparseSnapshotMap = new SnapshotMap<number, unknown>();
  snapshotSet = new SnapshotSet<number>();
  snapshotList = new SnapshotList<unknown>();
  sparseSnapshotList = new SnapshotList<unknown>();
}
export type Name = keyof Everything;
export const NAMES = Object.keys(new Everything()) as Name[];
registerIndex(Everything, {
  fields: NAMES.map((property) => ({
    property,
    name: `stored ${property}`,
    ...(property.startsWith('sparse') ? { strategy: 'sparse' } : {}),
  })),
});

export const MAPS = ['map', 'sparseMap', 'snapshotMap', 'sparseSnapshotMap'] as const;
export const SETS = ['set', 'snapshotSet'] as const;
export const LISTS = ['list', 'sparseList', 'snapshotList', 'sparseSnapshotList'] as const;
export type MapName = (typeof MAPS)[number];
export type SetName = (typeof SETS)[number];
export type ListName = (typeof LISTS)[number];
export type Collection = MapName | SetName | ListName;

export const isWhole = (name: Name): boolean => /snapshot/i.test(name);
const isList = (name: Name): boolean => /list/i.test(name);
const isSet = (name: Name): boolean => /set$/i.test(name);

/** Maps and sets have keys from 0 up to here. */
export const KEYS = 6;

const random = new SeededRandom(2);
/** Small ones ride in heads and frames; the largest take runs and storage objects of their own. */
export const VALUES: readonly unknown[] = [
  0,
  'one',
  undefined,
  { n: 3 },
  Buffer.from(random.bytes(9000)).toString('base64'),
  Buffer.from(random.bytes(40_000)).toString('base64'),
];
/** A value for a field to keep, which freezes it. */
export const given = (value: unknown): unknown => (typeof value === 'object' ? { ...value } : value);

/** What users see of a field's content. */
function shownIn(name: Name, content: ReadonlyMap<number, unknown>): (readonly [number, unknown])[] {
  if (isSet(name)) return [...content.keys()].map((key) => [key, key]);
  if (isList(name)) return [...[...content.values()].entries()];
  return [...content];
}

type Verb = NonNullable<Parameters<FailingBackend['fail']>[0]['verb']>;

/** A call of the storage that fails, the how-manieth of its kind, before or after it took effect. */
interface Trouble {
  readonly call: `${Verb} ${number}`;
  readonly when: 'before' | 'after';
}

function failureOf({ call, when }: Trouble): Parameters<FailingBackend['fail']>[0] {
  const [verb, nth] = call.split(' ');
  return { verb: verb as Verb, nth: Number(nth), when };
}

/** One storage and the handles that write to it in turns, each with what it should hold. */
export class World {
  readonly key = Key.random();
  readonly logs = Object.fromEntries(NAMES.map((name) => [name, []])) as unknown as Record<Name, Changes[]>;
  readonly backend: MemoryBackend<Heads>;
  readonly writers: Writer[] = [];

  constructor(heads: Heads) {
    this.backend = new MemoryBackend<Heads>({ heads });
  }

  static async create(heads: Heads): Promise<World> {
    const world = new World(heads);
    const [first, second] = [new FailingBackend(world.backend), new FailingBackend(world.backend)];
    const { key } = world;
    const tree = await Infinitree.create(Everything, { backend: first, key, objectSize: OBJECT_SIZE });
    world.writers.push(new Writer(world, first, tree, true));
    const other = await Infinitree.open(Everything, { backend: second, key, takeover: true });
    world.writers.push(new Writer(world, second, other, false));
    return world;
  }

  get commits(): number {
    return this.logs.map.length;
  }

  /** Somebody has written a head: the others may be told so when they commit. */
  wrote(by: Writer): void {
    for (const writer of this.writers) if (writer !== by) writer.mayConflict = true;
  }

  /** Whoever opens the tree now sees all that was committed, and how it came about. */
  async checkStorage(): Promise<void> {
    const reader = await Infinitree.open(Everything, { backend: this.backend, key: this.key, readonly: true });
    const writer = new Writer(this, new FailingBackend(this.backend), reader, false);
    await writer.check();
    await writer.load(NAMES);
    const stride = Math.ceil(this.commits / 8);
    for (let back = 0; back < this.commits; back += stride) await writer.at(back, true);
    same((await reader.commits()).length, this.commits, 'the number of commits');
    await reader.close();
  }
}

/** A handle and what it should hold. Each of its calls does the same to both, and compares what they give. */
export class Writer {
  readonly fields: Record<Name, PlainField>;
  /** Whether a commit may be refused although the handle has seen all commits: a head may be without any. */
  mayConflict = false;
  /** Whether a commit was told so: the next ones are refused at once. */
  #mustRefresh = false;
  readonly #world: World;
  readonly #backend: FailingBackend;
  #tree: Infinitree<Everything>;
  #seen: number;

  constructor(world: World, backend: FailingBackend, tree: Infinitree<Everything>, isNew: boolean) {
    this.#world = world;
    this.#backend = backend;
    this.#tree = tree;
    this.#seen = world.commits;
    const plain = (name: Name) =>
      new PlainField(world.logs[name], { isList: isList(name), isWhole: isWhole(name) }, isNew);
    this.fields = Object.fromEntries(NAMES.map((name) => [name, plain(name)])) as Record<Name, PlainField>;
  }

  get index(): Everything {
    return this.#tree.index;
  }

  get #all(): PlainField[] {
    return Object.values(this.fields);
  }

  /** Runs a change, where it is allowed; where it is not, that is what it says. */
  change(name: Name, needs: 'nothing' | 'all' | { readonly key: number }, apply: () => void): boolean {
    const field = this.fields[name];
    const isKnown = needs === 'nothing' || (needs === 'all' ? field.state === 'loaded' : field.isAtHand(needs.key));
    const code = field.isReadonly
      ? 'INFINITREE_READONLY'
      : (isWhole(name) ? field.state === 'loaded' : isKnown)
        ? undefined
        : 'INFINITREE_NOT_LOADED';
    same(codeOf(apply), code, `changing ${name}`);
    return code === undefined;
  }

  /**
   * `meanwhile` is done when the commit is on its way.
   */
  async commit(
    mode: 'always' | 'on-change',
    trouble?: Trouble,
    meanwhile: () => void = () => undefined,
  ): Promise<void> {
    const fields = this.#all;
    const isRefused = this.#mustRefresh || fields.some((field) => field.hasConflicts);
    const mayFail = this.mayConflict || trouble !== undefined || isRefused;
    const hasStaged = fields.some((field) => field.hasStaged);
    if (trouble !== undefined) this.#backend.fail(failureOf(trouble));
    const storing = this.#store(mode);
    if (!isRefused) for (const field of fields) field.swap();
    meanwhile();
    const { commit, error } = await storing;
    this.#backend.heal();
    if (error === undefined) {
      same(isRefused, false, 'whether a commit was refused');
      same(commit !== undefined, mode === 'always' || hasStaged, 'whether there is a commit');
      if (commit === undefined) return;
      same(this.#seen, this.#world.commits, 'what the commit builds upon');
      for (const field of fields) field.settle();
      this.#seen += 1;
      same(commit.sequence, this.#seen, 'the sequence');
    } else {
      if (!mayFail) throw error;
      if (!isRefused) for (const field of fields) field.restore();
    }
    // Also one that failed may have left a head, written to find out.
    this.#world.wrote(this);
  }

  async #store(mode: 'always' | 'on-change'): Promise<{ commit?: Commit | undefined; error?: InfinitreeError }> {
    try {
      return { commit: await this.#tree.commit('m', { mode }) };
    } catch (error) {
      if (!isInfinitreeError(error)) throw error;
      this.#backend.heal();
      if (error.resolve === undefined) {
        if (isInfinitreeError(error, 'CONFLICT')) this.#mustRefresh = true;
        return { error };
      }
      try {
        return { commit: await error.resolve() };
      } catch (verdict) {
        if (!isInfinitreeError(verdict, 'CONFLICT')) throw verdict;
        this.#mustRefresh = this.#seen < this.#world.commits;
        return { error: verdict };
      }
    }
  }

  /** Takes over what others have committed; what conflicts is reported, and then dropped. */
  async refresh(): Promise<void> {
    const expected = NAMES.flatMap((name) => this.fields[name].refresh().map((key) => ({ field: name, key })));
    this.#seen = this.#world.commits;
    this.mayConflict = false;
    this.#mustRefresh = false;
    let reported: InfinitreeError['conflicts'] = [];
    try {
      await this.#tree.refresh();
    } catch (error) {
      if (!isInfinitreeError(error, 'CONFLICT')) throw error;
      reported = error.conflicts ?? [];
    }
    const names = (all: typeof reported) => (all ?? []).map(({ field, key }) => `${field} ${String(key)}`).sort();
    same(names(reported), names(expected), 'what conflicts');
    if (expected.length === 0) return;
    this.checkMemory();
    await this.#tree.refresh({ onConflict: 'drop' });
    for (const field of this.#all) field.dropConflicts();
  }

  async reopen(): Promise<void> {
    const { key } = this.#world;
    await this.#tree.close();
    this.#tree = await Infinitree.open(Everything, { backend: this.#backend, key, takeover: true });
    for (const field of this.#all) field.reopen();
    this.#seen = this.#world.commits;
    this.mayConflict = false;
    this.#mustRefresh = false;
  }

  async load(names: readonly Name[]): Promise<void> {
    await this.#tree.load(...names);
    for (const name of names) this.fields[name].load();
  }

  async loadSome(name: 'map' | 'sparseMap' | 'set', keys: readonly number[]): Promise<void> {
    const takes = (key: number) => keys.includes(key);
    await this.#tree.load(name, { where: takes });
    this.fields[name].load(takes);
  }

  async loadPast(name: Name, a: number, b: number, how: 'single' | 'upTo' | 'range'): Promise<void> {
    // What whole fields wrote is their own business; what they held after a commit is not.
    if (this.#seen === 0 || (isWhole(name) && how !== 'upTo')) return;
    const [from, to] = [(a % this.#seen) + 1, (b % this.#seen) + 1].sort((x, y) => x - y) as [number, number];
    const ref = (sequence: number) => `HEAD~${this.#seen - sequence}`;
    const first = { single: to, upTo: 1, range: from };
    const commits = {
      single: { single: ref(to) },
      upTo: { upTo: ref(to) },
      range: { range: [ref(from), ref(to)] as const },
    };
    await this.#tree.load(name, { commits: commits[how] });
    this.fields[name].loadPast(first[how], to);
  }

  async at(back: number, load: boolean): Promise<void> {
    if (this.#seen === 0) return;
    const sequence = this.#seen - (back % this.#seen);
    await using view = await this.#tree.at(`HEAD~${this.#seen - sequence}`);
    if (load) await view.load();
    for (const name of NAMES) {
      const past = this.fields[name].past(sequence);
      if (load) checkLoaded(view.index, name, past);
      else if (name !== 'cell') same(await collect(view.entries(name)), shownIn(name, past), `${name} at ${sequence}`);
    }
  }

  async range(name: Collection, range: { gte: number; lt: number; reverse: boolean; limit: number }): Promise<void> {
    const { gte, lt, reverse, limit } = range;
    const all = shownIn(name, this.fields[name].content);
    const within = all.filter(([key]) => key >= gte && key < lt);
    const expected = (reverse ? within.reverse() : within).slice(0, limit);
    const tree = this.#tree;
    same(await collect(tree.entries(name, range)), expected, `a range of ${name}`);
    const keys = await collect(tree.entries(name, { ...range, keysOnly: true }));
    same(
      keys,
      expected.map(([key]) => [key, undefined]),
      `keys of ${name}`,
    );
    const values = new Map(all);
    const asked = [gte, lt, gte];
    same(
      await tree.getMany(name, asked),
      asked.map((key) => values.get(key)),
      `values of ${name}`,
    );
    same(await tree.get(name, gte), values.get(gte), `a value of ${name}`);
    same(await tree.has(name, lt), values.has(lt), `whether ${name} has a key`);
  }

  /** What is in memory, what is not, and what is read from storage, with what is staged on top. */
  async check(): Promise<void> {
    this.checkMemory();
    this.#checkNotLoaded();
    for (const name of NAMES) {
      if (name === 'cell') continue;
      const found = await collect(this.#tree.entries(name));
      same(found, shownIn(name, this.fields[name].content), `entries of ${name}`);
    }
  }

  checkMemory(): void {
    for (const name of NAMES) {
      const [field, plain] = [this.index[name], this.fields[name]];
      same(field.state, plain.state, `the state of ${name}`);
      const { shown } = plain;
      if (plain.state === 'loaded' || (name === 'cell' && plain.isAtHand(0))) checkLoaded(this.index, name, shown);
      if (isList(name) || name === 'cell') continue;
      const keyed = this.index[name as MapName | SetName];
      for (let key = 0; key < KEYS; key++) {
        if (!plain.isAtHand(key)) continue;
        same(keyed.has(key), shown.has(key), `whether ${name} has ${key}`);
        if ('get' in keyed) same(keyed.get(key), shown.get(key), `${key} of ${name}`);
      }
    }
  }

  /** What is not in memory says so. Not looked at after each step: errors take their time. */
  #checkNotLoaded(): void {
    for (const name of NAMES) {
      const [field, plain] = [this.index[name], this.fields[name]];
      const reads: (() => unknown)[] = [];
      if (name === 'cell' && !plain.isAtHand(0)) reads.push(() => this.index.cell.value);
      if ('size' in field && plain.state !== 'loaded') reads.push(() => field.size);
      for (let key = 0; key < KEYS; key++) if ('has' in field && !plain.isAtHand(key)) reads.push(() => field.has(key));
      for (const read of reads) same(codeOf(read), 'INFINITREE_NOT_LOADED', `what is not loaded of ${name}`);
    }
  }
}

function checkLoaded(index: Everything, name: Name, content: ReadonlyMap<number, unknown>): void {
  if (name === 'cell') {
    same(index.cell.value, content.size === 0 ? 'initial' : content.get(0), 'the cell');
    return;
  }
  const field = index[name];
  same([...field.entries()], shownIn(name, content), `${name} in memory`);
  same(field.size, content.size, `the size of ${name}`);
  if ('at' in field)
    for (const i of [0, -1, content.size]) same(field.at(i), [...content.values()].at(i), `${name} at ${i}`);
}

function codeOf(call: () => unknown): string | undefined {
  try {
    call();
  } catch (error) {
    if (isInfinitreeError(error)) return error.code;
    throw error;
  }
  return undefined;
}

/** Much faster than a matcher, and brief on large values. */
export function same(found: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(found, expected)) return;
  const brief = (value: unknown) =>
    JSON.stringify(value, (_, part: unknown) => {
      if (part === undefined) return '(undefined)';
      return typeof part === 'string' && part.length > 100 ? `${part.length} characters` : part;
    });
  throw new Error(`${what}: found ${brief(found)} in place of ${brief(expected)}`);
}
