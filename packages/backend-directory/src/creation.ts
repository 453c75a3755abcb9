import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { InfinitreeError, requireBytes } from '@infinitree/core';
import type { FilePort } from './file-port.js';
import type { Folders } from './folders.js';
import type { Step } from './guard.js';
import type { Layout } from './layout.js';
import { doneUnless, errnoOf } from './trouble.js';
import { writeAll } from './whole-writes.js';

/** What `link` fails with on file systems that have no second names (FAT, some network mounts). */
const NO_LINKS = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK']);

/** Makes files that appear whole, at once, durably and only if their name is free. */
export class Creation {
  readonly #files: FilePort;
  readonly #folders: Folders;
  readonly #layout: Layout;
  #probed: Promise<void> | undefined;

  constructor(files: FilePort, folders: Folders, layout: Layout) {
    this.#files = files;
    this.#folders = folders;
    this.#layout = layout;
  }

  /**
   * Stores `bytes` under `path`; `false` where the name is taken. In this order, each step finished before the next:
   * temporary file (exclusive) · write · sync · close · `link` to the name · unlink of the temporary name · sync of the
   * folder. A crash before `link` leaves a temporary file that the sweep takes away; a crash after it leaves a
   * whole and synced file, or none.
   *
   * Rejected: `rename`, because it replaces silently; and writing under the final name, because it shows a part.
   */
  createFile(path: string, bytes: Uint8Array, step: Step): Promise<boolean> {
    return this.#inFolders(async () => {
      requireBytes(bytes);
      await this.#prepare(dirname(path), step);
      const temporary = await this.#writeTemporary(bytes, step);
      const created = await this.#linkOrDiscard(temporary, path, step);
      if (!created) return false;
      // From here on the file is there for others to see: what was begun is finished, whatever the signal says.
      await this.#files.syncFolder(dirname(path));
      return true;
    });
  }

  /** Creates an empty file exclusively and makes its name durable; `false` where the name is taken. */
  createEmpty(path: string, step: Step): Promise<boolean> {
    return this.#inFolders(async () => {
      await this.#prepare(dirname(path), step);
      step();
      if (!(await this.#openExclusively(path))) return false;
      await this.#files.syncFolder(dirname(path));
      return true;
    });
  }

  /** Does what needs folders that are there. One that has gone is made again by the next call, which this one asks for. */
  async #inFolders<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') this.#folders.forget();
      throw error;
    }
  }

  async #prepare(folder: string, step: Step): Promise<void> {
    await this.#folders.ensure(this.#layout.temporary);
    step();
    await this.#folders.ensure(folder);
    step();
    this.#probed ??= this.#probe().catch((error: unknown) => {
      this.#probed = undefined;
      throw error;
    });
    await this.#probed;
    step();
  }

  async #writeTemporary(bytes: Uint8Array, step: Step): Promise<string> {
    const path = this.temporaryPath();
    const file = await this.#files.open(path, 'create');
    try {
      try {
        step();
        await writeAll(file, bytes, 0);
        step();
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      await this.discard(path);
      throw error;
    }
    return path;
  }

  async #linkOrDiscard(temporary: string, path: string, step: Step): Promise<boolean> {
    try {
      step();
      if (await doneUnless('EEXIST', this.#files.link(temporary, path))) return true;
      // A network file system that lost the answer asks again and is told EEXIST about its own success.
      return (await this.#files.stat(temporary)).links > 1;
    } finally {
      await this.discard(temporary);
    }
  }

  /**
   * Everything here rests on two promises of the file system: an exclusive create and a `link` that fail where the name
   * is taken. Asked once, with temporary files, before the first write; without them two writers could both win.
   */
  async #probe(): Promise<void> {
    const [first, second] = [this.temporaryPath(), this.temporaryPath()];
    try {
      await this.#openExclusively(first);
      if (await this.#openExclusively(first)) throw this.#unsupported('creates files exclusively');
      await this.#files.link(first, second).catch((error: unknown) => {
        throw NO_LINKS.has(errnoOf(error) ?? '') ? this.#unsupported('has hard links', error) : error;
      });
      if (await doneUnless('EEXIST', this.#files.link(first, second))) {
        throw this.#unsupported('refuses a link to a name that is taken');
      }
    } finally {
      await this.discard(first);
      await this.discard(second);
    }
  }

  async #openExclusively(path: string): Promise<boolean> {
    return doneUnless(
      'EEXIST',
      this.#files.open(path, 'create').then((file) => file.close()),
    );
  }

  #unsupported(what: string, cause?: unknown): InfinitreeError {
    const message = `The file system of ${this.#layout.root} is not one that ${what}, so two writers could not be kept apart.`;
    return new InfinitreeError('UNSUPPORTED', `${message} Put the directory on a local file system.`, { cause });
  }

  temporaryPath(): string {
    return join(this.#layout.temporary, randomBytes(16).toString('hex'));
  }

  /**
   * Takes a temporary name away. Trouble with that is not reported: the caller has a result or an error that matters more,
   * and the sweep of a later open comes by again.
   */
  async discard(path: string): Promise<void> {
    await this.#files.unlink(path).catch(() => undefined);
  }
}
