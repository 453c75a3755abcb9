import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ObjectId } from '@infinitree/core';
import type { FilePort, OpenFile } from './file-port.js';
import type { Ledger } from './ledger.js';
import { idsAmong, type Places, promisedTo } from './places.js';
import { doneUnless, errnoOf, unless } from './trouble.js';

/** Nobody takes that long to write one object: what is older was left behind by a crash. */
const ABANDONED_MS = 60 * 60 * 1000;

/** Windows does not remove a file that somebody is reading. */
const IN_USE = new Set(['EBUSY', 'EPERM', 'EACCES']);

/** A file of `incoming` that was promised room. */
export interface Incoming {
  readonly path: string;
  readonly file: OpenFile;
}

/**
 * Makes room in a directory that several processes write to, none of which knows what the others are about to do. Each
 * announces first what it will write, by the name of an empty file; then it looks at all that is there and all that is
 * announced, and removes copies until that fits; only then it writes. Of those who write at one time, the one that
 * looked last has seen the announcements of all, so the directory never has more bytes than the budget.
 */
export class Room {
  readonly #files: FilePort;
  readonly #places: Places;
  readonly #ledger: Ledger;
  readonly #maxBytes: number;
  readonly #evicted: () => void;
  /** The sizes of objects that are not upstream yet, as far as they were seen. */
  readonly #unsent = new Map<ObjectId, number>();
  /** Of one process, one makes room at a time: two would each remove what one of them needs. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(files: FilePort, places: Places, ledger: Ledger, maxBytes: number, evicted: () => void) {
    this.#files = files;
    this.#places = places;
    this.#ledger = ledger;
    this.#maxBytes = maxBytes;
    this.#evicted = evicted;
  }

  /** An empty file into which so many bytes may be written; `undefined` where there is no room for them. */
  promise(bytes: number): Promise<Incoming | undefined> {
    const promised = this.#turn.then(() => this.#promise(bytes));
    this.#turn = promised.catch(() => undefined);
    return promised;
  }

  async #promise(bytes: number): Promise<Incoming | undefined> {
    if (bytes > this.#maxBytes) return undefined;
    const path = join(this.#places.incoming, `${randomBytes(16).toString('hex')}-${bytes}`);
    const file = await this.#files.open(path, 'create');
    try {
      if (await this.#fits((await file.stat()).modified)) return { path, file };
    } catch (error) {
      await this.release({ path, file });
      throw error;
    }
    await this.release({ path, file });
    return undefined;
  }

  /** Gives a promise back whose file was not given another name. */
  async release({ path, file }: Incoming): Promise<void> {
    await file.close();
    await doneUnless('ENOENT', this.#files.unlink(path));
  }

  /** Removes copies until the directory is within its budget, where it was given a smaller one. */
  async shrink(): Promise<void> {
    const nothing = await this.promise(0);
    if (nothing !== undefined) await this.release(nothing);
  }

  /** Looks at the directory as it is, whoever has written to it. */
  async #survey(): Promise<void> {
    const { cached, pending } = this.#places;
    await this.#reconcile(idsAmong(await this.#files.readdir(cached)));
    const unsent = new Set(idsAmong(await this.#files.readdir(pending)));
    for (const id of this.#unsent.keys()) if (!unsent.has(id)) this.#unsent.delete(id);
    for (const id of unsent) {
      if (this.#unsent.has(id)) continue;
      const found = await unless('ENOENT', this.#files.stat(this.#places.unsent(id)));
      if (found !== undefined) this.#unsent.set(id, found.size);
    }
  }

  /** Removes copies until all that is there and announced is within the budget; `false` where that cannot be had. */
  async #fits(now: number): Promise<boolean> {
    // In this order: what gets its name meanwhile is counted twice rather than not at all.
    const promised = await this.#promised(now);
    await this.#survey();
    const unsent = [...this.#unsent.values()].reduce((sum, size) => sum + size, 0);
    const spared = new Set<ObjectId>();
    while (promised + unsent + this.#ledger.bytes > this.#maxBytes) {
      const victim = this.#ledger.victim();
      if (victim === undefined || spared.has(victim)) return false;
      if (await this.#evict(victim)) this.#evicted();
      else {
        spared.add(victim);
        this.#ledger.use(victim, false);
      }
    }
    return true;
  }

  async #evict(id: ObjectId): Promise<boolean> {
    try {
      await doneUnless('ENOENT', this.#files.unlink(this.#places.copy(id)));
    } catch (error) {
      if (!IN_USE.has(errnoOf(error) ?? '')) throw error;
      return false;
    }
    this.#ledger.drop(id);
    return true;
  }

  async #promised(now: number): Promise<number> {
    const { incoming } = this.#places;
    let promised = 0;
    for (const name of await this.#files.readdir(incoming)) {
      const bytes = promisedTo(name);
      if (bytes !== undefined && !(await this.#sweptIfAbandoned(join(incoming, name), now))) promised += bytes;
    }
    return promised;
  }

  async #sweptIfAbandoned(path: string, now: number): Promise<boolean> {
    const found = await unless('ENOENT', this.#files.stat(path));
    if (found === undefined) return true;
    if (now - found.modified < ABANDONED_MS) return false;
    await doneUnless('ENOENT', this.#files.unlink(path));
    return true;
  }

  /** Copies of other processes are as new as their files; those that others have removed are gone. */
  async #reconcile(present: readonly ObjectId[]): Promise<void> {
    const names = new Set(present);
    for (const id of this.#ledger.ids()) if (!names.has(id)) this.#ledger.drop(id);
    const found: { readonly id: ObjectId; readonly size: number; readonly modified: number }[] = [];
    for (const id of present) {
      if (this.#ledger.has(id)) continue;
      const stat = await unless('ENOENT', this.#files.stat(this.#places.copy(id)));
      if (stat !== undefined) found.push({ id, ...stat });
    }
    found.sort((a, b) => a.modified - b.modified);
    for (const { id, size } of found) this.#ledger.add(id, size, false);
  }
}
