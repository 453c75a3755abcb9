import { SUITE } from '../format/chunk-aad.js';
import { nativeCrypto } from '../platform/native-crypto.js';
import { hkdf } from './hkdf.js';
import { nativePrimitives } from './native-suite.js';
import type { Primitives } from './primitives.js';
import { loadSodium, type SodiumPrimitives } from './sodium-suite.js';

/** The cryptography of suite 1: ChaCha20-Poly1305, HMAC-SHA-256, HKDF-SHA-256, Argon2id, X25519, Ed25519; nothing else. */
export interface Suite extends SodiumPrimitives {
  /** The number that stands for this suite in headers and in what is authenticated. */
  readonly id: typeof SUITE;
  /** HKDF-SHA-256 (RFC 5869) with at most 8160 bytes of output. */
  hkdf(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array;
}

// Where OpenSSL overtakes WebAssembly, in bytes; below, the cost of its objects outweighs its speed. Measured on Node 20
// (µs, OpenSSL against libsodium), in a loop and between other work, whose garbage is collected along with its objects:
//   HMAC        loop 2.0/2.1 at 256 bytes, 2.6/4.7 at 1 KiB; between other work 5.0/3.4 at 250 bytes, 4.7/5.3 at 1 KiB
//   seal        loop 7.3/6.1 at 2 KiB, 9.2/11.5 at 4 KiB; between other work 8.7/6.1 and 12.7/13.0
//   key stream  loop 2.8/3.3 at 2 KiB, 4.1/6.6 at 4 KiB; between other work 7.0/4.7 and 6.7/7.7
const NATIVE_HASH_FROM = 512;
const NATIVE_CIPHER_FROM = 4096;
/**
 * So many calls go to OpenSSL, however small: V8 compiles a WebAssembly function when it is called first, and those of libsodium take
 * it 6 ms in all. Opening a tree asks for some 60 small calls, of 10 µs each; the rest is for a few commits.
 */
const NATIVE_CALLS = 300;

function lengthOf(parts: readonly Uint8Array[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}

/**
 * A suite that takes OpenSSL, where there is one, for the first `nativeCalls` and then for large inputs, and libsodium for
 * everything else.
 */
export function composeSuite(
  sodium: SodiumPrimitives,
  native: Primitives | undefined,
  nativeCalls = NATIVE_CALLS,
): Suite {
  let nativeLeft = nativeCalls;
  const choose = (length: number, nativeFrom: number): Primitives => {
    if (native === undefined) return sodium;
    if (length >= nativeFrom) return native;
    if (nativeLeft === 0) return sodium;
    nativeLeft -= 1;
    return native;
  };
  const hashing = (length: number) => choose(length, NATIVE_HASH_FROM);
  const enciphering = (length: number) => choose(length, NATIVE_CIPHER_FROM);
  const hmac: Suite['hmac'] = (key, ...parts) => hashing(lengthOf(parts)).hmac(key, ...parts);
  return Object.freeze<Suite>({
    id: SUITE,
    hmac,
    sha256: (...parts) => hashing(lengthOf(parts)).sha256(...parts),
    seal: (key, nonce, aad, plaintext) => enciphering(plaintext.length).seal(key, nonce, aad, plaintext),
    open: (key, nonce, aad, sealed) => enciphering(sealed.length).open(key, nonce, aad, sealed),
    keyStream: (key, target, from) => enciphering(target.length).keyStream(key, target, from),
    equal: (a, b) => sodium.equal(a, b),
    hkdf: (secret, salt, info, length) => hkdf({ hmac }, secret, salt, info, length),
    argon2id: (password, salt, cost) => sodium.argon2id(password, salt, cost),
    x25519: (secretKey, publicKey) => sodium.x25519(secretKey, publicKey),
    verificationKey: (seed) => sodium.verificationKey(seed),
    sign: (seed, message) => sodium.sign(seed, message),
    verify: (publicKey, message, signature) => sodium.verify(publicKey, message, signature),
  });
}

let loaded: Promise<Suite> | undefined;

/** The suite of this process: loaded at the first call, remembered for all later ones. */
export function loadSuite(): Promise<Suite> {
  loaded ??= loadSodium().then((sodium) => composeSuite(sodium, nativePrimitives(nativeCrypto())));
  return loaded;
}
