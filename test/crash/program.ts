import { setImmediate } from 'node:timers/promises';
import {
  type Backend,
  type Commit,
  Infinitree,
  type InfinitreeError,
  isInfinitreeError,
  type Key,
} from '@infinitree/core';
import type { Write } from './chronicle.js';
import { type Change, joined, type Kind, Plot, prepare } from './contents.js';
import type { Machine } from './machine.js';
import type { Doing } from './purposes.js';

/** The smallest size of an object, so that little data makes many of them. */
const OBJECT_SIZE = 65_536;

/** How a commit ended. */
export type Outcome = 'stored' | 'refused' | 'unknown';

export interface OpenProgram {
  readonly takeover?: boolean;
  readonly readonly?: boolean;
  /** Past the cache, where others use one. */
  readonly direct?: boolean | undefined;
  /** Where it is to be one key, and no other of those that open the tree. */
  readonly key?: Key;
}

/** A process with the tree open, of which the chronicle knows what it was told. */
export class Program {
  readonly tree: Infinitree<Plot>;
  readonly #machine: Machine;
  readonly #pid: number;
  readonly #backend: Backend;
  readonly #operations: Operations;
  readonly #doing: Doing;
  /** The commits that this process knows of. */
  #known: readonly string[] = [];
  /** What was to be committed and was refused. */
  #staged: Change | undefined;
  #doubt: { readonly write: Write; readonly resolve: () => Promise<Commit> } | undefined;

  private constructor(machine: Machine, process: Process, tree: Infinitree<Plot>) {
    this.#machine = machine;
    this.#pid = process.pid;
    this.#backend = process.backend;
    this.#operations = process.operations;
    this.#doing = process.doing;
    this.tree = tree;
  }

  static async create(machine: Machine, operations = new Operations()): Promise<Program> {
    const process = await startProcess(machine, operations);
    machine.creations += 1;
    const tree = await Infinitree.create(Plot, { ...process.options, objectSize: OBJECT_SIZE });
    machine.chronicle.created(machine.now);
    return new Program(machine, process, tree);
  }

  /** Begins to create a tree and is killed before its n-th file operation, or comes to an end before that. */
  static async killedCreation(machine: Machine, nth: number): Promise<void> {
    const operations = new Operations();
    await new Promise<unknown>((resolve, reject) => {
      operations.before(nth, () => new Promise<never>(resolve));
      Program.create(machine, operations).then(resolve, reject);
    });
    machine.killAll();
  }

  static async open(machine: Machine, { direct, key: one, ...options }: OpenProgram = {}): Promise<Program> {
    if (one !== undefined) return Program.#openWith(machine, one, { direct, ...options });
    let refused: unknown;
    for (const [key, promised] of machine.keys.at()) {
      if (promised === 'opens nothing') continue;
      try {
        return await Program.#openWith(machine, key, { direct, ...options });
      } catch (error) {
        if (promised === 'opens' || !isInfinitreeError(error, 'WRONG_KEY')) throw error;
        refused = error;
      }
    }
    throw refused;
  }

  /** Whether one key opens the tree. */
  static async opensWith(machine: Machine, key: Key): Promise<boolean> {
    try {
      await (await Program.#openWith(machine, key, { readonly: true })).close();
      return true;
    } catch (error) {
      if (!isInfinitreeError(error, 'WRONG_KEY')) throw error;
      return false;
    }
  }

  static async #openWith(machine: Machine, key: Key, { direct, ...options }: OpenProgram): Promise<Program> {
    const process = await startProcess(machine, new Operations(), direct);
    const tree = await Infinitree.open(Plot, { ...process.options, key, ...options });
    const program = new Program(machine, process, tree);
    await program.#look();
    return program;
  }

