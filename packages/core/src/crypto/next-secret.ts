import { concat } from '../bytes/concat.js';
import { ByteWriter } from '../bytes/writer.js';
import { InfinitreeError } from '../errors.js';
import { agreedKey, type KeyPair, type Recipient } from './key-pair.js';
import { KEY_SIZE, NONCE_SIZE, TAG_SIZE } from './primitives.js';
import type { Suite } from './suite.js';

/** Bytes of a root secret that was sealed to one credential. */
export const SEALED_SECRET_SIZE = KEY_SIZE + TAG_SIZE;

/** What the next root secret of a tree is sealed for. */
export interface NextEpoch {
  readonly treeId: Uint8Array;
  readonly keyEpoch: number;
  /** Of the key pair that was made for all copies of one secret: none is opened without a credential's secret key. */
  readonly ephemeralKey: Uint8Array;
}

// Each copy has a key of its own, and under a key that seals once every nonce is as good as another.
const ZERO_NONCE = new Uint8Array(NONCE_SIZE);

/**
 * Seals the next root secret to a credential, so that whoever may open the tree can finish giving it that secret. It is not
 * sealed under the present one: who is to be shut out may have kept that.
 *
 * @param ephemeralSecret The secret half of the key pair of `epoch`.
 */
export function sealNextSecret(
  suite: Suite,
  epoch: NextEpoch,
  { to, credentialId }: { readonly to: Recipient; readonly credentialId: Uint8Array },
  ephemeralSecret: Uint8Array,
  rootSecret: Uint8Array,
): Uint8Array {
  const own = { secretKey: ephemeralSecret, other: to.publicKey };
  const key = agreedKey(suite, 'nextSecret', credentialId, to, epoch.ephemeralKey, own);
  if (key === undefined) throw new InfinitreeError('CORRUPT', 'The public key of a key of the tree is none.');
  const { ciphertext, tag } = suite.seal(key, ZERO_NONCE, additional(epoch), rootSecret);
  key.fill(0);
  return concat(ciphertext, tag);
}

/** The secret that was sealed; `undefined` where it does not open. The caller zeroes it. */
export function openNextSecret(
  suite: Suite,
  epoch: NextEpoch,
  { headerKey, credentialId }: { readonly headerKey: Uint8Array; readonly credentialId: Uint8Array },
  { secretKey, publicKey }: KeyPair,
  sealed: Uint8Array,
): Uint8Array | undefined {
  const own = { secretKey, other: epoch.ephemeralKey };
  const key = agreedKey(suite, 'nextSecret', credentialId, { headerKey, publicKey }, epoch.ephemeralKey, own);
  const secret = key && suite.open(key, ZERO_NONCE, additional(epoch), sealed);
  key?.fill(0);
  return secret;
}

function additional({ treeId, keyEpoch }: NextEpoch): Uint8Array {
  return concat(treeId, new ByteWriter(4).u32(keyEpoch).bytes);
}
