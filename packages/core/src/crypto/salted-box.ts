import { concat } from '../bytes/concat.js';
import { InfinitreeError } from '../errors.js';
import { SALT_SIZE, SALTED_BOX_OVERHEAD } from '../format/header-layout.js';
import type { Label } from '../format/labels.js';
import { derive } from './derive.js';
import { NONCE_SIZE, type Primitives } from './primitives.js';

/** What is sealed into salted boxes. */
export type BoxLabel = Extract<Label, 'checkpoint' | 'frame' | 'mark' | 'lock'>;

// Each box has a key of its own, by its salt, and under a key that seals once every nonce is as good as another.
const ZERO_NONCE = new Uint8Array(NONCE_SIZE);

/**
 * Seals what may be written again under the same id (checkpoints, frames, marks, locks): salt ‖ ciphertext ‖ tag.
 *
 * Neither a place nor a counter is a safe nonce for these: a copied directory or a resumed virtual machine writes
 * another frame at the same place. The salt, 32 fresh bytes of `Entropy`, gives each writing its own key.
 *
 * @param parent `TreeKeys.subkey(label)`.
 * @param context What the key belongs to; of fixed length under one label, as the salt follows it directly.
 * @param aad What is authenticated besides the plaintext.
 * @throws `INVALID_ARGUMENT` for a salt that has not 32 bytes.
 */
export function sealSalted(
  suite: Primitives,
  parent: Uint8Array,
  label: BoxLabel,
  context: Uint8Array,
  aad: Uint8Array,
  salt: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  if (salt.length !== SALT_SIZE) {
    throw new InfinitreeError('INVALID_ARGUMENT', `A salt has ${SALT_SIZE} bytes, not ${salt.length}.`);
  }
  const key = derive(suite, parent, label, context, salt);
  const { ciphertext, tag } = suite.seal(key, ZERO_NONCE, aad, plaintext);
  key.fill(0);
  return concat(salt, ciphertext, tag);
}

/** What was sealed; `undefined` where the box was not sealed for this key, context and additional data. */
export function openSalted(
  suite: Primitives,
  parent: Uint8Array,
  label: BoxLabel,
  context: Uint8Array,
  aad: Uint8Array,
  box: Uint8Array,
): Uint8Array | undefined {
  if (box.length < SALTED_BOX_OVERHEAD) return undefined;
  const key = derive(suite, parent, label, context, box.subarray(0, SALT_SIZE));
  const plaintext = suite.open(key, ZERO_NONCE, aad, box.subarray(SALT_SIZE));
  key.fill(0);
  return plaintext;
}
