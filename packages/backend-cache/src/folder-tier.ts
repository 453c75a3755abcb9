import { dirname } from 'node:path';
import type { ObjectId } from '@infinitree/core';
import { entrySize } from './entry.js';
import { readEntry, writeEntry } from './entry-files.js';
import type { FilePort } from './file-port.js';
import { Ledger } from './ledger.js';
import { idsAmong, Places } from './places.js';
import { Room } from './room.js';
import type { Found, Tier } from './tier.js';
import { doneUnless, unless } from './trouble.js';

/** A file is made new again by its use at most that often: which of two was used last an hour ago matters to nobody. */
const TOUCH_EVERY_MS = 10 * 60 * 1000;

/** Copies in a directory, and objects that are on their way through it. */
export class FolderTier implements Tier {
  readonly ledger = new Ledger();
  readonly #files: FilePort;
  readonly #places: Places;
  readonly #room: Room;
  readonly #now: () => number;
  readonly #touched = new Map<ObjectId, number>();

  private constructor(files: FilePort, places: Places, maxBytes: number, evicted: () => void, now: () => number) {
    this.#files = files;
    this.#places = places;
    this.#room = new Room(files, places, this.ledger, maxBytes, evicted);
    this.#now = now;
  }

  /** Makes what is missing, and takes stock of what a former process, or a crash, has left. */
  static async open(
    files: FilePort,
    root: string,
    maxBytes: number,
    evicted: () => void,
    now: () => number,
  ): Promise<FolderTier> {
    const places = new Places(root);
    await makeWithParents(files, root);
    for (const folder of [places.cached, places.pending, places.incoming]) {
      await doneUnless('EEXIST', files.mkdir(folder));
    }
    // Asked anew each time: whoever made a folder may have crashed before its name was durable.
    await files.syncFolder(root);
    const tier = new FolderTier(files, places, maxBytes, evicted, now);
    await tier.#room.shrink();
    return tier;
  }

  async read(id: ObjectId, range: readonly [number, number] | undefined, warm: boolean): Promise<Found> {
    const copy = await readEntry(this.#files, this.#places.copy(id), id, range);
    if (copy === undefined) return undefined;
    this.ledger.use(id, warm);
    this.#touch(id);
    return copy;
  }

  async write(id: ObjectId, bytes: Uint8Array, warm: boolean): Promise<boolean> {
    const size = entrySize(bytes.length);
    const incoming = await this.#room.promise(size);
    if (incoming === undefined) {
      // What is there may be what was to be replaced.
      await this.remove([id]);
      return false;
    }
    try {
      await writeEntry(incoming.file, id, bytes);
      await incoming.file.close();
      // Not synced, neither the file nor its name: what a power cut leaves of it is told by its digests.
      await this.#files.rename(incoming.path, this.#places.copy(id));
    } catch (error) {
      await this.#room.release(incoming);
      throw error;
    }
    this.ledger.add(id, size, warm);
    return true;
  }

  async remove(ids: readonly ObjectId[]): Promise<void> {
    for (const id of ids) {
      await doneUnless('ENOENT', this.#files.unlink(this.#places.copy(id)));
      this.ledger.drop(id);
      this.#touched.delete(id);
    }
  }

  async clear(): Promise<void> {
    await this.remove(idsAmong(await this.#files.readdir(this.#places.cached)));
  }

  /** An object that is not upstream yet. */
  readUnsent(id: ObjectId, range?: readonly [number, number]): Promise<Found> {
    return readEntry(this.#files, this.#places.unsent(id), id, range);
  }

  async unsentIds(): Promise<ObjectId[]> {
    return idsAmong(await this.#files.readdir(this.#places.pending));
  }

  /**
   * Makes an object durable here that is not upstream yet, in this order, each step finished before the next: file · write
   * · sync · `link` to its name · unlink of the first name · sync of the folder. `'taken'` where the name is.
   */
  async stage(id: ObjectId, bytes: Uint8Array): Promise<'staged' | 'taken' | 'no room'> {
    // For a moment it has two names, and whoever adds up files counts it twice.
    const incoming = await this.#room.promise(2 * entrySize(bytes.length));
    if (incoming === undefined) return 'no room';
    try {
      await writeEntry(incoming.file, id, bytes);
      await incoming.file.sync();
      if (!(await doneUnless('EEXIST', this.#files.link(incoming.path, this.#places.unsent(id))))) return 'taken';
    } finally {
      await this.#room.release(incoming);
    }
    // The name was free because an earlier one has arrived and is a copy by now.
    if ((await unless('ENOENT', this.#files.stat(this.#places.copy(id)))) !== undefined) {
      await this.discard([id]);
      return 'taken';
    }
    await this.#files.syncFolder(this.#places.pending);
    return 'staged';
  }

  /** It is upstream, and becomes a copy like any other. */
  async settle(id: ObjectId, size: number, warm: boolean): Promise<void> {
    const moved = this.#files.rename(this.#places.unsent(id), this.#places.copy(id));
    if (await doneUnless('ENOENT', moved)) this.ledger.add(id, entrySize(size), warm);
  }

  /** It will not be sent any more. */
  async discard(ids: readonly ObjectId[]): Promise<void> {
    for (const id of ids) await doneUnless('ENOENT', this.#files.unlink(this.#places.unsent(id)));
  }

  /** So that who opens the directory next knows what was used last. Nothing but that is lost where it fails. */
  #touch(id: ObjectId): void {
    const now = this.#now();
    if (this.#files.touch === undefined || now - (this.#touched.get(id) ?? -Infinity) < TOUCH_EVERY_MS) return;
    this.#touched.set(id, now);
    void this.#files.touch(this.#places.copy(id)).catch(() => undefined);
  }
}

async function makeWithParents(files: FilePort, folder: string): Promise<void> {
  const make = () => doneUnless('EEXIST', files.mkdir(folder));
  try {
    if (!(await make())) return;
  } catch (error) {
    const parent = dirname(folder);
    if ((error as { code?: unknown }).code !== 'ENOENT' || parent === folder) throw error;
    await makeWithParents(files, parent);
    // Once and not in a loop: below a dangling link it stays ENOENT for ever.
    await make();
  }
  await files.syncFolder(dirname(folder));
}
