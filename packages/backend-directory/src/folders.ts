import { dirname } from 'node:path';
import { InfinitreeError } from '@infinitree/core';
import type { FilePort } from './file-port.js';
import type { Layout } from './layout.js';
import { doneUnless, errnoOf, unless } from './trouble.js';

/** The folders of one directory: made when first written to, and looked for when something seems absent. */
export class Folders {
  readonly #files: FilePort;
  readonly #layout: Layout;
  readonly #identity: string;
  readonly #ready = new Map<string, Promise<void>>();

  /** `identity`: of the root, as `openRoot` found it. */
  constructor(files: FilePort, layout: Layout, identity: string) {
    this.#files = files;
    this.#layout = layout;
    this.#identity = identity;
  }

  /**
   * Resolves when the folder is there and its name is durable. Asked once per folder and backend, also where the folder
   * exists: whoever made it may have crashed, or be just about to sync its parent, and what lies in a folder
   * is not more durable than the folder's name.
   */
  ensure(folder: string): Promise<void> {
    const known = this.#ready.get(folder);
    if (known !== undefined) return known;
    const made = this.#make(folder).catch((error: unknown) => {
      this.#ready.delete(folder);
      throw error;
    });
    this.#ready.set(folder, made);
    return made;
  }

  /** Forgets which folders were there: somebody has removed one, and the next call makes it again. */
  forget(): void {
    this.#ready.clear();
  }

  async #make(folder: string): Promise<void> {
    if (folder === this.#layout.root) return this.#syncAboveRoot();
    const parent = dirname(folder);
    await this.ensure(parent);
    await doneUnless('EEXIST', this.#files.mkdir(folder));
    // Not in a mount point that has come to light where the directory was: what is written there is lost.
    await this.confirmRoot();
    await this.#files.syncFolder(parent);
  }

  async #syncAboveRoot(): Promise<void> {
    try {
      await this.#files.syncFolder(dirname(this.#layout.root));
    } catch (error) {
      // What lies above the root need not be ours to open; then whoever made the root has to answer for it.
      if (errnoOf(error) !== 'EACCES' && errnoOf(error) !== 'EPERM') throw error;
    }
  }

  /**
   * Looks for a file or folder. Where it is not found, the directory has to be there, and then it is looked for once more:
   * a directory that is unmounted, moved or removed, if only for a moment, must not look like an empty one.
   */
  async find<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
    const found = await look();
    if (found !== undefined) return found;
    await this.confirmRoot();
    return look();
  }

  /** Removes a file, which need not be there. */
  async unlink(path: string): Promise<void> {
    await this.find(async () => (await doneUnless('ENOENT', this.#files.unlink(path))) || undefined);
  }

  /** Rejects where the directory is not the one that was opened. */
  async confirmRoot(): Promise<void> {
    const found = await unless('ENOENT', this.#files.stat(this.#layout.root));
    if (found?.identity === this.#identity) return;
    const what = found === undefined ? 'is gone' : 'is not the one that was opened';
    throw new InfinitreeError('BACKEND', `The directory ${this.#layout.root} ${what}. Was it moved or unmounted?`);
  }

  /** The entries of a folder; none where it was never made. */
  async entries(folder: string): Promise<string[]> {
    return (await this.find(() => unless('ENOENT', this.#files.readdir(folder)))) ?? [];
  }

  /** Makes removals durable, in a folder that may never have been made. */
  async syncIfThere(folder: string): Promise<void> {
    await this.find(async () => (await doneUnless('ENOENT', this.#files.syncFolder(folder))) || undefined);
  }
}

/**
 * The identity of the root, which is made where it is missing. Where it exists nothing is written: it may be on a
 * read-only medium.
 */
export async function openRoot(files: FilePort, root: string): Promise<string> {
  let found = await unless('ENOENT', files.stat(root));
  if (found === undefined) {
    await makeWithParents(files, root);
    found = await files.stat(root);
  }
  if (!found.folder) throw new InfinitreeError('INVALID_ARGUMENT', `${root} is a file and no directory.`);
  return found.identity;
}

async function makeWithParents(files: FilePort, folder: string): Promise<void> {
  const parent = dirname(folder);
  const make = () => doneUnless('EEXIST', files.mkdir(folder));
  try {
    await make();
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || parent === folder) throw error;
    await makeWithParents(files, parent);
    // Once and not in a loop: below a dangling link it stays ENOENT for ever.
    await make();
  }
  await files.syncFolder(parent);
}
