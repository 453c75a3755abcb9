import { deepStrictEqual } from 'node:assert/strict';

/**
 * Fails unless both are the same: -0 is not 0, and prototypes count. Jest's own `toStrictEqual` takes a property named
 * `constructor` for the class of the object that has it.
 */
export function expectSame(actual: unknown, expected: unknown): void {
  deepStrictEqual(actual, expected);
}
