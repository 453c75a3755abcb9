import { InfinitreeError } from '../errors.js';
import type { ObjectId } from '../format/ids.js';
import { isOffset, requireBytes, requireObjectId, requireObjectIds } from './arguments.js';
import type { Cancel, CasHeads, EpochHeads, RangeOptions } from './backend.js';
import type { MemoryGate, MemoryStore } from './memory-store.js';

/** Heads by compare-and-swap. Between the comparison and the swap there is no `await`: that makes them one step. */
export function memoryCasHeads(store: MemoryStore, gate: MemoryGate): CasHeads {
  return {
    async read(id: ObjectId, options?: RangeOptions) {
      gate.enter('heads.read', options);
      requireObjectId(id);
      const bytes = store.read(id, options?.range);
      return bytes && { bytes, etag: store.entries.get(id)?.etag ?? '' };
    },
    async cas(id: ObjectId, bytes: Uint8Array, etag: string | null, options?: Cancel) {
      gate.enter('heads.cas', options);
      requireObjectId(id);
      const current = store.entries.get(id)?.etag ?? null;
      return current === etag ? store.write(id, bytes) : undefined;
    },
    async remove(id: ObjectId, options?: Cancel) {
      gate.enter('heads.remove', options);
      requireObjectId(id);
      store.entries.delete(id);
    },
  };
}

/**
 * Heads by claimed epochs. All is durable at once, as far as memory can be: `sync` only tells whether the head is there.
 * What a crash does to unsynced appends is the business of the simulated disk in `@infinitree/testing`.
 */
export function memoryEpochHeads(store: MemoryStore, gate: MemoryGate): EpochHeads {
  const enter = (what: string, id: ObjectId, options: Cancel | undefined) => {
    gate.enter(what, options);
    requireObjectId(id);
  };
  return {
    durability: 'append',
    async claim(name: ObjectId, options?: Cancel) {
      enter('heads.claim', name, options);
      if (store.claims.has(name)) return false;
      store.claims.add(name);
      return true;
    },
    async claims(options?: Cancel) {
      gate.enter('heads.claims', options);
      return [...store.claims];
    },
    async release(names: readonly ObjectId[], options?: Cancel) {
      gate.enter('heads.release', options);
      requireObjectIds(names);
      for (const name of names) store.claims.delete(name);
    },
    async create(id: ObjectId, bytes: Uint8Array, options?: Cancel) {
      enter('heads.create', id, options);
      return store.create(id, bytes);
    },
    async read(id: ObjectId, options?: RangeOptions) {
      enter('heads.read', id, options);
      return store.read(id, options?.range);
    },
    async append(id: ObjectId, offset: number, bytes: Uint8Array, options?: Cancel) {
      enter('heads.append', id, options);
      writeInside(existing(store, 'heads.append', id), offset, bytes);
    },
    async sync(id: ObjectId, options?: Cancel) {
      enter('heads.sync', id, options);
      existing(store, 'heads.sync', id);
    },
    async remove(id: ObjectId, options?: Cancel) {
      enter('heads.remove', id, options);
      store.entries.delete(id);
    },
    async *list(options?: Cancel) {
      gate.enter('heads.list', options);
      for (const id of [...store.entries.keys()]) {
        gate.enter('heads.list', options);
        yield id;
      }
    },
  };
}

function existing(store: MemoryStore, what: string, id: ObjectId): Uint8Array {
  const entry = store.entries.get(id);
  if (entry === undefined) throw new InfinitreeError('BACKEND', `${what}: there is no head ${id}.`);
  return entry.bytes;
}

function writeInside(head: Uint8Array, offset: number, bytes: Uint8Array): void {
  requireBytes(bytes);
  if (!isOffset(offset) || offset + bytes.length > head.length) {
    throw new InfinitreeError(
      'INVALID_ARGUMENT',
      `heads.append: ${bytes.length} bytes at ${String(offset)} are not inside a head of ${head.length} bytes.`,
    );
  }
  head.set(bytes, offset);
}
