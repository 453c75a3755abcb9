import type { ObjectId } from '../../format/ids.js';

/**
 * The objects that storage writers of this handle have begun and to which no commit refers yet, each with the head sequence
 * under which that was. No head reaches them, so to a sweep by another writer they are orphans: once one has come
 * between, they count as gone. Looking whether they are there would prove nothing, for the sweep may not have come to them.
 */
export class BegunObjects {
  readonly #begun = new Map<ObjectId, number>();
  /** All that this handle has begun. */
  readonly #all = new Set<ObjectId>();

  get isEmpty(): boolean {
    return this.#begun.size === 0;
  }

  begin(object: ObjectId, headSequence: number): void {
    if (!this.#begun.has(object)) this.#begun.set(object, headSequence);
    this.#all.add(object);
  }

  /** As `begin`, of what no commit will refer to by its id. */
  hold(object: ObjectId, headSequence: number): void {
    this.#begun.set(object, headSequence);
  }

  get objects(): Iterable<ObjectId> {
    return this.#begun.keys();
  }

  has(object: ObjectId): boolean {
    return this.#begun.has(object);
  }

  /** Whether it was begun by this handle, be it committed or not. */
  wasHere(object: ObjectId): boolean {
    return this.#all.has(object);
  }

  /** Whether a sweep of this head sequence may have taken the object. */
  isSwept(object: ObjectId, sweepSequence: number): boolean {
    return (this.#begun.get(object) ?? sweepSequence) < sweepSequence;
  }

  anySwept(sweepSequence: number): boolean {
    return [...this.#begun.values()].some((begun) => begun < sweepSequence);
  }

  /** A commit refers to the object, so that a head reaches it from now on. */
  settle(object: ObjectId): void {
    this.#begun.delete(object);
  }

  /** The sweep was this handle's own, and has left out what it had begun since the sweep before. */
  spare(before: number, sweepSequence: number): void {
    for (const [object, begun] of this.#begun) if (begun >= before) this.#begun.set(object, sweepSequence);
  }
}
