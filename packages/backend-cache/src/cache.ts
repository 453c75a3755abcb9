import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type AdvisoryLocks,
  type Backend,
  type Cancel,
  type Capabilities,
  type CasHeads,
  type EpochHeads,
  type GetOptions,
  InfinitreeError,
  type KeyObjects,
  type ObjectId,
  requireBytes,
  requireObjectId,
  requireObjectIds,
  requireRange,
  type StoreOptions,
  throwIfAborted,
} from '@infinitree/core';
import { barrierHeads } from './barrier-heads.js';
import { Copies } from './copies.js';
import { FolderTier } from './folder-tier.js';
import { MemoryTier } from './memory-tier.js';
import { nodeFiles } from './node-files.js';
import { type CacheOptions, checkOptions, invalid, type MemoryCacheOptions } from './options.js';
import { Outbox } from './outbox.js';
import { type CacheStats, Counts } from './stats.js';
import type { Tier } from './tier.js';
import { asTrouble } from './trouble.js';

/** What a cache in a directory has besides its copies. */
interface Directory {
  readonly tier: FolderTier;
  readonly outbox: Outbox;
  readonly root: string;
  readonly writesBack: boolean;
}

/** Fetched at once by `preload` and `keepWarm`. */
const PRELOADED_AT_ONCE = 4;

/**
 * Keeps copies of what was asked for, in a directory or in memory, within a budget; the longest unused go first. Heads
 * and key objects are never among them. What is found damaged here is fetched again.
 *
 * @example
 * const cache = await CacheBackend.open({ directory: '/var/cache/app', maxBytes: 10 * 2 ** 30, upstream: backend });
 */
