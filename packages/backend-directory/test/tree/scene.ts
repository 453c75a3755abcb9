import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Backend,
  type Commit,
  Infinitree,
  type InfinitreeError,
  isInfinitreeError,
  type Key,
  registerIndex,
  VersionedMap,
} from '@infinitree/core';
import { DirectoryBackend, type DirectoryOptions } from '../../src/directory.js';
import type { FilePort, OpenFile } from '../../src/file-port.js';
import { nodeFiles } from '../../src/node-files.js';

export const OBJECT_SIZE = 65_536;

export class Notes {
  notes = new VersionedMap<string, unknown>();
}
registerIndex(Notes, { fields: [{ property: 'notes', name: 'notes' }] });

export type Tree = Infinitree<Notes>;

/** Runs `body` with an empty directory, and removes it. */
export async function inDirectory(body: (root: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'infinitree-tree-'));
  try {
    await body(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** What is in the tree for somebody who opens it now, by a backend of his own. */
export async function shown(root: string, key: Key): Promise<{ messages: string[]; names: string[] }> {
  const backend = await DirectoryBackend.open(root);
  const reader = await Infinitree.open(Notes, { backend, key, readonly: true });
  try {
    await reader.load();
    const commits = await reader.commits();
    return { messages: commits.map((commit) => commit.message), names: [...reader.index.notes.keys()] };
  } finally {
    await reader.close();
    await backend.close();
  }
}

/** Sets a note and commits it, both by one name. */
export async function put(tree: Tree, name: string): Promise<Commit | undefined> {
  tree.index.notes.set(name, name);
  return tree.commit(name);
}

/** How a promise ended; a rejection with anything but an `InfinitreeError` is a bug and thrown on. */
export async function outcome<T>(work: Promise<T>): Promise<{ value?: T; error?: InfinitreeError }> {
  try {
    return { value: await work };
  } catch (error) {
    if (isInfinitreeError(error)) return { error };
    throw error;
  }
}

export async function withBackend<T>(
  root: string,
  body: (backend: DirectoryBackend) => Promise<T>,
  options: DirectoryOptions = {},
): Promise<T> {
  const backend = await DirectoryBackend.open(root, options);
  try {
    return await body(backend);
  } finally {
    await backend.close();
  }
}

export async function createIn(backend: Backend, key: Key, objectSize = OBJECT_SIZE): Promise<Tree> {
  return Infinitree.create(Notes, { backend, key, objectSize });
}

/** Whether an operation of the file system fails, and whether it takes effect all the same. */
export type Fault = (operation: string) => 'before' | 'after' | undefined;

/** The operating system's files, with an error of the disk where `fault` says so. Operations are named by their verb. */
export class FaultyFiles implements FilePort {
  fault: Fault = () => undefined;
  readonly log: string[] = [];

  async open(...args: Parameters<FilePort['open']>): Promise<OpenFile> {
    const file = await this.#run(
      `open ${args[1]}`,
      () => nodeFiles.open(...args),
      (opened) => opened.close(),
    );
    return {
      read: (...rest) => this.#run('read', () => file.read(...rest)),
      write: (...rest) => this.#run('write', () => file.write(...rest)),
      stat: () => this.#run('fstat', () => file.stat()),
      sync: () => this.#run('sync', () => file.sync()),
      datasync: () => this.#run('datasync', () => file.datasync()),
      // A descriptor is gone after close, also after one that reports an error.
      close: () => file.close(),
    };
  }

  link = (path: string, name: string): Promise<void> => this.#run('link', () => nodeFiles.link(path, name));
  unlink = (path: string): Promise<void> => this.#run('unlink', () => nodeFiles.unlink(path));
  mkdir = (path: string): Promise<void> => this.#run('mkdir', () => nodeFiles.mkdir(path));
  readdir = (path: string): Promise<string[]> => this.#run('readdir', () => nodeFiles.readdir(path));
  syncFolder = (path: string): Promise<void> => this.#run('syncFolder', () => nodeFiles.syncFolder(path));
  stat: FilePort['stat'] = (path) => this.#run('stat', () => nodeFiles.stat(path));
  fileSystemType: FilePort['fileSystemType'] = (path) => nodeFiles.fileSystemType(path);

  async #run<T>(operation: string, work: () => Promise<T>, undo?: (result: T) => Promise<void>): Promise<T> {
    this.log.push(operation);
    const when = this.fault(operation);
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- as a file system of another realm does
    if (when === 'before') throw { code: 'EIO', message: `EIO: injected into ${operation}` };
    const result = await work();
    if (when === 'after') await undo?.(result);
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- as a file system of another realm does
    if (when === 'after') throw { code: 'EIO', message: `EIO: injected into ${operation}` };
    return result;
  }
}

/** Lets the n-th operation from now on fail, once. */
export function failNth(files: FaultyFiles, nth: number, when: 'before' | 'after'): void {
  let left = nth;
  files.fault = () => (--left === 0 ? when : undefined);
}
