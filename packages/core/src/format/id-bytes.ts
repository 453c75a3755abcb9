import { fromHex } from '../bytes/hex.js';
import { InfinitreeError } from '../errors.js';
import { ID_SIZE, type ObjectId } from './ids.js';

/** The 32 bytes an object id stands for: what is authenticated, and what keys are derived from. */
export function idBytes(id: ObjectId): Uint8Array {
  const bytes = fromHex(id);
  // Only a cast gets here with anything else; a key must not be derived from it.
  if (bytes?.length !== ID_SIZE) throw new InfinitreeError('INVALID_ARGUMENT', 'That is not an object id.');
  return bytes;
}
