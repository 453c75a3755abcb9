import { InfinitreeError } from '../errors.js';

/** The error for stored bytes that are not what this library writes. Offsets are named, content never. */
export function corrupt(what: string, at?: number, cause?: unknown): InfinitreeError {
  const message = at === undefined ? `${what}.` : `${what}, at byte ${at}.`;
  return new InfinitreeError('CORRUPT', message, cause === undefined ? {} : { cause });
}
