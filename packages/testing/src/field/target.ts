import type { AnyField, Strategy } from '@infinitree/core';

/** One way to change a field, and what it comes to in plain JavaScript. */
export interface FieldOperation<Field extends AnyField, Values extends readonly unknown[], State> {
  readonly name: string;
  /**
   * Whether it works on a field that is not loaded, and means the same whatever other writers have done. One that looks
   * at what is there is not blind: it throws `NOT_LOADED`.
   */
  readonly blind: boolean;
  apply(field: Field, values: Values): void;
  /** What the field holds then, of what it held before, which is not to be changed. */
  model(state: State, values: Values): State;
}

/** What the field must not take: `INVALID_ARGUMENT`, and nothing is changed. */
export interface RefusedUse<Field extends AnyField> {
  readonly name: string;
  apply(field: Field): void;
}

/** The field type to be tested. */
export interface FieldTarget<Field extends AnyField, Values extends readonly unknown[], State> {
  /** A new field, as the property of an index class would be initialised. */
  make(): Field;
  /** The strategy it is declared with. Default: `'local'`. */
  readonly strategy?: 'local' | 'sparse' | Strategy<never, unknown>;
  /**
   * Whether the tree is split: then what is prepared is written by a key that only writes, where an operation is blind, and
   * read by one that reads. Default: false.
   */
  readonly split?: boolean;
  /** What operations hand to the field: keys, values. Made anew at each call, since they are tampered with. */
  values(): Values;
  /** What a field holds that was never changed. */
  readonly initial: State;
  /** All that the field holds, in the form in which `model` gives it; the two are compared by `toEqual`. */
  read(field: Field): State;
  /**
   * In an order in which they can be applied one after the other, the first one to the initial state. After the first one
   * and after the last one the field holds something.
   */
  readonly operations: readonly FieldOperation<Field, Values, State>[];
  readonly refused?: readonly RefusedUse<Field>[];
}

/** A target as the cases see it. */
export type AnyTarget = FieldTarget<AnyField, readonly unknown[], unknown>;
export type AnyOperation = AnyTarget['operations'][number];
