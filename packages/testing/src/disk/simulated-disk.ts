import type { Clock } from '@infinitree/core';
import { TestClock } from '../clock.js';
import { DiskImage, ROOT } from './disk-image.js';
import { type DiskOperation, type DiskRequest, effectsOf, type Node } from './disk-operation.js';

export interface SimulatedDiskOptions {
  /** What is on the disk. Default: nothing. */
  readonly image?: DiskImage;
  /** Stamps files. */
  readonly clock?: Clock;
  /** Asked at each operation what it is part of, for reports. */
  readonly during?: () => string | undefined;
}

/** The number of ext4 in Linux. */
const LOCAL_FILE_SYSTEM = 0xef53;

/**
 * A disk in memory that fits the file ports of `@infinitree/backend-directory` and `@infinitree/backend-cache`, and
 * writes down all that could be lost in a power cut. What a program sees is what it has written; {@link crashStates} gives what a cut may leave of that.
 * Everything ends in the turn of the event loop in which it was asked for, so that a run can be had again exactly.
 *
 * @example
 * const disk = new SimulatedDisk();
 * const file = await disk.open('/note', 'create');
 * await file.write(new Uint8Array(100), 0);
 * await file.sync();
 * const left = [...crashStates(disk.initial, disk.operations)]; // with and without the file: its folder was not synced
 */
export class SimulatedDisk {
  /** What was on the disk to begin with. */
  readonly initial: DiskImage;
  /** All that was asked for since, in order. */
  readonly operations: DiskOperation[] = [];
  readonly #now: DiskImage;
  readonly #clock: Clock;
  readonly #during: () => string | undefined;
  readonly #modified = new Map<Node, number>();
  readonly #begun: number;

  constructor(options: SimulatedDiskOptions = {}) {
    this.initial = options.image ?? new DiskImage();
    this.#now = this.initial.copy();
    this.#clock = options.clock ?? new TestClock();
    this.#during = options.during ?? (() => undefined);
    this.#begun = this.#clock.now();
  }

  /** The disk as programs see it now. */
  image(): DiskImage {
    return this.#now.copy();
  }

  /** What the system does by itself every now and then: nothing is unsynced any more. */
  writeBack(): void {
    this.#do('', { kind: 'writeBack' });
  }

  async open(path: string, mode: 'create' | 'read' | 'update'): Promise<SimulatedFile> {
    const place = this.#place(path);
    if (mode !== 'create') return this.#fileAt(place.node ?? fail('ENOENT', path), path);
    if (place.node !== undefined) fail('EEXIST', path);
    const node = this.#now.nextNode;
    this.#do(path, { kind: 'create', folder: place.folder, name: place.name, node });
    return this.#fileAt(node, path);
  }

