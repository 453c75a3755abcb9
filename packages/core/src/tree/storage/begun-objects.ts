import type { ChunkPointer } from '../../format/chunk-pointer.js';
import { type ObjectId, toObjectId } from '../../format/ids.js';
import type { Reference } from '../care/references.js';

interface Begun {
  /** The head sequence under which it was begun; undefined once a head tells of it. */
  headSequence: number | undefined;
  /** Where chunks were written to which no commit has referred by their place. Most objects have few, many of them one. */
  uncommitted: number | Set<number> | undefined;
}

/**
 * The objects that storage writers of this handle have begun and to which no commit refers yet, each with the head sequence
 * under which that was. No head reaches them, so to a sweep by another writer they are orphans: once one has come
 * between, they count as gone. Looking whether they are there would prove nothing, for the sweep may not have come to them.
 *
 * Of what commits refer to nothing is kept, so that a handle may store for as long as it likes. What was stored and never
 * committed stays: its pointers may be committed at any later time, and only this tells that they must not.
 */
export class BegunObjects {
  readonly #begun = new Map<ObjectId, Begun>();

  /** Whether all that was written is committed, so that nothing has to be settled. */
  get isEmpty(): boolean {
    return this.#begun.size === 0;
  }

  /** How many objects are remembered. */
  get size(): number {
    return this.#begun.size;
  }

  begin(object: ObjectId, headSequence: number): void {
    if (!this.has(object)) this.hold(object, headSequence);
  }

  /** As `begin`, and counts from now on where it was begun before. */
  hold(object: ObjectId, headSequence: number): void {
    this.#begun.set(object, { headSequence, uncommitted: this.#begun.get(object)?.uncommitted });
  }

  /** A chunk was written into an object that was begun. */
  wrote({ object, offset }: ChunkPointer): void {
    const id = toObjectId(object);
    const begun = this.#begun.get(id);
    const { uncommitted } = begun ?? {};
    if (begun === undefined) this.#begun.set(id, { headSequence: undefined, uncommitted: offset });
    else if (uncommitted === undefined) begun.uncommitted = offset;
    else if (typeof uncommitted === 'number') begun.uncommitted = new Set([uncommitted, offset]);
    else uncommitted.add(offset);
  }

  /** Those to which no commit refers. */
  *objects(): Generator<ObjectId, void, undefined> {
    for (const [object, { headSequence }] of this.#begun) if (headSequence !== undefined) yield object;
  }

  has(object: ObjectId): boolean {
    return this.#begun.get(object)?.headSequence !== undefined;
  }

  /** Whether this handle has written chunks into it to which no commit has referred by their place. */
  hasUncommitted(object: ObjectId): boolean {
    return this.#begun.get(object)?.uncommitted !== undefined;
  }

  /** Whether a sweep of this head sequence may have taken the object. */
  isSwept(object: ObjectId, sweepSequence: number): boolean {
    return (this.#begun.get(object)?.headSequence ?? sweepSequence) < sweepSequence;
  }

  anySwept(sweepSequence: number): boolean {
    for (const { headSequence = sweepSequence } of this.#begun.values()) if (headSequence < sweepSequence) return true;
    return false;
  }

  /** A head tells of the object. */
  settle(object: ObjectId): void {
    const begun = this.#begun.get(object);
    if (begun === undefined) return;
    begun.headSequence = undefined;
    if (begun.uncommitted === undefined) this.#begun.delete(object);
  }

  /** A commit refers to these objects, so that a head reaches them from now on. */
  settleReference({ objects, pointers }: Pick<Reference, 'objects' | 'pointers'>): void {
    // An id without a place leaves open which of the chunks is meant.
    for (const { object, offset } of pointers) this.#committed(toObjectId(object), offset);
    for (const object of objects) this.settle(object);
  }

  #committed(object: ObjectId, offset: number): void {
    const begun = this.#begun.get(object);
    if (begun === undefined) return;
    const { uncommitted } = begun;
    if (typeof uncommitted === 'object') uncommitted.delete(offset);
    if (uncommitted === offset || (typeof uncommitted === 'object' && uncommitted.size === 0)) {
      begun.uncommitted = undefined;
    }
  }

  /** The sweep was this handle's own, and has left out what it had begun since the sweep before. */
  spare(before: number, sweepSequence: number): void {
    for (const begun of this.#begun.values()) {
      if (begun.headSequence !== undefined && begun.headSequence >= before) begun.headSequence = sweepSequence;
    }
  }
}
