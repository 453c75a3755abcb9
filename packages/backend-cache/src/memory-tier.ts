import type { ObjectId } from '@infinitree/core';
import { Ledger } from './ledger.js';
import type { Found, Tier } from './tier.js';

/** Copies in memory. */
export class MemoryTier implements Tier {
  readonly ledger = new Ledger();
  readonly #maxBytes: number;
  readonly #objects = new Map<ObjectId, Uint8Array>();
  readonly #evicted: () => void;

  /** `evicted` is told of each object that had to go. */
  constructor(maxBytes: number, evicted: () => void) {
    this.#maxBytes = maxBytes;
    this.#evicted = evicted;
  }

  async read(id: ObjectId, range: readonly [number, number] | undefined, warm: boolean): Promise<Found> {
    const bytes = this.#objects.get(id);
    if (bytes === undefined) return undefined;
    this.ledger.use(id, warm);
    return range === undefined ? bytes.slice() : bytes.slice(...range);
  }

  async write(id: ObjectId, bytes: Uint8Array, warm: boolean): Promise<boolean> {
    this.#drop(id);
    if (bytes.length > this.#maxBytes) return false;
    while (this.ledger.bytes + bytes.length > this.#maxBytes) {
      const victim = this.ledger.victim();
      if (victim === undefined) return false;
      this.#drop(victim);
      this.#evicted();
    }
    this.#objects.set(id, bytes.slice());
    this.ledger.add(id, bytes.length, warm);
    return true;
  }

  async remove(ids: readonly ObjectId[]): Promise<void> {
    for (const id of ids) this.#drop(id);
  }

  async clear(): Promise<void> {
    await this.remove(this.ledger.ids());
  }

  #drop(id: ObjectId): void {
    this.#objects.delete(id);
    this.ledger.drop(id);
  }
}
