import type { ObjectId } from '@infinitree/core';

interface Entry {
  readonly size: number;
  /** Whether it was said to be asked for again and again. */
  readonly warm: boolean;
}

/**
 * What lies in a tier and who goes first: the longest unused of those that nobody called warm, then the longest unused of
 * the warm ones, and never one that is pinned. A restart forgets who was warm, on purpose: a directory in which that
 * could be read would tell index objects from the rest.
 */
export class Ledger {
  /** Each in the order of their use, the last one last. */
  readonly #cold = new Map<ObjectId, Entry>();
  readonly #warm = new Map<ObjectId, Entry>();
  readonly #kept = new Map<ObjectId, Entry>();
  #pinned: ReadonlySet<ObjectId> = new Set();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#cold.size + this.#warm.size + this.#kept.size;
  }

  has(id: ObjectId): boolean {
    return this.#mapOf(id) !== undefined;
  }

  ids(): ObjectId[] {
    return [...this.#cold.keys(), ...this.#warm.keys(), ...this.#kept.keys()];
  }

  /** Adds one as the last used. */
  add(id: ObjectId, size: number, warm: boolean): void {
    const known = this.drop(id);
    const entry = { size, warm: warm || known?.warm === true };
    const place = entry.warm ? this.#warm : this.#cold;
    (this.#pinned.has(id) ? this.#kept : place).set(id, entry);
    this.#bytes += size;
  }

  /** Notes that it was used. */
  use(id: ObjectId, warm: boolean): void {
    const known = this.#mapOf(id)?.get(id);
    if (known !== undefined) this.add(id, known.size, warm);
  }

  drop(id: ObjectId): Entry | undefined {
    const entries = this.#mapOf(id);
    const known = entries?.get(id);
    if (known === undefined) return undefined;
    entries?.delete(id);
    this.#bytes -= known.size;
    return known;
  }

  /** These stay, whatever else has to go; those of before may go again. */
  pin(ids: ReadonlySet<ObjectId>): void {
    const moved = [...this.#kept.keys(), ...ids];
    this.#pinned = ids;
    for (const id of moved) this.use(id, false);
  }

  /** Who goes next; `undefined` where nobody may. */
  victim(): ObjectId | undefined {
    const [cold] = this.#cold.keys();
    const [warm] = this.#warm.keys();
    return cold ?? warm;
  }

  #mapOf(id: ObjectId): Map<ObjectId, Entry> | undefined {
    return [this.#cold, this.#warm, this.#kept].find((entries) => entries.has(id));
  }
}
