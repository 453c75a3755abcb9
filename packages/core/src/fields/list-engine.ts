import type { FieldStore } from './field-store.js';

/** What a list needs of its store: values by place, in stored form. */
export interface ListEngine extends FieldStore {
  /** `make` gives the values, and only once it is certain that they are taken. */
  push(make: () => readonly unknown[]): void;
  /** `index` is within the bounds. */
  valueAt(index: number): unknown;
  /** All values as they are now: what is changed later does not show. */
  valuesNow(): readonly unknown[];
}
