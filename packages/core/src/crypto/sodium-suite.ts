import sodium from 'libsodium-wrappers-sumo';
import {
  checkSizes,
  KEY_SIZE,
  NONCE_SIZE,
  type Primitives,
  type Sealed,
  SIGNATURE_SIZE,
  TAG_SIZE,
} from './primitives.js';
import { SodiumMemory } from './sodium-memory.js';

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
   * for 64 MiB). Throws an Error where the memory cannot be had.
   */
  argon2id(password: Uint8Array, salt: Uint8Array, cost: Argon2Cost): Uint8Array;
  /**
   * X25519 (RFC 7748, section 5), 32 bytes; `undefined` where they would all be zero, whatever the secret key is (section
   * 6.1). Throws `INVALID_ARGUMENT` for keys that have not 32 bytes.
   */
  x25519(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined;
  /** The public key of Ed25519 (RFC 8032, section 5.1.5) to a secret seed; both have 32 bytes. */
  verificationKey(seed: Uint8Array): Uint8Array;
  /** Ed25519 (RFC 8032, section 5.1.6), 64 bytes. Throws `INVALID_ARGUMENT` for a seed that has not 32 bytes. */
  sign(seed: Uint8Array, message: Uint8Array): Uint8Array;
  /** Whether it is the signature of this message (RFC 8032, section 5.1.7), and no other form of it that would pass too. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** What HMAC-SHA-256 and SHA-256 give. */
const HASH_SIZE = 32;
/** As libsodium keeps a secret key: the seed and, behind it, the public key. */
const SIGNING_KEY_SIZE = 64;
const STREAM_NONCE = new Uint8Array(8);

let memory: SodiumMemory;
let ready: Promise<void> | undefined;

function lengthOf(parts: readonly Uint8Array[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}

function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  if (key.length !== KEY_SIZE) return hmacOfAnyKey(key, parts);
  const length = lengthOf(parts);
  memory.begin(KEY_SIZE + HASH_SIZE + length);
  const at = memory.put(key);
  const out = memory.leave(HASH_SIZE);
  const message = out + HASH_SIZE;
  for (const part of parts) memory.put(part);
  memory.raw._crypto_auth_hmacsha256(out, message, length, 0, at);
  const hash = memory.take(out, HASH_SIZE);
  memory.end();
  return hash;
}

// libsodium's one-call HMAC takes 32-byte keys only; its streaming form takes any.
function hmacOfAnyKey(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const { raw } = memory;
  const stateSize = raw._crypto_auth_hmacsha256_statebytes();
  const length = lengthOf(parts);
  memory.begin(stateSize + HASH_SIZE + key.length + length);
  // First, as it has to be aligned.
  const state = memory.leave(stateSize);
  const out = memory.leave(HASH_SIZE);
  const at = memory.put(key);
  for (const part of parts) memory.put(part);
  raw._crypto_auth_hmacsha256_init(state, at, key.length);
  raw._crypto_auth_hmacsha256_update(state, at + key.length, length, 0);
  raw._crypto_auth_hmacsha256_final(state, out);
  const hash = memory.take(out, HASH_SIZE);
  memory.end();
  return hash;
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const length = lengthOf(parts);
  memory.begin(HASH_SIZE + length);
  const out = memory.leave(HASH_SIZE);
  for (const part of parts) memory.put(part);
  memory.raw._crypto_hash_sha256(out, out + HASH_SIZE, length, 0);
  const hash = memory.take(out, HASH_SIZE);
  memory.end();
  return hash;
}

function seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Sealed {
  checkSizes(key, nonce);
  const { length } = plaintext;
  memory.begin(KEY_SIZE + NONCE_SIZE + aad.length + length + TAG_SIZE);
  const keyAt = memory.put(key);
  const nonceAt = memory.put(nonce);
  const aadAt = memory.put(aad);
  const text = memory.put(plaintext);
  const tagAt = memory.leave(TAG_SIZE);
  // In place.
  memory.raw._crypto_aead_chacha20poly1305_ietf_encrypt_detached(
    text,
    tagAt,
    0,
    text,
    length,
    0,
    aadAt,
    aad.length,
    0,
    0,
    nonceAt,
    keyAt,
  );
  const sealed = { ciphertext: memory.take(text, length), tag: memory.take(tagAt, TAG_SIZE) };
  memory.end();
  return sealed;
}

function open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  checkSizes(key, nonce);
  if (sealed.length < TAG_SIZE) return undefined;
  const length = sealed.length - TAG_SIZE;
  memory.begin(KEY_SIZE + NONCE_SIZE + aad.length + sealed.length);
  const keyAt = memory.put(key);
  const nonceAt = memory.put(nonce);
  const aadAt = memory.put(aad);
  const text = memory.put(sealed);
  const failed = memory.raw._crypto_aead_chacha20poly1305_ietf_decrypt_detached(
    text,
    0,
    text,
    length,
    0,
    text + length,
    aadAt,
    aad.length,
    0,
    nonceAt,
    keyAt,
  );
  const plaintext = failed === 0 ? memory.take(text, length) : undefined;
  memory.end();
  return plaintext;
}

