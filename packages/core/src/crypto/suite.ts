import { SUITE } from '../format/chunk-aad.js';
import { nativeCrypto } from '../platform/native-crypto.js';
import { hkdf } from './hkdf.js';
import { nativePrimitives } from './native-suite.js';
import type { Primitives } from './primitives.js';
import { loadSodium, type SodiumPrimitives } from './sodium-suite.js';

/** The cryptography of suite 1: ChaCha20-Poly1305, HMAC-SHA-256, HKDF-SHA-256, Argon2id; nothing else. */
export interface Suite extends SodiumPrimitives {
  /** The number that stands for this suite in headers and in what is authenticated. */
  readonly id: typeof SUITE;
  /** HKDF-SHA-256 (RFC 5869) with at most 8160 bytes of output. */
  hkdf(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array;
}

// Where OpenSSL overtakes WebAssembly, in bytes; below, the cost of its objects outweighs its speed. Measured on Node 20
// (µs, OpenSSL against libsodium): HMAC 2.8/1.5 at 48 bytes, 3.1/5.9 at 1 KiB; seal 6.9/3.0 at 256 bytes, 9.6/14.2 at
// 4 KiB; key stream 6.3/3.2 at 1 KiB, 9.7/8.2 at 4 KiB; at 4 MiB OpenSSL seals six times as fast. Between other work,
// where its objects are garbage to be collected, OpenSSL's HMAC took 16 µs for 250 bytes.
const NATIVE_HASH_FROM = 512;
const NATIVE_AEAD_FROM = 2048;
const NATIVE_STREAM_FROM = 8192;

function lengthOf(parts: readonly Uint8Array[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}

/** A suite that takes OpenSSL for large inputs where there is one, and libsodium for everything else. */
export function composeSuite(sodium: SodiumPrimitives, native: Primitives | undefined): Suite {
  const large = native ?? sodium;
  const hashing = (length: number) => (length < NATIVE_HASH_FROM ? sodium : large);
  const sealing = (length: number) => (length < NATIVE_AEAD_FROM ? sodium : large);
  const streaming = (length: number) => (length < NATIVE_STREAM_FROM ? sodium : large);
  const hmac: Suite['hmac'] = (key, ...parts) => hashing(lengthOf(parts)).hmac(key, ...parts);
  return Object.freeze<Suite>({
    id: SUITE,
    hmac,
    sha256: (...parts) => hashing(lengthOf(parts)).sha256(...parts),
    seal: (key, nonce, aad, plaintext) => sealing(plaintext.length).seal(key, nonce, aad, plaintext),
    open: (key, nonce, aad, sealed) => sealing(sealed.length).open(key, nonce, aad, sealed),
    keyStream: (key, target) => streaming(target.length).keyStream(key, target),
    equal: (a, b) => sodium.equal(a, b),
    hkdf: (secret, salt, info, length) => hkdf({ hmac }, secret, salt, info, length),
    argon2id: (password, salt, cost) => sodium.argon2id(password, salt, cost),
  });
}

let loaded: Promise<Suite> | undefined;

/** The suite of this process: loaded at the first call, remembered for all later ones. */
export function loadSuite(): Promise<Suite> {
  loaded ??= loadSodium().then((sodium) => composeSuite(sodium, nativePrimitives(nativeCrypto())));
  return loaded;
}
