import { toCanonical } from '../codec/canonical-key.js';
import { type FieldState, kind } from '../index/field-types.js';
import { FieldStore } from './field-store.js';
import { INSPECT, type Inspect, inspectField } from './inspect.js';
import { attachStore, type FieldType } from './store-of.js';
import type { CellField, DeepReadonly, Input } from './types.js';
import { admit, release } from './values.js';

const TYPE: FieldType = { kind: 'cell', storedName: 'serialized' };

/** The only key of a cell: the empty tuple. */
const ONLY_KEY = toCanonical([]);

/**
 * A single value, saved when it was set. The initial value is what a loaded field reads as until one is set; it is
 * never stored itself.
 *
 * @example
 * lastTime.value = lastTime.value + 1;
 */
export class Serialized<T> implements CellField<T> {
  readonly #store = new FieldStore();
  readonly #initial: unknown;

  /** Throws `INVALID_ARGUMENT` for an initial value that could not be stored. */
  constructor(initial: T) {
    this.#initial = admit(initial);
    attachStore(this, TYPE, this.#store);
  }

  get [kind](): 'cell' {
    return 'cell';
  }

  get state(): FieldState {
    return this.#store.state;
  }

  get value(): DeepReadonly<T> {
    const stored = this.#store.has(ONLY_KEY) ? this.#store.get(ONLY_KEY) : this.#initial;
    return release(stored, this.#store.keeping) as DeepReadonly<T>;
  }

  set value(value: Input<T>) {
    this.#store.set(ONLY_KEY, () => admit(value, this.#store.keeping));
  }

  get [INSPECT](): Inspect {
    return inspectField(this, this.#store);
  }
}
