import type { DiskRequest, Effect, Node } from './disk-operation.js';

/** Made when somebody asks for it: of most states of a disk only the names of contents are compared. */
class FileContent {
  static readonly EMPTY = new FileContent(0, '', () => new Uint8Array(0));
  readonly length: number;
  /** Differs where contents differ: the effects by which this one came about. */
  readonly version: string;
  #made: Uint8Array | (() => Uint8Array);

  constructor(length: number, version: string, make: () => Uint8Array) {
    this.length = length;
    this.version = version;
    this.#made = make;
  }

  get bytes(): Uint8Array {
    if (typeof this.#made === 'function') this.#made = this.#made();
    return this.#made;
  }

  /** Of data, what lies behind the end of the file is lost. */
  after(effect: Exclude<Effect, { readonly kind: 'name' }>, serial: string): FileContent {
    const length = effect.kind === 'length' ? Math.max(effect.length, this.length) : this.length;
    return new FileContent(length, `${this.version} ${effect.kind} ${serial}`, () => {
      const changed = new Uint8Array(length);
      changed.set(this.bytes);
      if (effect.kind === 'data' && effect.offset < length) {
        changed.set(effect.bytes.subarray(0, length - effect.offset), effect.offset);
      }
      return changed;
    });
  }
}

/** The folder that is always there. */
export const ROOT: Node = 0;

/**
 * All files and folders of a disk at one moment. Copies share what they have in common: contents and folders are
 * replaced and never changed, so that a copy costs a few microseconds whatever the files hold.
 */
export class DiskImage {
  #files = new Map<Node, FileContent>();
  #folders = new Map<Node, ReadonlyMap<string, Node>>([[ROOT, new Map()]]);

  copy(): DiskImage {
    const copy = new DiskImage();
    copy.#files = new Map(this.#files);
    copy.#folders = new Map(this.#folders);
    return copy;
  }

  /** The number of a node that comes into being next. */
  get nextNode(): Node {
    return this.#files.size + this.#folders.size;
  }

  bytesOf(node: Node): Uint8Array | undefined {
    return this.#files.get(node)?.bytes;
  }

  namesIn(node: Node): ReadonlyMap<string, Node> | undefined {
    return this.#folders.get(node);
  }

  lengthOf(node: Node): number | undefined {
    return this.#files.get(node)?.length;
  }

  /** How many names a node has. */
  linksOf(node: Node): number {
    let links = 0;
    for (const names of this.#folders.values()) for (const named of names.values()) if (named === node) links += 1;
    return links;
  }

  /** Gives a number to what an operation makes. Without a name, which is an effect of its own, nobody finds it. */
  allocate(operation: DiskRequest): void {
    if (operation.kind === 'create') this.#files.set(operation.node, FileContent.EMPTY);
    if (operation.kind === 'mkdir') this.#folders.set(operation.node, new Map());
  }

  /** `serial` tells effects apart. */
  apply(effect: Effect, serial: string): void {
    if (effect.kind === 'name') {
      const names = new Map(this.#folders.get(effect.on));
      if (effect.node === undefined) names.delete(effect.name);
      else names.set(effect.name, effect.node);
      this.#folders.set(effect.on, names);
      return;
    }
    this.#files.set(effect.on, (this.#files.get(effect.on) ?? FileContent.EMPTY).after(effect, serial));
  }

  /** Differs for images of other names or contents; of files only those count whose path `matters`. */
  fingerprint(matters: (path: string) => boolean = () => true): string {
    const lines: string[] = [];
    const walk = (node: Node, path: string): void => {
      for (const [name, inside] of this.#folders.get(node) ?? []) {
        const at = `${path}/${name}`;
        const file = this.#files.get(inside);
        if (file === undefined) lines.push(at);
        else if (matters(at)) lines.push(`${at} ${inside}:${file.version}`);
        walk(inside, at);
      }
    };
    walk(ROOT, '');
    return lines.sort().join('\n');
  }
}
