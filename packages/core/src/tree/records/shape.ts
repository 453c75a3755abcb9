import { InfinitreeError } from '../../errors.js';
import { type ObjectId, toObjectId } from '../../format/ids.js';

/**
 * Checks of what an authentic record holds. Its bytes were sealed by someone with the tree's keys, so a wrong shape
 * means a mistake or malice of a key holder: it is refused as `CORRUPT`, never half believed.
 */
export function malformed(what: string): InfinitreeError {
  return new InfinitreeError('CORRUPT', `A record of the tree is malformed: ${what}. It was sealed like that.`);
}

export function list(value: unknown, length?: number): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed('a list is missing');
  if (length !== undefined && value.length !== length) throw malformed(`a list has ${value.length} items`);
  return value;
}

/** A non-negative integer that is exact. */
export function integer(value: unknown): number {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
    throw malformed('a number is not a non-negative integer');
  }
  return number;
}

export function text(value: unknown): string {
  if (typeof value !== 'string') throw malformed('a text is missing');
  return value;
}

export function flag(value: unknown): boolean {
  if (typeof value !== 'boolean') throw malformed('a flag is missing');
  return value;
}

export function bytes(value: unknown, length?: number): Uint8Array {
  if (!(value instanceof Uint8Array)) throw malformed('a byte string is missing');
  if (length !== undefined && value.length !== length) throw malformed(`a byte string has ${value.length} bytes`);
  return value;
}

export function maybe<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === null || value === undefined ? undefined : read(value);
}

export function id(value: unknown): ObjectId {
  return toObjectId(bytes(value, 32));
}
