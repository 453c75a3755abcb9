import { CacheBackend, type CacheOptions } from '@infinitree/backend-cache';
import { DirectoryBackend, type DirectoryOptions, type SystemPort } from '@infinitree/backend-directory';
import { type Backend, Key } from '@infinitree/core';
import {
  type CrashState,
  type DiskImage,
  type DiskOperation,
  SeededRandom,
  SimulatedDisk,
  TestClock,
  type TornWrite,
} from '@infinitree/testing';
import { Chronicle } from './chronicle.js';
import { type Around, intercept, interceptFiles } from './intercept.js';
import { PromisedKeys } from './promised-keys.js';
import { type Doing, Purposes } from './purposes.js';

export const KEY = Key.fromBytes(new Uint8Array(32).fill(7));

/** Of a split tree: the key that reads it, and one that only writes to it. */
export const READER = Key.splitReader(KEY);
export const WRITER = Key.splitWriter(Key.fromBytes(new Uint8Array(32).fill(8)));

/** Calls that ask nothing of a disk that could be lost, and may run beside one that does. */
const READING = new Set(['get', 'heads.read', 'heads.claims', 'locks.read']);

const MARKING = new Set(['heads.append of a mark', "heads.append of a successor's mark"]);

export type Durability = NonNullable<DirectoryOptions['durability']>;

export type CacheMode = NonNullable<CacheOptions['mode']>;

/** Small enough that something has to go. */
const CACHE_BYTES = 12 * 65_536;

/** Changes how a program's backend behaves: a mistake that the suite has to notice. */
export type Mutate = (backend: Backend, doing: Doing) => Backend;

export interface MachineOptions {
  readonly seed: number;
  readonly image?: DiskImage;
  readonly chronicle?: Chronicle;
  /** How often it was started before: programs of an earlier time are gone, and known to be. */
  readonly boot?: number;
  readonly mutate?: Mutate | undefined;
  /** What its file system is taken for. */
  readonly durability?: Durability;
  /** How programs cache what they read and write, where they do. */
  readonly cache?: CacheMode | undefined;
  readonly torn?: readonly TornWrite[];
  readonly creations?: number;
  readonly keys?: PromisedKeys;
  /** Whether its tree is split. */
  readonly split?: boolean | undefined;
}

export interface StartOptions {
  /** Whether it uses no cache. */
  readonly direct?: boolean;
  /** The folder of its storage. */
  readonly root?: string;
}

/** A process that runs. */
export interface Started {
  readonly pid: number;
  readonly backend: Backend;
  readonly doing: Doing;
  readonly random: SeededRandom;
}

/** A computer on which programs run until the power fails: disk, clock, processes, and what was promised to whom. */
export class Machine {
  readonly random: SeededRandom;
  readonly clock = new TestClock();
  readonly disk: SimulatedDisk;
  readonly chronicle: Chronicle;
  readonly keys: PromisedKeys;
  readonly boot: number;
  /** Writes that the power cuts so far have torn. */
  readonly torn: readonly TornWrite[];
  readonly #durability: Durability;
  readonly #cache: CacheMode | undefined;
  readonly #split: boolean;
  readonly #seed: number;
  readonly #mutate: Mutate;
  #operations: readonly DiskOperation[] | undefined;
  readonly #alive = new Set<number>();
  #programs = 0;
  #labels = 0;
  /** Who was the last whose commit was acknowledged, and who is about to succeed. */
  #writer = 0;
  #successor = 0;
  /** How many creations were begun on its disk. */
  creations: number;
  /** The verb of the backend that the next operation of the disk is part of. */
  #during: string | undefined;
  /** From which operation on a power cut is looked at. */
  begin = 0;

  constructor(options: MachineOptions) {
    const { seed, image, chronicle = new Chronicle(), boot = 0, mutate = (backend) => backend } = options;
    this.#seed = seed;
    this.#durability = options.durability ?? 'append';
    this.#cache = options.cache;
    this.#split = options.split ?? false;
    this.torn = options.torn ?? [];
    this.creations = options.creations ?? 0;
    this.random = new SeededRandom(seed);
    this.boot = boot;
    this.chronicle = chronicle;
    this.keys = options.keys ?? new PromisedKeys(new Map([[this.key, 'opens']]));
    this.#mutate = mutate;
    const during = () => this.#during;
    this.disk = new SimulatedDisk(
      image === undefined ? { clock: this.clock, during } : { image, clock: this.clock, during },
    );
  }

  /** The machine after a power cut: what is left of the disk, and what was promised by then. */
  restarted(state: CrashState): Machine {
    const chronicle = this.chronicle.from(state.boundary);
    const torn = state.torn === undefined ? this.torn : [...this.torn, state.torn];
    const keys = new PromisedKeys(this.keys.at(state.boundary));
    const same = {
      seed: this.#seed,
      durability: this.#durability,
      cache: this.#cache,
      creations: this.creations,
      split: this.#split,
    };
    return new Machine({ ...same, boot: this.boot + 1, image: state.image(), chronicle, keys, torn });
  }