  /** Gives the tree another key, beside the one in use or in its place. */
  async giveKey(how: 'add' | 'reseal', key: Key, inUse?: Key): Promise<void> {
    const { keys } = this.#machine;
    const old = inUse === undefined ? [] : [inUse];
    keys.promise(
      this.#machine.now,
      [key, ...old].map((one) => [one, 'may open'] as const),
    );
    await (how === 'add' ? this.tree.keys.add(key) : this.tree.reseal(key));
    keys.promise(this.#machine.now, [[key, 'opens'], ...old.map((one) => [one, 'opens nothing'] as const)]);
  }

  /** Takes a key from the tree that is not the one in use. */
  async takeKey(key: Key): Promise<void> {
    const { keys } = this.#machine;
    const [other, ...more] = this.tree.keys.list().filter(({ current }) => !current);
    if (other === undefined || more.length > 0) throw new Error('There is to be one other key.');
    keys.promise(this.#machine.now, [[key, 'may open']]);
    await this.tree.keys.remove(other.id);
    keys.promise(this.#machine.now, [[key, 'opens nothing']]);
  }

  /** How many file operations it has made so far. */
  get made(): number {
    return this.#operations.made;
  }

  /** Runs `then` before the n-th file operation from now on, which waits for it. */
  before(nth: number, then: () => Promise<void>): void {
    this.#operations.before(nth, then);
  }

  /** Makes that many commits in one moment. Resolves to how that ended. */
  async commit(kind: Kind, times = 1): Promise<Outcome> {
    return (await this.prepare(kind, times))();
  }

  /** Stores the blobs of that many commits, which what this gives makes in one moment. */
  async prepare(kind: Kind, times = 1): Promise<() => Promise<Outcome>> {
    await this.resolve();
    const machine = this.#machine;
    const labels = Array.from({ length: times }, () => machine.nextLabel());
    const changes = labels.map((label) => kind(machine.random, label));
    const ready: (() => void)[] = [];
    for (const change of changes) ready.push(await prepare(this.tree, change));
    return () => this.#commit(labels, changes, ready);
  }

  async #commit(
    labels: readonly string[],
    changes: readonly Change[],
    ready: readonly (() => void)[],
  ): Promise<Outcome> {
    const machine = this.#machine;
    // What was refused is staged still, and comes with the next commit.
    const write = changes.map((change, i) => {
      const carried = i === 0 ? this.#staged : undefined;
      return [labels[i]!, carried === undefined ? change : joined(carried, change)] as const;
    });
    this.#staged = undefined;
    machine.chronicle.begun(machine.now, write);
    const commits = labels.map((label, i) => {
      ready[i]!();
      return this.tree.commit(label);
    });
    const [first] = await Promise.allSettled(commits);
    if (first?.status === 'fulfilled') return this.#acknowledged(write);
    const error: unknown = first?.reason;
    if (isInfinitreeError(error, 'COMMIT_UNKNOWN')) {
      this.#doubt = { write, resolve: (error as InfinitreeError & { resolve(): Promise<Commit> }).resolve };
      return 'unknown';
    }
    return this.#refused(write, error);
  }

  /** Finds out how a commit ended of which that is not known. */
  async resolve(): Promise<void> {
    const doubt = this.#doubt;
    if (doubt === undefined) return;
    this.#doubt = undefined;
    this.#doing.activity = 'resolve';
    await doubt.resolve().then(
      () => this.#acknowledged(doubt.write),
      (error: unknown) => this.#refused(doubt.write, error),
    );
    this.#doing.activity = undefined;
  }

  /** Takes over what others did, and drops what it collides with. */
  async refresh(): Promise<void> {
    await this.resolve();
    await this.tree.refresh({ onConflict: 'drop' });
    await this.#look();
  }

  /** A commit of nothing that is put into objects: what is put, a fold beside it does. */
  async commitBesideFolds(kind: Kind): Promise<void> {
    this.#doing.activity = 'fold';
    await this.commit(kind);
    for (let i = 0; i < 20; i++) await setImmediate();
    this.#doing.activity = undefined;
  }

  /** Makes one of all that was folded. */
  async compact(): Promise<void> {
    this.#doing.activity = 'merge';
    await this.tree.compact();
    this.#doing.activity = undefined;
  }

  async close(): Promise<void> {
    this.#doing.activity = 'close';
    await this.tree.close();
    await this.#backend.close();
    this.#machine.end(this.#pid);
  }

  /** The commits that the tree shows now. */
  get known(): readonly string[] {
    return this.#known;
  }

  async #look(): Promise<void> {
    const commits = await this.tree.commits();
    this.#known = commits.map(({ message }) => message);
    this.#machine.chronicle.shown(this.#machine.now, this.#known);
  }

  #acknowledged(write: Write): 'stored' {
    this.#known = [...this.#known, ...write.map(([label]) => label)];
    this.#machine.acknowledged(this.#pid, this.#known);
    return 'stored';
  }

  #refused(write: Write, error: unknown): 'refused' {
    if (!isInfinitreeError(error, 'CONFLICT')) throw error;
    this.#machine.chronicle.refused(this.#machine.now, write);
    this.#staged = write.map(([, change]) => change).reduce(joined);
    return 'refused';
  }
}

interface Process {
  readonly pid: number;
  readonly backend: Backend;
  readonly operations: Operations;
  readonly doing: Doing;
  readonly options: Parameters<typeof Infinitree.create>[1];
}

async function startProcess(machine: Machine, operations = new Operations(), direct = false): Promise<Process> {
  const { random, ...process } = await machine.start(() => operations.next(), { direct });
  const { backend } = process;
  return {
    ...process,
    operations,
    options: { backend, key: machine.key, environment: { clock: machine.clock, random } },
  };
}

/** Counts the file operations of a process, and lets others have their turn in between. */
class Operations {
  made = 0;
  #interludes: { left: number; readonly then: () => Promise<void> }[] = [];

  before(nth: number, then: () => Promise<void>): void {
    this.#interludes.push({ left: nth, then });
  }

  async next(): Promise<void> {
    this.made += 1;
    if (this.#interludes.length === 0) return;
    for (const interlude of this.#interludes) interlude.left -= 1;
    const due = this.#interludes.filter(({ left }) => left === 0);
    this.#interludes = this.#interludes.filter(({ left }) => left > 0);
    for (const { then } of due) await then();
  }
}
