import { toUtf8 } from '../bytes/utf8.js';
import { isWellFormed } from '../bytes/well-formed.js';
import { InfinitreeError } from '../errors.js';
import { derive } from './derive.js';
import type { TreeKeys } from './tree-keys.js';

/**
 * A key of an application for one purpose, 32 bytes. Throws `INVALID_ARGUMENT` for a purpose that names none, and for a key epoch
 * that the tree was never in.
 */
export function applicationKey(keys: TreeKeys, purpose: string, keyEpoch = keys.keyEpoch): Uint8Array {
  const given: unknown = purpose;
  // UTF-8 has no lone surrogates; encoding would turn all of them into one character, and two purposes into one.
  if (typeof given !== 'string' || given === '' || !isWellFormed(given)) {
    throw new InfinitreeError(
      'INVALID_ARGUMENT',
      'A purpose is a string that is not empty and has no lone surrogates.',
    );
  }
  const epoch = [keys, ...keys.earlier].find((one) => one.keyEpoch === keyEpoch);
  const parent = epoch?.find('application');
  if (parent !== undefined) return derive(keys.suite, parent, 'application', toUtf8(given));
  throw new InfinitreeError('INVALID_ARGUMENT', `keyEpoch is a key epoch of the tree, from 0 to ${keys.keyEpoch}.`);
}
