import { InfinitreeError, throwIfAborted } from '../errors.js';
import type { ObjectId } from '../format/ids.js';
import { requireBytes, requireRange } from './arguments.js';
import type { Cancel } from './backend.js';

/** Bytes and the version they have; versions are never used again, not even after a removal. */
export interface MemoryEntry {
  readonly bytes: Uint8Array;
  readonly etag: string;
  /** When it was written, by the clock of the store. */
  readonly time: number;
}

/**
 * What stays when a memory backend is closed and another one is opened on the same storage. Objects, key objects and
 * heads share one map, as they share one folder or bucket elsewhere: storage must not be able to tell them apart.
 */
export class MemoryStore {
  readonly entries = new Map<ObjectId, MemoryEntry>();
  readonly claims = new Set<ObjectId>();
  readonly locks: Map<ObjectId, Uint8Array> = new Map();
  readonly #now: () => number;
  #versions = 0;

  /** `now`: the clock of this storage, in milliseconds. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Stores a copy, whatever was there, and gives its version. */
  write(id: ObjectId, bytes: Uint8Array): string {
    requireBytes(bytes);
    this.#versions += 1;
    const etag = `"${this.#versions}"`;
    this.entries.set(id, { bytes: bytes.slice(), etag, time: this.#now() });
    return etag;
  }

  /** A copy of what is there, or of a range of it. */
  read(id: ObjectId, range: readonly [number, number] | undefined): Uint8Array | undefined {
    if (range !== undefined) requireRange(range);
    return this.entries.get(id)?.bytes.slice(...(range ?? []));
  }

  /** Milliseconds since an entry was written. */
  age(id: ObjectId): number | undefined {
    const entry = this.entries.get(id);
    return entry && Math.max(0, this.#now() - entry.time);
  }

  /** Stores a copy where there is nothing yet; `false` where there is. */
  create(id: ObjectId, bytes: Uint8Array): boolean {
    if (this.entries.has(id)) return false;
    this.write(id, bytes);
    return true;
  }
}

/** What every member asks before it does anything: is this backend still open, and is the call still wanted? */
export class MemoryGate {
  #closed = false;

  close(): void {
    this.#closed = true;
  }

  enter(what: string, options: Cancel | undefined): void {
    if (this.#closed) throw new InfinitreeError('CLOSED', `${what}: this memory backend was closed.`);
    throwIfAborted(options?.signal, what);
  }
}
