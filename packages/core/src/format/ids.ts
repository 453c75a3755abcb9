import { toHex } from '../bytes/hex.js';
import { InfinitreeError } from '../errors.js';

declare const brand: unique symbol;

/** The name of an object in storage: 64 lower-case hex digits. A string, so that it can be compared and be a map's key. */
export type ObjectId = string & { readonly [brand]: true };

/** Length of an id in bytes. */
export const ID_SIZE = 32;

const PATTERN = /^[0-9a-f]{64}$/;

/** Whether `text` has the form of an object id. */
export function isObjectId(text: string): text is ObjectId {
  return PATTERN.test(text);
}

/** The id written as these 32 bytes. */
export function toObjectId(bytes: Uint8Array): ObjectId {
  const text = toHex(bytes);
  if (!isObjectId(text)) {
    throw new InfinitreeError('INVALID_ARGUMENT', `An object id has ${ID_SIZE} bytes, not ${bytes.length}.`);
  }
  return text;
}
