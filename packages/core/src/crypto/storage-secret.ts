import { concat } from '../bytes/concat.js';
import { ByteWriter } from '../bytes/writer.js';
import { InfinitreeError } from '../errors.js';
import { encodedLabel } from './derive.js';
import { type KeyPair, keyPairOf } from './key-pair.js';
import type { NextEpoch, SealedSecret } from './next-secret.js';
import { KEY_SIZE, TAG_SIZE } from './primitives.js';
import { openOnce, sealOnce } from './sealed-once.js';
import type { Suite } from './suite.js';

/** Bytes of the storage secret of an earlier key epoch, as it is kept. */
export const SEALED_STORAGE_SECRET_SIZE = KEY_SIZE + TAG_SIZE;

/**
 * Seals the storage secret of an earlier key epoch to the storage key pair of a later one: who reads the tree opens it, and who
 * only writes does not, although it stands in heads.
 *
 * @param epoch Whose secret it is.
 * @param publicKey Of the storage key pair that it is sealed to.
 * @param ephemeralSecret 32 bytes that never come twice with another plaintext, which are zeroed.
 */
export function sealStorageSecret(
  suite: Suite,
  epoch: NextEpoch,
  publicKey: Uint8Array,
  ephemeralSecret: Uint8Array,
  secret: Uint8Array,
): SealedSecret {
  const { secretKey, publicKey: ephemeralKey } = keyPairOf(suite, ephemeralSecret);
  const key = agreed(suite, epoch, ephemeralKey, publicKey, { secretKey, other: publicKey });
  secretKey.fill(0);
  if (key === undefined) throw new InfinitreeError('CORRUPT', 'The storage key of the tree is no key.');
  return { ephemeralKey, sealed: sealOnce(suite, key, secret) };
}

/** The secret; `undefined` where it does not open. The caller zeroes it. */
export function openStorageSecret(
  suite: Suite,
  epoch: NextEpoch,
  { secretKey, publicKey }: KeyPair,
  { ephemeralKey, sealed }: SealedSecret,
): Uint8Array | undefined {
  const key = agreed(suite, epoch, ephemeralKey, publicKey, { secretKey, other: ephemeralKey });
  return key && openOnce(suite, key, sealed);
}

function agreed(
  suite: Suite,
  { treeId, keyEpoch }: NextEpoch,
  ephemeralKey: Uint8Array,
  publicKey: Uint8Array,
  { secretKey, other }: { readonly secretKey: Uint8Array; readonly other: Uint8Array },
): Uint8Array | undefined {
  const shared = suite.x25519(secretKey, other);
  if (shared === undefined) return undefined;
  const info = concat(encodedLabel('storageSecret'), treeId, new ByteWriter(4).u32(keyEpoch).bytes);
  const key = suite.hkdf(shared, concat(ephemeralKey, publicKey), info, KEY_SIZE);
  shared.fill(0);
  return key;
}
