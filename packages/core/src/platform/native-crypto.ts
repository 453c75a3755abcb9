/** The part of Node's `Hash` and `Hmac` that is used here. */
export interface NativeDigest {
  update(data: Uint8Array): unknown;
  digest(): Uint8Array;
}

/** The part of Node's `Cipher` that is used here. */
export interface NativeCipher {
  setAAD(aad: Uint8Array): unknown;
  update(data: Uint8Array): Uint8Array;
  final(): Uint8Array;
  getAuthTag(): Uint8Array;
}

/** The part of Node's `Decipher` that is used here. `final` throws when the tag does not verify. */
export interface NativeDecipher {
  setAAD(aad: Uint8Array): unknown;
  setAuthTag(tag: Uint8Array): unknown;
  update(data: Uint8Array): Uint8Array;
  final(): Uint8Array;
}

/** The part of `node:crypto` that is used here, written by hand: core compiles without Node's types. */
export interface NativeCrypto {
  createHash(algorithm: 'sha256'): NativeDigest;
  createHmac(algorithm: 'sha256', key: Uint8Array): NativeDigest;
  createCipheriv(
    algorithm: 'chacha20-poly1305' | 'chacha20',
    key: Uint8Array,
    iv: Uint8Array,
    options?: { readonly authTagLength: number },
  ): NativeCipher;
  createDecipheriv(
    algorithm: 'chacha20-poly1305',
    key: Uint8Array,
    iv: Uint8Array,
    options: { readonly authTagLength: number },
  ): NativeDecipher;
  timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean;
  getCiphers(): readonly string[];
}

interface Host {
  readonly process?: { readonly getBuiltinModule?: (name: string) => unknown };
}

/**
 * Node's OpenSSL, `undefined` where there is none: in browsers, and where OpenSSL was built without ChaCha20 (FIPS).
 *
 * Asked for at run time rather than imported, because an import of `node:crypto` would keep core from being bundled for
 * anything but Node; a dynamic `import()` would do the same to most bundlers.
 */
export function nativeCrypto(host: Host = globalThis as Host): NativeCrypto | undefined {
  const found = host.process?.getBuiltinModule?.('node:crypto') as NativeCrypto | undefined;
  if (found === undefined) return undefined;
  const ciphers = found.getCiphers();
  return ciphers.includes('chacha20-poly1305') && ciphers.includes('chacha20') ? found : undefined;
}
