import { fromCanonical, toCanonical } from '../codec/canonical-key.js';
import type { CanonicalKey, IndexKey } from '../codec/index-key.js';
import { type FieldState, kind } from '../index/field-types.js';
import type { FieldStore } from './field-store.js';
import { INSPECT, type Inspect, inspectField } from './inspect.js';
import { requireFunction } from './require-function.js';
import { attachStore, type FieldType } from './store-of.js';
import type { DeepReadonly, Input, MapField } from './types.js';
import { admit, release } from './values.js';

/** What all maps are to their users; what they do with a change is up to the store behind them. */
export abstract class StoredMap<K extends IndexKey, V> implements MapField<K, V> {
  readonly #store: FieldStore;

  constructor(type: FieldType, store: FieldStore) {
    this.#store = store;
    attachStore(this, type, store);
  }

  get [kind](): 'map' {
    return 'map';
  }

  get state(): FieldState {
    return this.#store.state;
  }

  get size(): number {
    return this.#store.size;
  }

  get(key: K): DeepReadonly<V> | undefined {
    return this.#value(this.#store.get(toCanonical(key)));
  }

  has(key: K): boolean {
    return this.#store.has(toCanonical(key));
  }

  set(key: K, value: Input<V>): this {
    this.#store.set(toCanonical(key), () => this.#admit(value));
    return this;
  }

  insert(key: K, value: Input<V>): DeepReadonly<V> {
    return this.#value(this.#store.insert(toCanonical(key), () => this.#admit(value)));
  }

  update(key: K, fn: (old: DeepReadonly<V>) => Input<V>): DeepReadonly<V> | undefined {
    requireFunction(fn, 'update');
    return this.#value(this.#store.update(toCanonical(key), (stored) => this.#admit(fn(this.#value(stored)))));
  }

  delete(key: K): void {
    this.#store.delete(toCanonical(key));
  }

  clear(): void {
    this.#store.clear();
  }

  retain(keep: (key: K, value: DeepReadonly<V>) => boolean): void {
    requireFunction(keep, 'retain');
    this.#store.retain((key, stored) => keep(this.#key(key), this.#value(stored)));
  }

  entries(): IterableIterator<[K, DeepReadonly<V>]> {
    return this.#walk(this.#store.entries());
  }

  keys(): IterableIterator<K> {
    return this.#walkKeys(this.#store.entries());
  }

  values(): IterableIterator<DeepReadonly<V>> {
    return this.#walkValues(this.#store.entries());
  }

  forEach(fn: (value: DeepReadonly<V>, key: K, map: this) => void): void {
    requireFunction(fn, 'forEach');
    for (const [key, stored] of this.#store.entries()) fn(this.#value(stored), this.#key(key), this);
  }

  [Symbol.iterator](): IterableIterator<[K, DeepReadonly<V>]> {
    return this.entries();
  }

  get [INSPECT](): Inspect {
    return inspectField(this, this.#store);
  }

  // Generators apart from the public methods, which have to throw at the call and not at the first step.

  *#walk(entries: Iterable<[CanonicalKey, unknown]>): Generator<[K, DeepReadonly<V>]> {
    for (const [key, stored] of entries) yield [this.#key(key), this.#value(stored)];
  }

  *#walkKeys(entries: Iterable<[CanonicalKey, unknown]>): Generator<K> {
    for (const [key] of entries) yield this.#key(key);
  }

  *#walkValues(entries: Iterable<[CanonicalKey, unknown]>): Generator<DeepReadonly<V>> {
    for (const [, stored] of entries) yield this.#value(stored);
  }

  #key(canonical: CanonicalKey): K {
    return fromCanonical(canonical) as K;
  }

  #admit(value: Input<V>): unknown {
    return admit(value, this.#store.keeping);
  }

  /** What to show of a stored value; nothing of no value. */
  #value(stored: unknown): DeepReadonly<V> {
    return release(stored, this.#store.keeping) as DeepReadonly<V>;
  }
}
