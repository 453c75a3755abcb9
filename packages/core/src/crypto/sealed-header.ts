import { concat } from '../bytes/concat.js';
import { InfinitreeError } from '../errors.js';
import { HEADER_PLAIN_SIZE, SALT_SIZE, SEALED_HEADER, SEALED_HEADER_SIZE } from '../format/header-layout.js';
import { idBytes } from '../format/id-bytes.js';
import type { ObjectId } from '../format/ids.js';
import { derive } from './derive.js';
import type { Primitives } from './primitives.js';
import { openOnce, sealOnce } from './sealed-once.js';

/** Headers are of several kinds, which never open as one another. */
export type HeaderLabel = 'keyObjectHeader' | 'keyObjectSecret' | 'headHeader' | 'batchHeader';

const COMMITMENT_AT = SEALED_HEADER.commitment[0];
const CIPHERTEXT_AT = SEALED_HEADER.ciphertext[0];

/**
 * Seals a header of exactly 432 bytes into 512 that look uniform. The salt is 32 fresh bytes of `Entropy`, never used
 * before: two headers under one parent, id and salt would share a key stream.
 *
 * @param parentKey `TreeKeys.subkey('headHeader')`, or what a credential gives.
 * @throws `INVALID_ARGUMENT` for a plaintext or a salt of another length.
 */
export function sealHeader(
  suite: Primitives,
  parentKey: Uint8Array,
  label: HeaderLabel,
  id: ObjectId,
  salt: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  if (plaintext.length !== HEADER_PLAIN_SIZE || salt.length !== SALT_SIZE) {
    throw new InfinitreeError('INVALID_ARGUMENT', `A header has ${HEADER_PLAIN_SIZE} bytes and a 32-byte salt.`);
  }
  const headerKey = derive(suite, parentKey, label, idBytes(id), salt);
  const key = derive(suite, headerKey, 'headerEncryption');
  const sealed = sealOnce(suite, key, plaintext);
  const header = concat(salt, commit(suite, headerKey, salt, sealed), sealed);
  wipe(headerKey, key);
  return header;
}

/**
 * The 432 bytes of a sealed header; `undefined` where it was not sealed for this id under this key, or was changed.
 *
 * The commitment is checked first. Poly1305 does not commit to its key: a ciphertext can be built that opens under two
 * keys, and whoever can hand such a header to several credentials could test passwords many at a time.
 */
export function openHeader(
  suite: Primitives,
  parentKey: Uint8Array,
  label: HeaderLabel,
  id: ObjectId,
  bytes: Uint8Array,
): Uint8Array | undefined {
  if (bytes.length !== SEALED_HEADER_SIZE) return undefined;
  const salt = bytes.subarray(0, SALT_SIZE);
  const commitment = bytes.subarray(COMMITMENT_AT, CIPHERTEXT_AT);
  const sealed = bytes.subarray(CIPHERTEXT_AT);
  const headerKey = derive(suite, parentKey, label, idBytes(id), salt);
  const key = derive(suite, headerKey, 'headerEncryption');
  const committed = suite.equal(commitment, commit(suite, headerKey, salt, sealed));
  const plaintext = committed ? openOnce(suite, key, sealed) : undefined;
  wipe(headerKey, key);
  return plaintext;
}

function commit(suite: Primitives, headerKey: Uint8Array, salt: Uint8Array, sealed: Uint8Array): Uint8Array {
  const key = derive(suite, headerKey, 'headerCommitment');
  const commitment = suite.hmac(key, salt, sealed);
  wipe(key);
  return commitment;
}

function wipe(...keys: readonly Uint8Array[]): void {
  for (const key of keys) key.fill(0);
}
