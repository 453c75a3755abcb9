import { dirname } from 'node:path';
import { type Cancel, InfinitreeError, type ObjectId, requireBytes } from '@infinitree/core';
import type { FilePort, OpenFile } from './file-port.js';
import type { Guard } from './guard.js';
import type { Layout } from './layout.js';
import { asTrouble } from './trouble.js';
import { writeAll } from './whole-writes.js';

interface OpenHead {
  readonly file: OpenFile;
  readonly size: number;
}

/** A head that is open, or about to be. */
interface Opening {
  readonly path: string;
  readonly opened: Promise<OpenHead>;
  /** As soon as it is: waiting for a promise, even a settled one, would let others run before the disk is at work. */
  head?: OpenHead;
}

/**
 * Appends to heads and syncs them. The descriptor of a head stays open between commits: opening it each time would cost
 * half as much as the sync. After a failed write or sync it is closed and nothing is appended to the head any more: Linux
 * reports a failed write-back once, and a second sync of the same pages succeeds although they never reached the disk.
 * Whoever opens the tree later in this process is a reader like those in others, with a descriptor of its own.
 */
export class OpenHeads {
  readonly #files: FilePort;
  readonly #layout: Layout;
  readonly #guard: Guard;
  readonly #open = new Map<ObjectId, Opening>();
  readonly #givenUp = new Set<ObjectId>();

  constructor(files: FilePort, layout: Layout, guard: Guard) {
    this.#files = files;
    this.#layout = layout;
    this.#guard = guard;
  }

  append(id: ObjectId, offset: number, bytes: Uint8Array, options: Cancel | undefined): Promise<void> {
    const path = this.#path(id);
    return this.#guard.call('heads.append', path, options, async (step) => {
      requireBytes(bytes);
      this.#refuseGivenUp(id);
      const { file, size } = this.#open.get(id)?.head ?? (await this.#head(id, path));
      if (!Number.isSafeInteger(offset) || offset < 0 || offset + bytes.length > size) {
        throw new InfinitreeError(
          'INVALID_ARGUMENT',
          `heads.append: ${bytes.length} bytes at ${offset} are not inside a head of ${size} bytes.`,
        );
      }
      step();
      await this.#orGiveUp(id, () => writeAll(file, bytes, offset));
    });
  }

  sync(id: ObjectId, options: Cancel | undefined): Promise<void> {
    const path = this.#path(id);
    return this.#guard.call('heads.sync', path, options, async (step) => {
      const opening = this.#open.get(id);
      const head = opening?.head ?? (await opening?.opened);
      step();
      if (head !== undefined) return this.#orGiveUp(id, () => head.file.datasync());
      await this.#syncForReader(path);
    });
  }

  #path(id: ObjectId): string {
    return this.#open.get(id)?.path ?? this.#layout.object(id);
  }

  /** Closes the descriptor of a head that is about to go, or of all heads. */
  async forget(id: ObjectId): Promise<void> {
    this.#givenUp.delete(id);
    await this.#close(id);
  }

  async close(): Promise<void> {
    const closed = await Promise.allSettled([...this.#open.keys()].map((id) => this.#close(id)));
    const failed = closed.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw asTrouble('close', this.#layout.objects, failed.reason);
  }

  /** A reader syncs what another process appended; it may lack the right to write, so it asks for none. */
  async #syncForReader(path: string): Promise<void> {
    // Windows syncs only what was opened for writing.
    const file = await this.#files.open(path, process.platform === 'win32' ? 'update' : 'read');
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
    // Who linked the head may have been stopped before it synced the folder.
    await this.#files.syncFolder(dirname(path));
  }

  #head(id: ObjectId, path: string): Promise<OpenHead> {
    const known = this.#open.get(id);
    if (known !== undefined) return known.opened;
    const opening: Opening = { path, opened: this.#openHead(path) };
    this.#open.set(id, opening);
    opening.opened.then(
      (head) => {
        opening.head = head;
      },
      () => this.#open.delete(id),
    );
    return opening.opened;
  }

  async #openHead(path: string): Promise<OpenHead> {
    const file = await this.#files.open(path, 'update');
    try {
      // A head keeps its length, so it is asked once.
      return { file, size: (await file.stat()).size };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async #orGiveUp(id: ObjectId, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#givenUp.add(id);
      await this.#close(id).catch(() => undefined);
      throw error;
    }
  }

  #refuseGivenUp(id: ObjectId): void {
    if (!this.#givenUp.has(id)) return;
    throw new InfinitreeError(
      'BACKEND',
      `Head ${id} was given up after a failed append or sync: what that left on the disk is unknown. Start a new epoch.`,
    );
  }

  async #close(id: ObjectId): Promise<void> {
    const opening = this.#open.get(id);
    if (opening === undefined) return;
    this.#open.delete(id);
    const head = await opening.opened.catch(() => undefined);
    await head?.file.close();
  }
}
