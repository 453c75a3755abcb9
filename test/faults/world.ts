import { DirectoryBackend, type SystemPort } from '@infinitree/backend-directory';
import { type Backend, Key, MemoryBackend, type ObjectId } from '@infinitree/core';
import { SimulatedDisk, TestClock } from '@infinitree/testing';
import type { Faults } from './faults.js';
import { faultyBackend } from './faulty-backend.js';
import { faultyFiles, Unsynced } from './faulty-files.js';
import type { Way } from './ways.js';

export const KEY = Key.fromBytes(new Uint8Array(32).fill(9));
/** The smallest size of an object, so that little data makes many of them. */
export const OBJECT_SIZE = 65_536;

/** A storage, and the clock of the machine. */
export interface World {
  readonly clock: TestClock;
  /** Where operations go wrong. */
  readonly level: Way['level'];
  /** Rises whenever something is changed. */
  readonly changes: number;
  /** Rises whenever something is lost that was not synced, such as a mark. */
  readonly losses: number;
  /** The storage as a program has it, with its own number. */
  open(faults: Faults, pid: number, options?: { readonly signal?: AbortSignal }): Promise<Backend>;
  /** Another one, with the same in it. */
  fork(): Promise<World>;
  remove(id: ObjectId): Promise<void>;
}

/** A kind of storage, by name. */
export const STAGES: Readonly<Record<string, () => World>> = {
  'directory-append': () => new DiskWorld('append'),
  'directory-object': () => new DiskWorld('object'),
  'memory-cas': () => new MemoryWorld(new MemoryBackend<'cas' | 'epoch'>({ heads: 'cas', locks: true })),
  'memory-epoch': () => new MemoryWorld(new MemoryBackend<'cas' | 'epoch'>({ heads: 'epoch', locks: true })),
};

/** Operations that change nothing for anybody who reads. */
const SYNCS = new Set(['sync', 'datasync', 'syncFolder']);

class DiskWorld implements World {
  readonly level = 'files';
  readonly clock: TestClock;
  readonly #disk: SimulatedDisk;
  readonly #durability: 'append' | 'object';
  readonly #unsynced = new Unsynced();

  constructor(durability: 'append' | 'object', before?: DiskWorld) {
    this.#durability = durability;
    this.clock = new TestClock(before?.clock.now());
    const { clock } = this;
    this.#disk = new SimulatedDisk(before === undefined ? { clock } : { clock, image: before.#disk.image() });
  }

  get changes(): number {
    return this.#disk.operations.filter(({ kind }) => !SYNCS.has(kind)).length;
  }

  get losses(): number {
    return this.#unsynced.losses;
  }

  async open(faults: Faults, pid: number, options: { readonly signal?: AbortSignal } = {}): Promise<Backend> {
    const fileSystem = faultyFiles(this.#disk, faults, this.#unsynced);
    const durability = this.#durability;
    return DirectoryBackend.open('/tree', { ...options, fileSystem, durability, system: systemOf(pid) });
  }

  async fork(): Promise<World> {
    return new DiskWorld(this.#durability, this);
  }

  async remove(id: ObjectId): Promise<void> {
    await this.#disk.unlink(`/tree/objects/${id.slice(0, 2)}/${id}`);
  }
}

/** All programs are alive. */
function systemOf(pid: number): SystemPort {
  return {
    pid,
    hostname: () => 'simulated',
    readText: () => undefined,
    readLink: () => undefined,
    alive: () => true,
  };
}

class MemoryWorld implements World {
  readonly level = 'calls';
  readonly losses = 0;
  readonly clock: TestClock;
  readonly #backend: MemoryBackend<'cas' | 'epoch'>;
  #changes = 0;

  constructor(backend: MemoryBackend<'cas' | 'epoch'>, nowMs?: number) {
    this.#backend = backend;
    this.clock = new TestClock(nowMs);
  }

  /** How often it was asked for anything but to read. */
  get changes(): number {
    return this.#changes;
  }

  async open(faults: Faults): Promise<Backend> {
    return faultyBackend(this.#backend.reopen(), faults, () => {
      this.#changes += 1;
    });
  }

  async fork(): Promise<World> {
    const { heads } = this.#backend.capabilities;
    const copy = new MemoryBackend<'cas' | 'epoch'>({ heads, locks: true });
    for await (const id of this.#backend.list()) await copy.put(id, (await this.#backend.get(id))!);
    const [from, to] = [this.#backend.heads, copy.heads];
    if ('claims' in from && 'claim' in to) for (const name of await from.claims()) await to.claim(name);
    return new MemoryWorld(copy, this.clock.now());
  }

  async remove(id: ObjectId): Promise<void> {
    await this.#backend.delete([id]);
  }
}
