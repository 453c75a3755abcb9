import { concat } from '../bytes/concat.js';
import { InfinitreeError } from '../errors.js';
import { idBytes } from '../format/id-bytes.js';
import type { ObjectId } from '../format/ids.js';
import type { Label } from '../format/labels.js';
import { encodedLabel } from './derive.js';
import { KEY_SIZE } from './primitives.js';
import type { Suite } from './suite.js';

/** An X25519 key pair (RFC 7748), 32 bytes each. */
export interface KeyPair {
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** What is known of a credential to everybody who has the tree, and enough to seal to it. */
export interface Recipient {
  readonly headerKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** The u-coordinate 9 (RFC 7748, section 4.1). */
const BASE_POINT = Uint8Array.of(9, ...new Uint8Array(KEY_SIZE - 1));

export function keyPairOf(suite: Pick<Suite, 'x25519'>, secretKey: Uint8Array): KeyPair {
  const publicKey = suite.x25519(secretKey, BASE_POINT);
  // Clamped, no secret key is a multiple of the base point's order.
  if (publicKey === undefined) throw new InfinitreeError('INVALID_ARGUMENT', 'That is no secret key of X25519.');
  return { secretKey, publicKey };
}

/** The key of a key object's second header; see `agreedKey`. */
export function keyObjectSecret(
  suite: Pick<Suite, 'x25519' | 'hkdf'>,
  id: ObjectId,
  to: Recipient,
  ephemeralKey: Uint8Array,
  own: OwnHalf,
): Uint8Array | undefined {
  return agreedKey(suite, 'keyObjectSecret', idBytes(id), to, ephemeralKey, own);
}

/** What one side brings: its secret key, and the public key of the other. */
export interface OwnHalf {
  readonly secretKey: Uint8Array;
  readonly other: Uint8Array;
}

/**
 * A key that a credential and whoever seals something to it agree on, from either side: of the latter by an ephemeral secret, of
 * the credential by its own. `undefined` where a public key is one that gives zeros with every secret. The caller zeroes it.
 *
 * @param context What it is for, of fixed length under one label.
 */
export function agreedKey(
  suite: Pick<Suite, 'x25519' | 'hkdf'>,
  label: Label,
  context: Uint8Array,
  { headerKey, publicKey }: Recipient,
  ephemeralKey: Uint8Array,
  own: OwnHalf,
): Uint8Array | undefined {
  const shared = suite.x25519(own.secretKey, own.other);
  if (shared === undefined) return undefined;
  const info = concat(encodedLabel(label), context, ephemeralKey, publicKey);
  const key = suite.hkdf(shared, headerKey, info, KEY_SIZE);
  shared.fill(0);
  return key;
}
