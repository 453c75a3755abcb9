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

/** Refuses byte offsets that name no range. A range that reaches beyond the end of an object is none of these. */
export function requireRange(range: readonly [number, number]): void {
  const [start, end] = range;
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) {
    throw new InfinitreeError(
      'INVALID_ARGUMENT',
      `A range is [start, end) in whole bytes with 0 <= start <= end, not [${start}, ${end}).`,
    );
  }
}
