import { InfinitreeError } from '../errors.js';

/** Bytes in every key of suite 1, and in every HMAC-SHA-256 and SHA-256 output. */
export const KEY_SIZE = 32;

/** Bytes in a ChaCha20-Poly1305 nonce (RFC 8439, section 2.8). */
export const NONCE_SIZE = 12;

/** Bytes in a Poly1305 tag (RFC 8439, section 2.5). */
export const TAG_SIZE = 16;

/** Bytes in an Ed25519 signature (RFC 8032). */
export const SIGNATURE_SIZE = 64;

/** What `seal` gives. In two pieces, since not all tags stand behind what they vouch for. */
export interface Sealed {
  /** As long as the plaintext. */
  readonly ciphertext: Uint8Array;
  readonly tag: Uint8Array;
}

/**
 * The symmetric part of suite 1, which both providers implement with identical results. Nothing keeps or changes the
 * arrays handed in, but for the target of a key stream; everything returned is a new, plain `Uint8Array`.
 */
export interface Primitives {
  /** HMAC-SHA-256 (RFC 2104) over all parts behind one another; 32 bytes. The key may have any length. */
  hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array;
  /** SHA-256 (FIPS 180-4) over all parts behind one another; 32 bytes. */
  sha256(...parts: readonly Uint8Array[]): Uint8Array;
  /**
   * ChaCha20-Poly1305 (RFC 8439): ciphertext and 16-byte tag. A nonce is used once per key.
   * Throws `INVALID_ARGUMENT` for a key that has not 32 bytes or a nonce that has not 12.
   */
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Sealed;
  /**
   * What was sealed, as ciphertext ‖ tag; `undefined` when the tag does not verify, which includes input shorter than a tag. No content of
   * `sealed` makes it throw. Throws `INVALID_ARGUMENT` for a key or nonce of the wrong length, as `seal` does.
   */
  open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
  /**
   * Fills `target` with the ChaCha20 key stream (RFC 8439, section 2.4) for nonce zero, from its beginning on or from the
   * `from`th block of 64 bytes. In place, since most of it is padding of whole objects: memory that is touched for the first
   * time costs more than the stream.
   */
  keyStream(key: Uint8Array, target: Uint8Array, from?: number): void;
  /** Whether two byte strings are the same, in a time that depends on their lengths only. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
}

/**
 * Refuses keys and nonces of the wrong length. Checked here and not left to the providers, since they disagree: OpenSSL
 * pads a short nonce with zeros, libsodium throws a TypeError.
 */
export function checkSizes(key: Uint8Array, nonce?: Uint8Array): void {
  if (key.length !== KEY_SIZE) {
    throw new InfinitreeError('INVALID_ARGUMENT', `A key has ${KEY_SIZE} bytes, not ${key.length}.`);
  }
  if (nonce !== undefined && nonce.length !== NONCE_SIZE) {
    throw new InfinitreeError('INVALID_ARGUMENT', `A nonce has ${NONCE_SIZE} bytes, not ${nonce.length}.`);
  }
}