export class CacheBackend implements Backend, AsyncDisposable {
  readonly capabilities: Capabilities;
  readonly heads: CasHeads | EpochHeads;
  readonly keyObjects: KeyObjects;
  readonly locks?: AdvisoryLocks;
  readonly ages?: NonNullable<Backend['ages']>;
  readonly sweep?: NonNullable<Backend['sweep']>;
  readonly #upstream: Backend;
  readonly #maxBytes: number;
  readonly #counts: Counts;
  readonly #copies: Copies;
  readonly #directory: Directory | undefined;
  readonly #staging = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  private constructor(upstream: Backend, maxBytes: number, tier: Tier, counts: Counts, directory?: Directory) {
    this.#upstream = upstream;
    this.#maxBytes = maxBytes;
    this.#counts = counts;
    this.#directory = directory;
    this.#copies = new Copies(upstream, tier, counts, directory);
    // A part is read from here; from upstream an object comes whole, so that nobody there sees which part is read.
    this.capabilities = Object.freeze({ heads: upstream.capabilities.heads, ranges: true });
    this.heads =
      directory?.writesBack === true ? barrierHeads(upstream, (options) => this.flush(options)) : upstream.heads;
    this.keyObjects = upstream.keyObjects;
    if (upstream.locks !== undefined) this.locks = upstream.locks;
    const [ages, sweep] = [upstream.ages?.bind(upstream), upstream.sweep?.bind(upstream)];
    if (ages !== undefined) this.ages = (ids, options) => this.#ages(ages, ids, options);
    if (sweep !== undefined) this.sweep = sweep;
  }

  /** A cache in a directory. Its index is made anew of what is there, whatever a crash has left. */
  static async open(options: CacheOptions): Promise<CacheBackend> {
    checkOptions(options);
    const { upstream, maxBytes, mode, signal, fileSystem = nodeFiles, now = Date.now } = options;
    throwIfAborted(signal, 'Opening a cache');
    const root = rootOf(options.directory);
    const counts = new Counts();
    const opened = FolderTier.open(fileSystem, root, maxBytes, () => void (counts.evicted += 1), now);
    const tier = await opened.catch((error: unknown) => {
      throw asTrouble('Opening the cache', root, error);
    });
    const outbox = new Outbox(upstream, tier, (error) => {
      counts.trouble = asTrouble('Keeping a copy', root, error);
    });
    const directory = { tier, root, outbox, writesBack: mode === 'write-back' };
    outbox.adopt(await tier.unsentIds());
    return new CacheBackend(upstream, maxBytes, tier, counts, directory);
  }

  /** A cache in memory: in front of a slow backend, or of a cache in a directory. */
  static inMemory(options: MemoryCacheOptions): CacheBackend {
    checkOptions(options);
    const counts = new Counts();
    const tier = new MemoryTier(options.maxBytes, () => void (counts.evicted += 1));
    return new CacheBackend(options.upstream, options.maxBytes, tier, counts);
  }

  async put(id: ObjectId, bytes: Uint8Array, options?: StoreOptions): Promise<void> {
    this.#enter('put', options);
    requireObjectId(id);
    requireBytes(bytes);
    if (await this.#stagedBy(id, bytes, options)) return;
    await this.#upstream.put(id, bytes, options);
    await this.#copies.keep(id, bytes, options?.warm === true);
  }

  async get(id: ObjectId, options: GetOptions = {}): Promise<Uint8Array | undefined> {
    this.#enter('get', options);
    requireObjectId(id);
    if (options.range !== undefined) requireRange(options.range);
    return options.fresh === true ? this.#copies.getFresh(id, options) : this.#copies.get(id, options);
  }

  async delete(ids: readonly ObjectId[], options?: Cancel): Promise<void> {
    this.#enter('delete', options);
    requireObjectIds(ids);
    await this.#directory?.outbox.withdraw(ids);
    await this.#upstream.delete(ids, options);
    await this.#copies.forget(ids);
  }

  async *list(options?: Cancel): AsyncIterable<ObjectId> {
    this.#enter('list', options);
    // Looked at first: what arrives upstream meanwhile is named by one of the two at least.
    const unsent = new Set(await this.#unsentIds());
    for await (const id of this.#upstream.list(options)) {
      unsent.delete(id);
      yield id;
    }
    for (const id of unsent) {
      this.#enter('list', options);
      yield id;
    }
  }

  /** Resolves when all that `put` has resolved for is upstream. Tries again what could not be sent before. */
  async flush(options?: Cancel): Promise<void> {
    this.#enter('flush', options);
    await this.#directory?.outbox.flush(options);
    await this.#upstream.flush?.(options);
  }

  /** Fetches objects that are not here yet, as long as there is room for them. */
  async preload(
    ids: readonly ObjectId[],
    options: Cancel & { onProgress?: (progress: { done: number; total: number }) => void } = {},
  ): Promise<void> {
    this.#enter('preload', options);
    requireObjectIds(ids);
    let [next, done] = [0, 0];
    const worker = async (): Promise<void> => {
      for (let i = next++; i < ids.length; i = next++) {
        this.#enter('preload', options);
        await this.#copies.ensure(ids[i] as ObjectId, options.signal);
        done += 1;
        options.onProgress?.({ done, total: ids.length });
      }
    };
    await Promise.all(Array.from({ length: Math.min(PRELOADED_AT_ONCE, ids.length) }, worker));
  }

  /**
   * These objects are fetched and stay, whatever else has to go; those of an earlier call may go again. What does not fit
   * into the budget is fetched when it is asked for. Only this process keeps to it.
   */
  async keepWarm(ids: readonly ObjectId[], options: Cancel = {}): Promise<void> {
    this.#enter('keepWarm', options);
    requireObjectIds(ids);
    this.#copies.pin(ids);
    await this.preload(ids, options);
  }

  /** Removes all copies. What is not upstream yet stays. */
  async clear(options?: Cancel): Promise<void> {
    this.#enter('clear', options);
    await this.#copies.clear();
  }

  /** What the cache holds, and what it was asked for since it was opened. */
  stats(): CacheStats {
    return this.#counts.stats(this.#copies.ledger, this.#maxBytes, this.#directory?.outbox.count ?? 0);
  }

  /** Waits for what is on its way; what cannot be sent stays in the directory, for whoever opens it next. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    // Who put something need not have waited for that; nothing is written here once this is done.
    await Promise.allSettled(this.#staging);
    await this.#directory?.outbox.idle();
    await this.#copies.close();
    await this.#upstream.close();
  }

  #enter(what: string, options: Cancel | undefined): void {
    if (this.#closed !== undefined) throw new InfinitreeError('CLOSED', `${what}: this cache was closed.`);
    throwIfAborted(options?.signal, what);
  }

  async #stagedBy(id: ObjectId, bytes: Uint8Array, options: StoreOptions | undefined): Promise<boolean> {
    const directory = this.#directory;
    if (directory?.writesBack !== true) return false;
    const staging = this.#stage(directory, id, bytes, options);
    this.#staging.add(staging);
    try {
      return await staging;
    } finally {
      this.#staging.delete(staging);
    }
  }

  /** Whether the object is durable here and on its way; where it cannot be, it has to go upstream at once. */
  async #stage(
    { tier, outbox, root }: Directory,
    id: ObjectId,
    bytes: Uint8Array,
    options: StoreOptions | undefined,
  ): Promise<boolean> {
    if (outbox.has(id) || this.#copies.ledger.has(id)) throw taken(id);
    for (;;) {
      const staged = await tier.stage(id, bytes).catch((error: unknown) => {
        this.#counts.trouble = asTrouble('put', root, error);
        return undefined;
      });
      if (staged === 'taken') throw taken(id);
      if (staged === 'staged') {
        outbox.post(id, bytes, options?.warm === true);
        return true;
      }
      // Full of what waits to be sent: when one of these has gone, there is room again.
      if (staged === undefined || !(await outbox.oneTried())) return false;
      this.#enter('put', options);
    }
  }

  async #unsentIds(): Promise<ObjectId[]> {
    const directory = this.#directory;
    if (directory === undefined) return [];
    return directory.tier.unsentIds().catch((error: unknown) => {
      throw asTrouble('list', directory.root, error);
    });
  }

  /** What is not upstream yet was put just now. */
  async #ages(
    ages: NonNullable<Backend['ages']>,
    ids: readonly ObjectId[],
    options: Cancel | undefined,
  ): Promise<(number | undefined)[]> {
    this.#enter('ages', options);
    requireObjectIds(ids);
    await this.#directory?.outbox.idle();
    const unsent = new Set(await this.#unsentIds());
    const found = await ages(ids, options);
    return found.map((age, i) => age ?? (unsent.has(ids[i] as ObjectId) ? 0 : undefined));
  }
}

function taken(id: ObjectId): InfinitreeError {
  return new InfinitreeError('EXISTS', `put: ${id} is already there.`);
}

function rootOf(directory: string | URL): string {
  if (directory === '') throw invalid('The path of the cache directory is empty; "." is the working directory.');
  // Resolved now: a later change of the working directory must not move the cache.
  if (typeof directory === 'string' && !directory.startsWith('file:')) return resolve(directory);
  try {
    return fileURLToPath(directory);
  } catch {
    throw invalid('A cache directory is named by a path or a `file:` URL without a host.');
  }
}
