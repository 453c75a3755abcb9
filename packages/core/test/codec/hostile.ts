import fc from 'fast-check';
import { isInfinitreeError } from '../../src/errors.js';

/** A small change to stored bytes: one written over, cut off, put in, or taken out. */
export interface Mutation {
  readonly kind: 'overwrite' | 'truncate' | 'insert' | 'remove' | 'duplicate';
  readonly at: number;
  readonly byte: number;
}

export const mutations: fc.Arbitrary<Mutation[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('overwrite', 'overwrite', 'overwrite', 'truncate', 'insert', 'remove', 'duplicate'),
    at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 0x1b, 0x5f, 0x7f, 0x9f, 0xbf, 0xff, 0xd9)),
  }),
  { minLength: 1, maxLength: 4 },
);

export function mutate(bytes: Uint8Array, changes: readonly Mutation[]): Uint8Array {
  let result = [...bytes];
  for (const { kind, at, byte } of changes) {
    const place = Math.floor(at * result.length);
    if (kind === 'overwrite') result[place] = byte;
    else if (kind === 'truncate') result = result.slice(0, place);
    else if (kind === 'insert') result.splice(place, 0, byte);
    else if (kind === 'remove') result.splice(place, 1);
    else result.splice(place, 0, ...result.slice(place, place + 9));
  }
  return Uint8Array.from(result);
}

/** What `read` gives; `undefined` where it throws CORRUPT. Every other error is the test's failure. */
export function orCorrupt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isInfinitreeError(error, 'CORRUPT')) return undefined;
    throw error;
  }
}

/** The names that objects inherit; hostile input must never add to them or take from them. */
export function inheritedNames(): string {
  return JSON.stringify([Object.prototype, Array.prototype].map((prototype) => Object.getOwnPropertyNames(prototype)));
}

/** The code of the error that `act` throws. */
export function codeOf(act: () => unknown): string | undefined {
  try {
    act();
  } catch (error) {
    return isInfinitreeError(error) ? error.code : `not an InfinitreeError: ${String(error)}`;
  }
  return undefined;
}

/** The message of the error that `act` throws. */
export function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error('nothing was thrown');
}