// The original ChaCha20 has an 8-byte nonce and a 64-bit counter; with a zero nonce its stream is that of the IETF
// variant up to 256 GiB. Only its "xor" begins at any block.
function keyStream(key: Uint8Array, target: Uint8Array, from = 0): void {
  checkSizes(key);
  memory.begin(KEY_SIZE + STREAM_NONCE.length + target.length);
  const keyAt = memory.put(key);
  const nonceAt = memory.put(STREAM_NONCE);
  const out = memory.leave(target.length);
  memory.raw.HEAPU8.fill(0, out, out + target.length);
  memory.raw._crypto_stream_chacha20_xor_ic(out, out, target.length, 0, nonceAt, from, 0, keyAt);
  target.set(memory.raw.HEAPU8.subarray(out, out + target.length));
  memory.end();
}

/** The least that Argon2id can be asked for: it takes 0.02 ms. */
const LEAST_COST: Argon2Cost = { opsLimit: 1, memLimit: 8192 };
const NOTHING = new Uint8Array(16);

function argon2id(password: Uint8Array, salt: Uint8Array, cost: Argon2Cost): Uint8Array {
  const hash = argon2idOnce(password, salt, cost);
  // It leaves its result on the stack; another one takes its place there.
  argon2idOnce(NOTHING, NOTHING, LEAST_COST);
  return hash;
}

function argon2idOnce(password: Uint8Array, salt: Uint8Array, { opsLimit, memLimit }: Argon2Cost): Uint8Array {
  memory.begin(KEY_SIZE + password.length + salt.length);
  const out = memory.leave(KEY_SIZE);
  const text = memory.put(password);
  const saltAt = memory.put(salt);
  const cost = [opsLimit, 0, memLimit, sodium.crypto_pwhash_ALG_ARGON2ID13] as const;
  const failed = memory.raw._crypto_pwhash(out, KEY_SIZE, 0, text, password.length, 0, saltAt, ...cost);
  const hash = memory.take(out, KEY_SIZE);
  memory.end();
  if (failed !== 0) throw new Error(`libsodium has no ${memLimit} bytes of memory for Argon2id.`);
  return hash;
}

function x25519(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  checkSizes(secretKey);
  checkSizes(publicKey);
  memory.begin(3 * KEY_SIZE);
  const secretAt = memory.put(secretKey);
  const publicAt = memory.put(publicKey);
  const out = memory.leave(KEY_SIZE);
  const failed = memory.raw._crypto_scalarmult(out, secretAt, publicAt);
  const shared = failed === 0 ? memory.takeSecret(out, KEY_SIZE) : undefined;
  memory.end();
  return shared;
}

/** Puts the key pair of a seed behind what is there; gives where its two keys are. */
function signingKeys(seed: Uint8Array): { readonly publicAt: number; readonly secretAt: number } {
  const seedAt = memory.put(seed);
  const publicAt = memory.leave(KEY_SIZE);
  const secretAt = memory.leave(SIGNING_KEY_SIZE);
  memory.raw._crypto_sign_ed25519_seed_keypair(publicAt, secretAt, seedAt);
  return { publicAt, secretAt };
}

function verificationKey(seed: Uint8Array): Uint8Array {
  checkSizes(seed);
  memory.begin(2 * KEY_SIZE + SIGNING_KEY_SIZE);
  const key = memory.take(signingKeys(seed).publicAt, KEY_SIZE);
  memory.end();
  return key;
}

function sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
  checkSizes(seed);
  memory.begin(2 * KEY_SIZE + SIGNING_KEY_SIZE + SIGNATURE_SIZE + message.length);
  const { secretAt } = signingKeys(seed);
  const messageAt = memory.put(message);
  const out = memory.leave(SIGNATURE_SIZE);
  memory.raw._crypto_sign_ed25519_detached(out, 0, messageAt, message.length, 0, secretAt);
  const signature = memory.take(out, SIGNATURE_SIZE);
  memory.end();
  return signature;
}

function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  checkSizes(publicKey);
  if (signature.length !== SIGNATURE_SIZE) return false;
  memory.begin(KEY_SIZE + SIGNATURE_SIZE + message.length);
  const publicAt = memory.put(publicKey);
  const messageAt = memory.put(message);
  const signatureAt = memory.put(signature);
  const { length } = message;
  const failed = memory.raw._crypto_sign_ed25519_verify_detached(signatureAt, messageAt, length, 0, publicAt);
  memory.end();
  return failed === 0;
}

/** The portable provider, of libsodium compiled to WebAssembly. What it copies into that is zeroed; its stack is its own. */
const PRIMITIVES: SodiumPrimitives = {
  hmac,
  sha256,
  seal,
  open,
  keyStream,
  equal: (a, b) => a.length === b.length && sodium.memcmp(a, b),
  argon2id,
  x25519,
  verificationKey,
  sign,
  verify,
};

/** The same object at each call. */
export async function loadSodium(): Promise<SodiumPrimitives> {
  ready ??= sodium.ready.then(() => {
    memory = new SodiumMemory();
  });
  await ready;
  return PRIMITIVES;
}
