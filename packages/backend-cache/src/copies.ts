import { type Backend, type GetOptions, InfinitreeError, type ObjectId } from '@infinitree/core';
import { Fetches } from './fetches.js';
import type { FolderTier } from './folder-tier.js';
import type { Ledger } from './ledger.js';
import { sameBytes } from './same-bytes.js';
import type { Counts } from './stats.js';
import type { Found, Tier } from './tier.js';
import { asTrouble } from './trouble.js';

/**
 * Reads objects from a tier, and fetches them whole where it does not have them. Trouble with the tier never is trouble
 * for who reads: then everything comes from upstream.
 */
export class Copies {
  readonly #upstream: Backend;
  readonly #tier: Tier;
  readonly #counts: Counts;
  readonly #directory: { readonly tier: FolderTier; readonly root: string } | undefined;
  readonly #fetches = new Fetches();
  readonly #writes = new Set<Promise<unknown>>();
  readonly #healing = new Map<ObjectId, Promise<void>>();
  #closed = false;

  /** `directory`: where the tier is one, which may hold what is not upstream yet. */
  constructor(
    upstream: Backend,
    tier: Tier,
    counts: Counts,
    directory: { readonly tier: FolderTier; readonly root: string } | undefined,
  ) {
    this.#upstream = upstream;
    this.#tier = tier;
    this.#counts = counts;
    this.#directory = directory;
  }

  get ledger(): Ledger {
    return this.#tier.ledger;
  }

  async get(id: ObjectId, options: GetOptions): Promise<Uint8Array | undefined> {
    const { range, signal, warm = false } = options;
    const local = this.#fetches.has(id) ? undefined : await this.#local(id, range, warm);
    if (local !== undefined) {
      this.#counts.hits += 1;
      return local;
    }
    const bytes = await this.#fetch(id, signal, warm);
    // Shared with whoever asked for the same object.
    return range === undefined ? bytes?.slice() : bytes?.slice(...range);
  }

  /** What upstream holds now, and no other copy of it stays here. */
  async getFresh(id: ObjectId, options: GetOptions): Promise<Uint8Array | undefined> {
    const { range, signal, warm = false } = options;
    // Looked for in the tier itself: another process may have brought it there.
    const copy = await this.#tolerantly('get', () => this.#tier.read(id, undefined, warm));
    if (copy === undefined) return (await this.#upstream.get(id, options)) ?? this.#unsent(id, range);
    const bytes = await this.#upstream.get(id, { fresh: true, signal, warm });
    if (bytes === undefined) {
      await this.forget([id]);
      return this.#unsent(id, range);
    }
    if (!isSame(copy, bytes)) await this.#heal(id, bytes, warm);
    return range === undefined ? bytes : bytes.slice(...range);
  }

  /** Keeps a copy, if there is room for it. */
  async keep(id: ObjectId, bytes: Uint8Array, warm: boolean): Promise<void> {
    this.#fetches.outdate([id]);
    await this.#write(id, bytes, warm);
  }

  /** Nothing is written from now on, and what was being written is finished when this resolves. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#writes);
  }

  /** Sees to it that there is a copy. */
  async ensure(id: ObjectId, signal: AbortSignal | undefined): Promise<void> {
    if (!this.ledger.has(id)) await this.get(id, { signal });
  }

  async forget(ids: readonly ObjectId[]): Promise<void> {
    this.#fetches.outdate(ids);
    await this.#tolerantly('delete', () => this.#tier.remove(ids));
  }

  async clear(): Promise<void> {
    await this.#tier.clear().catch((error: unknown) => {
      throw asTrouble('clear', this.#directory?.root ?? 'memory', error);
    });
  }

  pin(ids: readonly ObjectId[]): void {
    this.ledger.pin(new Set(ids));
  }

  /** Replaces a copy that is not what upstream holds; once, though several may have seen it. */
  #heal(id: ObjectId, bytes: Uint8Array, warm: boolean): Promise<void> {
    const replace = async (): Promise<void> => {
      if (isSame(await this.#tolerantly('get', () => this.#tier.read(id, undefined, warm)), bytes)) return;
      this.#counts.healed += 1;
      await this.keep(id, bytes, warm);
    };
    const going = this.#healing.get(id) ?? replace().finally(() => this.#healing.delete(id));
    this.#healing.set(id, going);
    return going;
  }

  async #local(
    id: ObjectId,
    range: readonly [number, number] | undefined,
    warm: boolean,
  ): Promise<Uint8Array | undefined> {
    const copy = await this.#tolerantly('get', () => this.#tier.read(id, range, warm));
    if (copy === 'damaged') this.#counts.healed += 1;
    if (copy instanceof Uint8Array) return copy;
    const unsent = await this.#tolerantly('get', () => this.#directory?.tier.readUnsent(id, range));
    return unsent instanceof Uint8Array ? unsent : undefined;
  }

  async #fetch(id: ObjectId, signal: AbortSignal | undefined, warm: boolean): Promise<Uint8Array | undefined> {
    if (this.#fetches.has(id)) this.#counts.shared += 1;
    else this.#counts.misses += 1;
    return this.#fetches.get(id, signal, async (shared, isCurrent) => {
      const bytes = await this.#upstream.get(id, { signal: shared, warm });
      if (bytes === undefined) return this.#unsent(id, undefined);
      if (isCurrent()) await this.#write(id, bytes, warm);
      return bytes;
    });
  }

  async #write(id: ObjectId, bytes: Uint8Array, warm: boolean): Promise<void> {
    if (this.#closed) return;
    const write = this.#tolerantly('Keeping a copy', () => this.#tier.write(id, bytes, warm));
    this.#writes.add(write);
    await write;
    this.#writes.delete(write);
  }

  /** What is here alone. Not to be had although it is here is trouble, and never looks like absence. */
  async #unsent(id: ObjectId, range: readonly [number, number] | undefined): Promise<Uint8Array | undefined> {
    const directory = this.#directory;
    if (directory === undefined) return undefined;
    const found: Found = await directory.tier.readUnsent(id, range).catch((error: unknown) => {
      throw asTrouble('get', directory.root, error);
    });
    if (found !== 'damaged') return found;
    const message = `Object ${id} is not upstream yet, and is damaged in the cache directory ${directory.root}.`;
    throw new InfinitreeError('BACKEND', `${message} No commit that was acknowledged holds it.`);
  }

  async #tolerantly<T>(what: string, work: () => Promise<T> | undefined): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#counts.trouble = asTrouble(what, this.#directory?.root ?? 'memory', error);
      return undefined;
    }
  }
}

function isSame(copy: Found, bytes: Uint8Array): boolean {
  return copy instanceof Uint8Array && sameBytes(copy, bytes);
}
