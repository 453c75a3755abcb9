import { toUtf8 } from '../bytes/utf8.js';
import { isWellFormed } from '../bytes/well-formed.js';
import { InfinitreeError } from '../errors.js';
import { derive } from './derive.js';
import type { TreeKeys } from './tree-keys.js';

/** A key of an application for one purpose, 32 bytes. Throws `INVALID_ARGUMENT` for a purpose that names none. */
export function applicationKey(keys: TreeKeys, purpose: string): Uint8Array {
  const given: unknown = purpose;
  // UTF-8 has no lone surrogates; encoding would turn all of them into one character, and two purposes into one.
  if (typeof given !== 'string' || given === '' || !isWellFormed(given)) {
    throw new InfinitreeError(
      'INVALID_ARGUMENT',
      'A purpose is a string that is not empty and has no lone surrogates.',
    );
  }
  return derive(keys.suite, keys.subkey('application'), 'application', toUtf8(given));
}
