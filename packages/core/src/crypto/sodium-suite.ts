import sodium from 'libsodium-wrappers-sumo';
import { concat } from '../bytes/concat.js';
import { checkSizes, KEY_SIZE, type Primitives, type Sealed, TAG_SIZE } from './primitives.js';

/** How much work Argon2id does. */
export interface Argon2Cost {
  /** Passes over the memory. */
  readonly opsLimit: number;
  /** Memory in bytes. */
  readonly memLimit: number;
}

/** What libsodium gives us: the symmetric primitives, and what only it does. */
export interface SodiumPrimitives extends Primitives {
  /**
   * Argon2id version 1.3 (RFC 9106), one lane, 32 bytes. Takes a 16-byte salt. Blocks the thread while it works (0.2 s
   * for 64 MiB). Throws libsodium's own error where the memory cannot be had.
   */
  argon2id(password: Uint8Array, salt: Uint8Array, cost: Argon2Cost): Uint8Array;
}

const STREAM_NONCE = new Uint8Array(8);

// libsodium's one-call HMAC takes 32-byte keys only; its streaming form takes any, and three crossings into wasm.
function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const message = parts.length === 1 && parts[0] !== undefined ? parts[0] : concat(...parts);
  if (key.length === KEY_SIZE) return sodium.crypto_auth_hmacsha256(message, key);
  const state = sodium.crypto_auth_hmacsha256_init(key);
  sodium.crypto_auth_hmacsha256_update(state, message);
  return sodium.crypto_auth_hmacsha256_final(state);
}

function seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Sealed {
  checkSizes(key, nonce);
  const sealed = sodium.crypto_aead_chacha20poly1305_ietf_encrypt_detached(plaintext, aad, null, nonce, key);
  return { ciphertext: sealed.ciphertext, tag: sealed.mac };
}

function open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  checkSizes(key, nonce);
  if (sealed.length < TAG_SIZE) return undefined;
  try {
    return sodium.crypto_aead_chacha20poly1305_ietf_decrypt(null, sealed, aad, nonce, key);
  } catch {
    // All lengths are checked above, so what is left is a tag that does not verify.
    return undefined;
  }
}

// The original ChaCha20 has an 8-byte nonce and a 64-bit counter; with a zero nonce its stream is that of the IETF
// variant up to 256 GiB. libsodium's JavaScript build offers the IETF one only as "xor", which would copy zeros in.
function keyStream(key: Uint8Array, target: Uint8Array): void {
  checkSizes(key);
  target.set(sodium.crypto_stream_chacha20(target.length, key, STREAM_NONCE));
}

/**
 * The portable provider, of libsodium compiled to WebAssembly. Copies of keys and plaintext stay in its linear memory
 * until they are overwritten; JavaScript cannot reach them to wipe.
 */
export async function loadSodium(): Promise<SodiumPrimitives> {
  await sodium.ready;
  return {
    hmac,
    sha256: (...parts) => sodium.crypto_hash_sha256(concat(...parts)),
    seal,
    open,
    keyStream,
    equal: (a, b) => a.length === b.length && sodium.memcmp(a, b),
    argon2id: (password, salt, { opsLimit, memLimit }) =>
      sodium.crypto_pwhash(KEY_SIZE, password, salt, opsLimit, memLimit, sodium.crypto_pwhash_ALG_ARGON2ID13),
  };
}
