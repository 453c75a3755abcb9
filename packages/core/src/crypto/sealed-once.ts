import { concat } from '../bytes/concat.js';
import { NONCE_SIZE, type Primitives } from './primitives.js';

// Under a key that seals once every nonce is as good as another.
const ZERO_NONCE = new Uint8Array(NONCE_SIZE);
const NO_AAD = new Uint8Array(0);

/** Seals under a key that seals nothing else, and zeroes it: ciphertext ‖ tag. */
export function sealOnce(suite: Pick<Primitives, 'seal'>, key: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const { ciphertext, tag } = suite.seal(key, ZERO_NONCE, NO_AAD, plaintext);
  key.fill(0);
  return concat(ciphertext, tag);
}

/** What was sealed under this key, which is zeroed; `undefined` where nothing was, or it was changed. */
export function openOnce(suite: Pick<Primitives, 'open'>, key: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  const plaintext = suite.open(key, ZERO_NONCE, NO_AAD, sealed);
  key.fill(0);
  return plaintext;
}