  /** The key that its tree is created with. */
  get key(): Key {
    return this.#split ? READER : KEY;
  }

  /** What was asked of the disk. */
  get operations(): readonly DiskOperation[] {
    return this.#operations ?? this.disk.operations;
  }

  /** Makes something else of what was recorded, in which all keeps its number. */
  rewrite(operations: (recorded: readonly DiskOperation[]) => readonly DiskOperation[]): void {
    this.#operations = operations(this.disk.operations);
  }

  /** The number of operations so far: the time of this machine. */
  get now(): number {
    return this.disk.operations.length;
  }

  /** Everything before this is on the disk for good, and not looked at. */
  beginHere(): void {
    this.disk.writeBack();
    this.begin = this.now;
  }

  /** Starts a process; each of its file operations waits for `before`. */
  async start(before: () => Promise<void>, { direct = false, root = '/tree' }: StartOptions = {}): Promise<Started> {
    const pid = ++this.#programs;
    this.#alive.add(pid);
    // Those that write run one by one, but for several of one kind.
    const verbs: string[] = [];
    const fileSystem = interceptFiles(this.disk, before, () => {
      this.#during = verbs.at(-1);
      // Torn, it would take the place of the mark that the successor has written there.
      const late = this.#successor !== 0 && this.#successor !== pid;
      if (MARKING.has(this.#during ?? '') && late) this.chronicle.hiding(this.now, true);
    });
    const directory = await DirectoryBackend.open(root, {
      fileSystem,
      system: this.#system(pid),
      durability: this.#durability,
    });
    const doing: Doing = {};
    const purposes = new Purposes(doing);
    const labelled = intercept(directory, async (verb, args, next) => {
      const purpose = purposes.of(verb, args);
      if (READING.has(verb)) return next();
      verbs.push(purpose);
      try {
        return await next();
      } finally {
        verbs.splice(verbs.lastIndexOf(purpose), 1);
      }
    });
    const random = new SeededRandom(this.#seed * 1009 + this.boot * 101 + pid);
    const upstream = intercept(this.#mutate(labelled, doing), this.#watching(pid, doing));
    const backend = direct ? upstream : await this.#cached(upstream, fileSystem);
    return { pid, backend, doing, random };
  }

  /** The message of a commit, by which it is told from all others. */
  nextLabel(): string {
    return `${this.boot}.${++this.#labels}`;
  }

  /** A process was told that its commit is stored. */
  acknowledged(pid: number, labels: readonly string[]): void {
    // It may be told late, when others have gone on.
    if (labels.length >= this.chronicle.now.sure.length) this.#writer = pid;
    if (this.#successor === pid) {
      this.#successor = 0;
      this.chronicle.hiding(this.now, false);
    }
    this.chronicle.acknowledged(this.now, labels);
  }

  /** All processes are gone, and the machine goes on. */
  killAll(): void {
    this.#alive.clear();
  }

  /** A process has closed the tree. */
  end(pid: number): void {
    if (this.#writer === pid) this.chronicle.closed(this.now);
    this.#alive.delete(pid);
  }

  /** On the same disk, so that a power cut takes from the cache and from what is behind it. */
  async #cached(upstream: Backend, fileSystem: NonNullable<CacheOptions['fileSystem']>): Promise<Backend> {
    const mode = this.#cache;
    if (mode === undefined) return upstream;
    const now = () => this.clock.now();
    return CacheBackend.open({ upstream, directory: '/cache', maxBytes: CACHE_BYTES, mode, fileSystem, now });
  }

  /** Notes when a successor begins to hide what it builds upon, and when it believes to have made that durable. */
  #watching(pid: number, doing: Doing): Around {
    // What the program asks for counts here, whatever a mistake makes of it.
    const purposes = new Purposes(doing);
    return async (verb, args, next) => {
      const purpose = purposes.of(verb, args);
      const mayHide = this.#writer !== pid && !this.chronicle.now.closed;
      if (verb === 'heads.claim' && mayHide) this.#successor = pid;
      const hides = this.#successor === pid;
      // With its claim a frame without a mark is not shown any more. What was shown before that was to be durable.
      if (verb === 'heads.claim' && hides) this.chronicle.hiding(this.now + 1, true);
      // A mark that it writes has to be synced yet.
      if (verb === 'heads.append' && hides) this.chronicle.hiding(this.now, true);
      const result = await next();
      const shows = purpose === "heads.sync of a successor's mark" && this.#successor === pid;
      if (shows) this.chronicle.hiding(this.now, false);
      return result;
    };
  }

  #system(pid: number): SystemPort {
    return {
      pid,
      hostname: () => 'simulated',
      readText: (path) => (path.endsWith('boot_id') ? `boot ${this.boot}` : undefined),
      readLink: () => undefined,
      alive: (other) => this.#alive.has(other),
    };
  }
}
