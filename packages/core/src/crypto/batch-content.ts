import { concat } from '../bytes/concat.js';
import { idBytes } from '../format/id-bytes.js';
import type { ObjectId } from '../format/ids.js';
import { encodedLabel } from './derive.js';
import { KEY_SIZE } from './primitives.js';
import { openOnce, sealOnce } from './sealed-once.js';
import type { Suite } from './suite.js';

/** The two sides of one sealing: what is known of the batch to both, and the secret key of one of them. */
export interface ContentKeys {
  readonly id: ObjectId;
  /** What the worker and the owners share, so that nobody else learns anything from a public key alone. */
  readonly headerKey: Uint8Array;
  readonly ephemeralKey: Uint8Array;
  /** The owners' X25519 public key. */
  readonly recipient: Uint8Array;
  /** The ephemeral secret of the worker, with `other` the recipient; or the owners', with `other` the ephemeral key. */
  readonly secretKey: Uint8Array;
  readonly other: Uint8Array;
}

/** Seals content to the owners of the tree, ciphertext ‖ tag; `undefined` where their public key is none. */
export function sealContent(suite: Suite, keys: ContentKeys, content: Uint8Array): Uint8Array | undefined {
  const key = contentKey(suite, keys);
  return key && sealOnce(suite, key, content);
}

/** What was sealed; `undefined` where it was not sealed to this recipient for this batch. */
export function openContent(suite: Suite, keys: ContentKeys, sealed: Uint8Array): Uint8Array | undefined {
  const key = contentKey(suite, keys);
  return key && openOnce(suite, key, sealed);
}

/** HKDF over the shared secret of X25519, bound to the batch and to both public keys. */
function contentKey(suite: Suite, keys: ContentKeys): Uint8Array | undefined {
  const shared = suite.x25519(keys.secretKey, keys.other);
  if (shared === undefined) return undefined;
  const info = concat(encodedLabel('batchContent'), idBytes(keys.id), keys.ephemeralKey, keys.recipient);
  const key = suite.hkdf(shared, keys.headerKey, info, KEY_SIZE);
  shared.fill(0);
  return key;
}