  async link(path: string, name: string): Promise<void> {
    const node = this.#find(path);
    const place = this.#place(name);
    if (place.node !== undefined) fail('EEXIST', name);
    if (this.#now.namesIn(node) !== undefined) fail('EPERM', path);
    this.#do(name, { kind: 'link', folder: place.folder, name: place.name, node });
  }

  /** Of files alone. What has the new name already is replaced. */
  async rename(path: string, name: string): Promise<void> {
    const node = this.#find(path);
    const [from, to] = [this.#place(path), this.#place(name)];
    if (this.#now.namesIn(node) !== undefined) fail('EISDIR', path);
    if (to.node !== undefined && this.#now.namesIn(to.node) !== undefined) fail('EISDIR', name);
    // A file's second name: then nothing is renamed.
    if (to.node === node) return;
    this.#do(name, { kind: 'rename', from, folder: to.folder, name: to.name, node });
  }

  async unlink(path: string): Promise<void> {
    const { folder, name, node } = this.#place(path);
    if (node === undefined) fail('ENOENT', path);
    if (this.#now.namesIn(node) !== undefined) fail('EISDIR', path);
    this.#do(path, { kind: 'unlink', folder, name });
  }

  async mkdir(path: string): Promise<void> {
    if (partsOf(path).length === 0) fail('EEXIST', path);
    const { folder, name, node } = this.#place(path);
    if (node !== undefined) fail('EEXIST', path);
    this.#do(path, { kind: 'mkdir', folder, name, node: this.#now.nextNode });
  }

  async readdir(path: string): Promise<string[]> {
    return [...(this.#now.namesIn(this.#find(path)) ?? fail('ENOTDIR', path)).keys()];
  }

  async syncFolder(path: string): Promise<void> {
    const node = this.#find(path);
    if (this.#now.namesIn(node) === undefined) fail('ENOTDIR', path);
    this.#do(path, { kind: 'syncFolder', node });
  }

  async stat(path: string): Promise<SimulatedStat> {
    return this.#stat(this.#find(path));
  }

  async fileSystemType(_path: string): Promise<number> {
    return LOCAL_FILE_SYSTEM;
  }

  #do(path: string, request: DiskRequest): void {
    this.operations.push({ ...request, path, during: this.#during() });
    this.#now.allocate(request);
    const serial = String(this.operations.length);
    for (const effect of effectsOf(request)) this.#now.apply(effect, serial);
    if ('node' in request && request.kind !== 'link' && request.kind !== 'rename')
      this.#modified.set(request.node, this.#clock.now());
  }

  #fileAt(node: Node, path: string): SimulatedFile {
    let closed = false;
    const bytes = (): Uint8Array => {
      if (closed) fail('EBADF', path);
      return this.#now.bytesOf(node) ?? fail('EISDIR', path);
    };
    const request = async (kind: 'sync' | 'datasync'): Promise<void> => {
      bytes();
      this.#do(path, { kind, node });
    };
    return {
      async read(target, position) {
        const found = bytes().subarray(position, position + target.length);
        target.set(found);
        return found.length;
      },
      write: async (written, offset) => {
        const end = offset + written.length;
        const length = end > bytes().length ? end : undefined;
        this.#do(path, { kind: 'write', node, offset, bytes: written.slice(), length });
        return written.length;
      },
      stat: async () => this.#stat(node),
      sync: () => request('sync'),
      datasync: () => request('datasync'),
      async close() {
        closed = true;
      },
    };
  }

  #stat(node: Node): SimulatedStat {
    return {
      size: this.#now.lengthOf(node) ?? 0,
      modified: this.#modified.get(node) ?? this.#begun,
      links: this.#now.linksOf(node),
      folder: this.#now.namesIn(node) !== undefined,
      identity: String(node),
    };
  }

  #find(path: string): Node {
    if (partsOf(path).length === 0) return ROOT;
    return this.#place(path).node ?? fail('ENOENT', path);
  }

  /** The folder and the name that a path stands for, and what is there. */
  #place(path: string): { folder: Node; name: string; node: Node | undefined } {
    const parts = partsOf(path);
    const name = parts.pop() ?? fail('EISDIR', path);
    let folder = ROOT;
    for (const part of parts) {
      folder = this.#namesIn(folder, path).get(part) ?? fail('ENOENT', path);
    }
    return { folder, name, node: this.#namesIn(folder, path).get(name) };
  }

  #namesIn(folder: Node, path: string): ReadonlyMap<string, Node> {
    return this.#now.namesIn(folder) ?? fail('ENOTDIR', path);
  }
}

/** An open file of a {@link SimulatedDisk}. */
export interface SimulatedFile {
  read(target: Uint8Array, position: number): Promise<number>;
  write(bytes: Uint8Array, position: number): Promise<number>;
  stat(): Promise<SimulatedStat>;
  sync(): Promise<void>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

export interface SimulatedStat {
  readonly size: number;
  readonly modified: number;
  readonly links: number;
  readonly folder: boolean;
  readonly identity: string;
}

/** The parts of a path, of either kind; a drive is none of them. */
function partsOf(path: string): string[] {
  return path.split(/[\\/]/).filter((part) => part !== '' && !part.endsWith(':'));
}

function fail(code: string, path: string): never {
  throw Object.assign(new Error(`${code}: ${path} on a simulated disk`), { code });
}
