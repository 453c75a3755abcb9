import { type FieldState, kind } from '../index/field-types.js';
import { INSPECT, type Inspect, inspectField } from './inspect.js';
import type { ListEngine } from './list-engine.js';
import { requireFunction } from './require-function.js';
import { attachStore, type FieldType } from './store-of.js';
import type { DeepReadonly, Input, ListField } from './types.js';
import { admit, release } from './values.js';

/** What all lists are to their users; which keys their elements have is up to the store behind them. */
export abstract class StoredList<V> implements ListField<V> {
  readonly #store: ListEngine;

  constructor(type: FieldType, store: ListEngine) {
    this.#store = store;
    attachStore(this, type, store);
  }

  get [kind](): 'list' {
    return 'list';
  }

  get state(): FieldState {
    return this.#store.state;
  }

  get size(): number {
    return this.#store.size;
  }

  push(...values: Input<V>[]): void {
    this.#store.push(() => values.map((value) => admit(value, this.#store.keeping)));
  }

  at(index: number): DeepReadonly<V> | undefined {
    const { size } = this.#store;
    // As Array.at: what is no number is 0.
    const whole = Math.trunc(index) || 0;
    const place = whole < 0 ? size + whole : whole;
    return place < 0 || place >= size ? undefined : this.#value(this.#store.valueAt(place));
  }

  clear(): void {
    this.#store.clear();
  }

  entries(): IterableIterator<[number, DeepReadonly<V>]> {
    return this.#walkPairs(this.#store.valuesNow());
  }

  values(): IterableIterator<DeepReadonly<V>> {
    return this.#walk(this.#store.valuesNow());
  }

  forEach(fn: (value: DeepReadonly<V>, index: number) => void): void {
    requireFunction(fn, 'forEach');
    this.#store.valuesNow().forEach((stored, index) => {
      fn(this.#value(stored), index);
    });
  }

  [Symbol.iterator](): IterableIterator<DeepReadonly<V>> {
    return this.values();
  }

  get [INSPECT](): Inspect {
    return inspectField(this, this.#store);
  }

  // Generators apart from the public methods, which have to throw at the call and not at the first step.

  *#walk(all: readonly unknown[]): Generator<DeepReadonly<V>> {
    for (const stored of all) yield this.#value(stored);
  }

  *#walkPairs(all: readonly unknown[]): Generator<[number, DeepReadonly<V>]> {
    for (const [index, stored] of all.entries()) yield [index, this.#value(stored)];
  }

  #value(stored: unknown): DeepReadonly<V> {
    return release(stored, this.#store.keeping) as DeepReadonly<V>;
  }
}
