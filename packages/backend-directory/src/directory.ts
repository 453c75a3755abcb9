import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type AdvisoryLocks,
  type Backend,
  type Cancel,
  type Capabilities,
  type EpochHeads,
  type GetOptions,
  InfinitreeError,
  type KeyObjects,
  type Leftovers,
  type ObjectId,
  type SweepOptions,
} from '@infinitree/core';
import type { Context } from './context.js';
import { Creation } from './creation.js';
import { durabilityOf } from './durability.js';
import { epochHeads } from './epoch-heads.js';
import type { FilePort } from './file-port.js';
import { Folders, openRoot } from './folders.js';
import { Guard } from './guard.js';
import { Layout } from './layout.js';
import { fileLocks } from './locks.js';
import { localFiles, nodeFiles } from './node-files.js';
import { ObjectFiles } from './object-files.js';
import { OpenHeads } from './open-heads.js';
import { nodeSystem, type SystemPort } from './process-identity.js';
import { ABANDONED_MS, sweep } from './sweep.js';
import { errnoOf } from './trouble.js';

/** Who may only read, and whose disk is full, opens the directory all the same; whoever writes next will sweep. */
const SWEEP_CAN_WAIT = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT']);

export interface DirectoryOptions extends Cancel {
  /**
   * `'object'` forbids appends where they would be used; `'append'` allows them where the file system is not known to
   * keep its promises, on the word of the caller (macOS with a local disk, say). Default: by the file system's type.
   */
  readonly durability?: EpochHeads['durability'];
  /** The files to use in place of the operating system's. For tests. */
  readonly fileSystem?: FilePort;
  /** Who is asked about processes. For tests. */
  readonly system?: SystemPort;
}

/** A tree's storage in a directory of a file system. */
export class DirectoryBackend implements Backend, AsyncDisposable {
  readonly capabilities: Capabilities = Object.freeze({ heads: 'epoch', ranges: true });
  readonly heads: EpochHeads;
  readonly keyObjects: KeyObjects;
  readonly locks: AdvisoryLocks;
  readonly #open: OpenHeads;
  readonly #objects: ObjectFiles;
  readonly #context: Context;

  private constructor(context: Context, durability: EpochHeads['durability'], system: SystemPort) {
    const open = new OpenHeads(context.files, context.layout, context.guard);
    const objects = new ObjectFiles(context, open);
    this.#open = open;
    this.#objects = objects;
    this.#context = context;
    this.heads = epochHeads(context, objects, open, durability);
    this.locks = fileLocks(context, system);
    this.keyObjects = {
      put: async (id, bytes, options) => createOnly('keyObjects.put', objects, id, bytes, options),
      get: async (id, options) => objects.readForGood('keyObjects.get', id, options),
      delete: async (id, options) => objects.remove('keyObjects.delete', [id], options),
      list: (options) => objects.list('keyObjects.list', options),
    };
  }

  /** Opens a directory, by path or `file:` URL, and makes it where it is missing. */
  static async open(path: string | URL, options: DirectoryOptions = {}): Promise<DirectoryBackend> {
    checkOptions(options);
    const root = rootOf(path);
    const given = options.fileSystem ?? nodeFiles;
    const guard = new Guard();
    return guard.call('Opening a directory', root, options, async (step) => {
      const layout = new Layout(root);
      const identity = await openRoot(given, root);
      step();
      const durability = options.durability ?? (await durabilityOf(given, root));
      step();
      const files = given === nodeFiles && durability === 'append' ? localFiles() : given;
      const folders = new Folders(files, layout, identity);
      const creation = new Creation(files, folders, layout);
      await sweep({ files, folders, layout, creation }, ABANDONED_MS, step).catch((error: unknown) => {
        if (!SWEEP_CAN_WAIT.has(errnoOf(error) ?? '')) throw error;
      });
      return new DirectoryBackend(
        { files, layout, folders, creation, guard },
        durability,
        options.system ?? nodeSystem,
      );
    });
  }

  async put(id: ObjectId, bytes: Uint8Array, options?: Cancel): Promise<void> {
    await createOnly('put', this.#objects, id, bytes, options);
  }

  async get(id: ObjectId, options?: GetOptions): Promise<Uint8Array | undefined> {
    return this.#objects.read('get', id, options);
  }

  async delete(ids: readonly ObjectId[], options?: Cancel): Promise<void> {
    await this.#objects.remove('delete', ids, options);
  }

  list(options?: Cancel): AsyncIterable<ObjectId> {
    return this.#objects.list('list', options);
  }

  async ages(ids: readonly ObjectId[], options?: Cancel): Promise<(number | undefined)[]> {
    return this.#objects.ages(ids, options);
  }

  async sweep(olderThanMs: number, options: SweepOptions = {}): Promise<Leftovers> {
    const { guard, layout } = this.#context;
    return guard.call('sweep', layout.temporary, options, (step) =>
      sweep(this.#context, olderThanMs, step, options.dryRun),
    );
  }

  async close(): Promise<void> {
    this.#context.guard.close();
    await this.#open.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

async function createOnly(
  what: string,
  objects: ObjectFiles,
  id: ObjectId,
  bytes: Uint8Array,
  options: Cancel | undefined,
): Promise<void> {
  if (!(await objects.create(what, id, bytes, options))) {
    throw new InfinitreeError('EXISTS', `${what}: ${id} is already there.`);
  }
}

function rootOf(path: string | URL): string {
  const isUrl = typeof path !== 'string' || path.startsWith('file:');
  if (path === '') throw invalid('The path of a directory is empty; "." is the working directory.');
  // Resolved now: a later change of the working directory must not move the storage.
  if (!isUrl) return resolve(path);
  // `file:./data` would come out as `/data`, without a word.
  if (typeof path === 'string' && !path.startsWith('file:/')) {
    throw invalid('A file URL holds an absolute path: "file:///var/lib/app". For a relative one, give the path alone.');
  }
  try {
    return fileURLToPath(path);
  } catch {
    // The engine's error repeats the URL and is no cause: a URL may hold a secret, if by mistake.
    throw invalid('A directory is named by a path or a `file:` URL without a host.');
  }
}

/** Refuses what plain JavaScript lets through. */
function checkOptions(options: DirectoryOptions): void {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null) throw invalid('Options are an object, or are left out.');
  const { durability } = options;
  if (durability !== undefined && !['append', 'object'].includes(durability)) {
    throw invalid('The option "durability" is "append" or "object".');
  }
}

function invalid(what: string): InfinitreeError {
  return new InfinitreeError('INVALID_ARGUMENT', what);
}
