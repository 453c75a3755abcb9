import type { NativeCrypto, NativeDigest } from '../platform/native-crypto.js';
import { checkSizes, type Primitives, TAG_SIZE } from './primitives.js';

const AEAD = 'chacha20-poly1305';
const AEAD_OPTIONS = { authTagLength: TAG_SIZE } as const;

/** As much of a key stream as is made at a time, so that it is copied out of the processor's cache. */
const ZEROS = new Uint8Array(32_768);

function finish(digest: NativeDigest, parts: readonly Uint8Array[]): Uint8Array {
  for (const part of parts) digest.update(part);
  const buffer = digest.digest();
  // A copy and not a view: Node hands out Buffers, whose `slice` shares memory where that of a Uint8Array copies.
  const bytes = new Uint8Array(buffer);
  // It may be a key.
  buffer.fill(0);
  return bytes;
}

/** The same memory as a plain Uint8Array. Node allocates what a cipher returns for it alone, so nothing is shared. */
function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** OpenSSL's ChaCha20 takes the block counter (32 bits, little-endian) and the nonce as one 16-byte value. */
function counterAndNonce(counter: number): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(0, counter, true);
  return bytes;
}

function sealWith(crypto: NativeCrypto): Primitives['seal'] {
  return (key, nonce, aad, plaintext) => {
    checkSizes(key, nonce);
    const cipher = crypto.createCipheriv(AEAD, key, nonce, AEAD_OPTIONS);
    cipher.setAAD(aad);
    const ciphertext = plain(cipher.update(plaintext));
    cipher.final();
    return { ciphertext, tag: new Uint8Array(cipher.getAuthTag()) };
  };
}

function openWith(crypto: NativeCrypto): Primitives['open'] {
  return (key, nonce, aad, sealed) => {
    checkSizes(key, nonce);
    if (sealed.length < TAG_SIZE) return undefined;
    const decipher = crypto.createDecipheriv(AEAD, key, nonce, AEAD_OPTIONS);
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_SIZE));
    const plaintext = decipher.update(sealed.subarray(0, sealed.length - TAG_SIZE));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return plain(plaintext);
  };
}

/**
 * The symmetric primitives of Node's OpenSSL; `undefined` where there is none. Has no Argon2id: Node has one only from
 * version 24.7 on, and libsodium is needed for older ones anyway.
 */
export function nativePrimitives(crypto: NativeCrypto | undefined): Primitives | undefined {
  if (crypto === undefined) return undefined;
  return {
    hmac: (key, ...parts) => finish(crypto.createHmac('sha256', key), parts),
    sha256: (...parts) => finish(crypto.createHash('sha256'), parts),
    seal: sealWith(crypto),
    open: openWith(crypto),
    keyStream(key, target, from = 0) {
      checkSizes(key);
      const cipher = crypto.createCipheriv('chacha20', key, counterAndNonce(from));
      for (let at = 0; at < target.length; at += ZEROS.length) {
        target.set(cipher.update(ZEROS.subarray(0, target.length - at)), at);
      }
    },
    equal: (a, b) => a.length === b.length && crypto.timingSafeEqual(a, b),
  };
}
