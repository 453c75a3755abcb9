import { fromCanonical, toCanonical } from '../codec/canonical-key.js';
import type { CanonicalKey, IndexKey } from '../codec/index-key.js';
import { type FieldState, kind } from '../index/field-types.js';
import type { FieldStore } from './field-store.js';
import { INSPECT, type Inspect, inspectField } from './inspect.js';
import { requireFunction } from './require-function.js';
import { attachStore, type FieldType } from './store-of.js';
import type { SetField } from './types.js';

/** Stands for the value that an element does not have: a column of it takes no room. */
const MEMBER = null;

/** What all sets are to their users: maps from their elements to nothing. */
export abstract class StoredSet<K extends IndexKey> implements SetField<K> {
  readonly #store: FieldStore;

  constructor(type: FieldType, store: FieldStore) {
    this.#store = store;
    attachStore(this, type, store);
  }

  get [kind](): 'set' {
    return 'set';
  }

  get state(): FieldState {
    return this.#store.state;
  }

  get size(): number {
    return this.#store.size;
  }

  add(key: K): this {
    const { shape } = this.#store.keeping;
    this.#store.setOnce(toCanonical(shape === undefined ? key : (shape.take(key) as K)), MEMBER);
    return this;
  }

  has(key: K): boolean {
    return this.#store.has(toCanonical(key));
  }

  delete(key: K): void {
    this.#store.delete(toCanonical(key));
  }

  clear(): void {
    this.#store.clear();
  }

  retain(keep: (key: K) => boolean): void {
    requireFunction(keep, 'retain');
    this.#store.retain((key) => keep(fromCanonical(key) as K));
  }

  keys(): IterableIterator<K> {
    return this.#walk(this.#store.entries());
  }

  values(): IterableIterator<K> {
    return this.keys();
  }

  entries(): IterableIterator<[K, K]> {
    return this.#walkPairs(this.#store.entries());
  }

  forEach(fn: (key: K) => void): void {
    requireFunction(fn, 'forEach');
    for (const [key] of this.#store.entries()) fn(fromCanonical(key) as K);
  }

  [Symbol.iterator](): IterableIterator<K> {
    return this.keys();
  }

  get [INSPECT](): Inspect {
    return inspectField(this, this.#store);
  }

  // Generators apart from the public methods, which have to throw at the call and not at the first step.

  *#walk(entries: Iterable<[CanonicalKey, unknown]>): Generator<K> {
    for (const [key] of entries) yield fromCanonical(key) as K;
  }

  *#walkPairs(entries: Iterable<[CanonicalKey, unknown]>): Generator<[K, K]> {
    // Bytes are copied for each of the two: what is done to one must not show in the other.
    for (const [key] of entries) yield [fromCanonical(key) as K, fromCanonical(key) as K];
  }
}
