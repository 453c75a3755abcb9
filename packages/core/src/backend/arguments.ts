import { InfinitreeError } from '../errors.js';
import { isObjectId, type ObjectId } from '../format/ids.js';

/**
 * Refuses what is not an object id. The type says so already, but backends make paths and URLs of ids, and JavaScript
 * callers pass what they like: `../../etc/passwd` must never come to be a path.
 */
export function requireObjectId(id: ObjectId): void {
  const given: unknown = id;
  if (typeof given !== 'string' || !isObjectId(given)) {
    throw new InfinitreeError('INVALID_ARGUMENT', 'An object id is a string of 64 lower-case hex digits.');
  }
}

/** Refuses what is no list of object ids. */
export function requireObjectIds(ids: readonly ObjectId[]): void {
  if (!Array.isArray(ids)) throw new InfinitreeError('INVALID_ARGUMENT', 'Several object ids are given as an array.');
  for (const id of ids as readonly ObjectId[]) requireObjectId(id);
}

/** Refuses what is no bytes, of which other things might be stored. */
export function requireBytes(bytes: Uint8Array): void {
  if (bytes instanceof Uint8Array) return;
  throw new InfinitreeError('INVALID_ARGUMENT', 'What is to be stored is a Uint8Array.');
}

/** Refuses byte offsets that name no range. A range that reaches beyond the end of an object is none of these. */
export function requireRange(range: readonly [number, number]): void {
  const [start, end] = Array.isArray(range) ? range : [];
  if (!isOffset(start) || !isOffset(end) || end < start) {
    throw new InfinitreeError(
      'INVALID_ARGUMENT',
      `A range is [start, end) in whole bytes with 0 <= start <= end, not [${String(start)}, ${String(end)}).`,
    );
  }
}

export function isOffset(offset: unknown): offset is number {
  return Number.isSafeInteger(offset) && (offset as number) >= 0;
}
