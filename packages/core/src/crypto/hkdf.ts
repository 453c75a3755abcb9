import { offHeap } from '../bytes/off-heap.js';
import { InfinitreeError } from '../errors.js';
import { KEY_SIZE, type Primitives } from './primitives.js';

const HASH_SIZE = 32;
const MAX_BLOCKS = 255;

/**
 * HKDF-SHA-256 (RFC 5869), extract and expand. An empty salt stands for 32 zero bytes, as section 2.2 says.
 * Throws `INVALID_ARGUMENT` for more than 8160 bytes (section 2.3) and for lengths that are no natural number.
 *
 * Built on HMAC, because libsodium's JavaScript build exports no HKDF functions.
 */
export function hkdf(
  { hmac }: Pick<Primitives, 'hmac'>,
  secret: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array {
  if (!Number.isInteger(length) || length < 0 || length > MAX_BLOCKS * HASH_SIZE) {
    throw new InfinitreeError('INVALID_ARGUMENT', `HKDF-SHA-256 gives 0 to ${MAX_BLOCKS * HASH_SIZE} bytes.`);
  }
  const extracted = hmac(salt.length === 0 ? new Uint8Array(KEY_SIZE) : salt, secret);
  const output = offHeap(length);
  let block: Uint8Array = new Uint8Array(0);
  for (let start = 0, counter = 1; start < length; start += HASH_SIZE, counter++) {
    const next = hmac(extracted, block, info, Uint8Array.of(counter));
    // What is given out is a copy of it.
    block.fill(0);
    block = next;
    // Byte by byte: a view of it would have the engine make a copy.
    for (let i = 0; i < HASH_SIZE && start + i < length; i++) output[start + i] = block[i] as number;
  }
  block.fill(0);
  extracted.fill(0);
  return output;
}
