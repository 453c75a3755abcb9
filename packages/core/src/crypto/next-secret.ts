import { concat } from '../bytes/concat.js';
import { ByteWriter } from '../bytes/writer.js';
import { InfinitreeError } from '../errors.js';
import { agreedKey, type KeyPair, keyPairOf, type Recipient } from './key-pair.js';
import { KEY_SIZE, TAG_SIZE } from './primitives.js';
import { openOnce, sealOnce } from './sealed-once.js';
import type { Suite } from './suite.js';

/** Bytes of what is sealed to one credential: a root secret, and what it is given of the storage key pair. */
export const NEXT_SECRET_SIZE = 2 * KEY_SIZE;
export const SEALED_SECRET_SIZE = NEXT_SECRET_SIZE + TAG_SIZE;

/** Which tree, and which of its key epochs, a secret is for. */
export interface NextEpoch {
  readonly treeId: Uint8Array;
  readonly keyEpoch: number;
}

/** A copy that one credential opens, with the public half of the key pair that was made for it alone. */
export interface SealedSecret {
  readonly ephemeralKey: Uint8Array;
  readonly sealed: Uint8Array;
}

/**
 * Seals the next secrets of a tree to a credential, so that whoever may open the tree can finish giving it those. They are not
 * sealed under the present one: who is to be shut out may have kept that.
 *
 * @param ephemeralSecret 32 bytes that never come twice with another plaintext, which are zeroed.
 */
export function sealNextSecret(
  suite: Suite,
  epoch: NextEpoch,
  { to, credentialId }: { readonly to: Recipient; readonly credentialId: Uint8Array },
  ephemeralSecret: Uint8Array,
  secrets: Uint8Array,
): SealedSecret {
  const { secretKey, publicKey: ephemeralKey } = keyPairOf(suite, ephemeralSecret);
  const own = { secretKey, other: to.publicKey };
  const key = agreedKey(suite, 'nextSecret', contextOf(epoch, credentialId), to, ephemeralKey, own);
  secretKey.fill(0);
  if (key === undefined) throw new InfinitreeError('CORRUPT', 'The public key of a key of the tree is none.');
  return { ephemeralKey, sealed: sealOnce(suite, key, secrets) };
}

/** What was sealed; `undefined` where it does not open. The caller zeroes it. */
export function openNextSecret(
  suite: Suite,
  epoch: NextEpoch,
  { headerKey, credentialId }: { readonly headerKey: Uint8Array; readonly credentialId: Uint8Array },
  { secretKey, publicKey }: KeyPair,
  { ephemeralKey, sealed }: SealedSecret,
): Uint8Array | undefined {
  const own = { secretKey, other: ephemeralKey };
  const to = { headerKey, publicKey };
  const key = agreedKey(suite, 'nextSecret', contextOf(epoch, credentialId), to, ephemeralKey, own);
  return key && openOnce(suite, key, sealed);
}

function contextOf({ treeId, keyEpoch }: NextEpoch, credentialId: Uint8Array): Uint8Array {
  return concat(treeId, new ByteWriter(4).u32(keyEpoch).bytes, credentialId);
}
