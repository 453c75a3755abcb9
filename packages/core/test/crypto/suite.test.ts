import { jest } from '@jest/globals';
import fc from 'fast-check';
import { nativePrimitives } from '../../src/crypto/native-suite.js';
import type { Primitives } from '../../src/crypto/primitives.js';
import { loadSodium } from '../../src/crypto/sodium-suite.js';
import { composeSuite, loadSuite } from '../../src/crypto/suite.js';
import { type NativeCrypto, nativeCrypto } from '../../src/platform/native-crypto.js';
import { flipped, joined, loadSuites, pattern, SUITE_NAMES, type Suites } from './suites.js';

let suites: Suites;
beforeAll(async () => {
  suites = await loadSuites();
});

const SIZES = [0, 1, 63, 64, 65, 511, 512, 513, 2031, 2032, 2047, 2048, 4095, 4096, 4097, 8192, 524_288];
const key = pattern(32);
const nonce = pattern(12);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function keyStream(suite: Primitives, key: Uint8Array, length: number): Uint8Array {
  const target = new Uint8Array(length);
  suite.keyStream(key, target);
  return target;
}

/** Sizes where something changes, and any others. */
const bytes = fc.oneof(
  fc.constantFrom(...SIZES.slice(0, -1)).chain((size) => fc.uint8Array({ minLength: size, maxLength: size })),
  fc.uint8Array({ maxLength: 5000 }),
);

describe('the providers agree', () => {
  test.each(SIZES)('on %i bytes', (size) => {
    const { sodium, native, dispatching } = suites;
    const data = pattern(size, size);
    const outputs = [sodium, native, dispatching].map((suite) =>
      [
        suite.hmac(key, data),
        suite.sha256(data),
        joined(suite.seal(key, nonce, data.subarray(0, 60), data)),
        keyStream(suite, key, size),
      ].map(hex),
    );
    expect(outputs[1]).toEqual(outputs[0]);
    expect(outputs[2]).toEqual(outputs[0]);
  });

  test('on any key, nonce, additional data and content', () => {
    const { sodium, native, dispatching } = suites;
    const sized = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(sized(32), sized(12), fc.uint8Array(), bytes, (key, nonce, aad, data) => {
        const sealed = joined(sodium.seal(key, nonce, aad, data));
        for (const suite of [native, dispatching]) {
          expect(hex(joined(suite.seal(key, nonce, aad, data)))).toBe(hex(sealed));
          expect(suite.open(key, nonce, aad, sealed)).toEqual(data);
          expect(hex(keyStream(suite, key, data.length))).toBe(hex(keyStream(sodium, key, data.length)));
        }
      }),
    );
  });

  test('on MACs and hashes of any key and any parts', () => {
    const { sodium, native, dispatching } = suites;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(bytes, { maxLength: 4 }), (key, parts) => {
        const whole = Uint8Array.from(Buffer.concat(parts));
        for (const suite of [sodium, native, dispatching]) {
          expect(hex(suite.hmac(key, ...parts))).toBe(hex(sodium.hmac(key, whole)));
          expect(hex(suite.sha256(...parts))).toBe(hex(sodium.sha256(whole)));
        }
      }),
    );
  });
});

describe.each(SUITE_NAMES)('%s', (name) => {
  test.each([0, 1, 2031, 2032, 5000])('opens %i bytes, and nothing that was changed', (size) => {
    const { seal, open } = suites[name];
    const aad = pattern(60);
    const sealed = joined(seal(key, nonce, aad, pattern(size)));
    expect(sealed).toHaveLength(size + 16);
    expect(open(key, nonce, aad, sealed)).toEqual(pattern(size));
    for (const bit of [0, 7, 8 * (sealed.length - 16), 8 * sealed.length - 1]) {
      expect(open(key, nonce, aad, flipped(sealed, bit))).toBeUndefined();
    }
    expect(open(flipped(key, 9), nonce, aad, sealed)).toBeUndefined();
    expect(open(key, flipped(nonce, 95), aad, sealed)).toBeUndefined();
    expect(open(key, nonce, flipped(aad, 0), sealed)).toBeUndefined();
    expect(open(key, nonce, aad, sealed.subarray(1))).toBeUndefined();
    expect(open(key, nonce, aad, sealed.subarray(0, -1))).toBeUndefined();
  });

  test('gives undefined for anything shorter than a tag', () => {
    for (let length = 0; length < 16; length++) {
      expect(suites[name].open(key, nonce, new Uint8Array(0), new Uint8Array(length))).toBeUndefined();
    }
  });

  test('refuses keys and nonces of another length', () => {
    const suite = suites[name];
    const { seal, open } = suite;
    const none = new Uint8Array(0);
    const code = 'INFINITREE_INVALID_ARGUMENT';
    for (const size of [1, 3000]) {
      const data = pattern(size);
      expect(() => seal(pattern(31), nonce, none, data)).toThrow(expect.objectContaining({ code }));
      expect(() => seal(key, pattern(8), none, data)).toThrow(expect.objectContaining({ code }));
      expect(() => open(pattern(33), nonce, none, pattern(size + 16))).toThrow(expect.objectContaining({ code }));
      expect(() => open(key, pattern(13), none, pattern(size + 16))).toThrow(expect.objectContaining({ code }));
      expect(() => suite.keyStream(pattern(16), new Uint8Array(size * 5))).toThrow(expect.objectContaining({ code }));
    }
  });

  test('returns plain arrays, whose slices are copies', () => {
    const suite = suites[name];
    const sealed = joined(suite.seal(key, nonce, key, pattern(3000)));
    const outputs = [
      suite.hmac(key, pattern(500)),
      suite.sha256(pattern(500)),
      sealed,
      suite.open(key, nonce, key, sealed),
    ];
    for (const output of outputs) {
      expect(Object.getPrototypeOf(output)).toBe(Uint8Array.prototype);
      expect(output?.buffer.byteLength).toBe(output?.length);
    }
  });

  test('compares byte strings', () => {
    const { equal } = suites[name];
    expect(equal(key, key.slice())).toBe(true);
    expect(equal(key, flipped(key, 255))).toBe(false);
    expect(equal(key, key.subarray(1))).toBe(false);
    expect(equal(new Uint8Array(0), new Uint8Array(0))).toBe(true);
  });

  // RFC 8439, appendix A.1, test vectors 1 and 2: key zero, nonce zero, blocks 0 and 1.
  test('gives the key stream of the RFC', () => {
    expect(hex(keyStream(suites[name], new Uint8Array(32), 128))).toBe(
      '76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7' +
        'da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586' +
        '9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed' +
        '29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f',
    );
    expect(hex(keyStream(suites[name], new Uint8Array(32), 9000).subarray(0, 4))).toBe('76b8e0ad');
  });

  test('gives the key stream from any block on', () => {
    const stream = keyStream(suites[name], key, 64 * 1000);
    for (const [from, length] of [
      [0, 100],
      [1, 63],
      [7, 20_000],
      [511, 4096],
    ] as const) {
      const target = new Uint8Array(length).fill(255);
      suites[name].keyStream(key, target, from);
      expect(hex(target)).toBe(hex(stream.subarray(64 * from, 64 * from + length)));
    }
  });

  // RFC 5869, appendix A.3: neither salt nor info.
  test('gives the keys of the RFC', () => {
    const none = new Uint8Array(0);
    expect(hex(suites[name].hkdf(new Uint8Array(22).fill(0x0b), none, none, 42))).toBe(
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    );
    for (const length of [-1, 0.5, 8161, Number.NaN]) {
      const refused = expect.objectContaining({ code: 'INFINITREE_INVALID_ARGUMENT' });
      expect(() => suites[name].hkdf(key, none, none, length)).toThrow(refused);
    }
    for (const length of [0, 32, 8160]) expect(suites[name].hkdf(key, none, none, length)).toHaveLength(length);
  });

  // RFC 5869, appendix A.1: with salt and info.
  test('gives the keys of the RFC for a salt', () => {
    const [salt, info] = [
      Uint8Array.from({ length: 13 }, (_, i) => i),
      Uint8Array.from({ length: 10 }, (_, i) => 0xf0 + i),
    ];
    expect(hex(suites[name].hkdf(new Uint8Array(22).fill(0x0b), salt, info, 42))).toBe(
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    );
  });

  // From OpenSSL 3's Argon2id, an implementation independent of libsodium's, through Python's `cryptography` 48.0.0:
  // Argon2id(salt=b'\x01' * 16, length=32, iterations=3, lanes=1, memory_cost=65536).derive(b'password').
  // The vectors of RFC 9106 use a secret and associated data, which libsodium does not take.
  test('stretches passwords as OpenSSL does', () => {
    const salt = new Uint8Array(16).fill(1);
    const cost = { opsLimit: 3, memLimit: 64 * 1024 * 1024 };
    expect(hex(suites[name].argon2id(Buffer.from('password'), salt, cost))).toBe(
      '29661e137750df9054176693d50d858c717c4da4aa852273131a082203946ee1',
    );
  });
});

describe('the choice between the providers', () => {
  test('is by size, after the first calls', async () => {
    const sodium = await loadSodium();
    const native = nativePrimitives(nativeCrypto())!;
    const spied = {
      ...native,
      seal: jest.fn(native.seal),
      hmac: jest.fn(native.hmac),
      keyStream: jest.fn(native.keyStream),
    };
    const calls = () => [spied.seal, spied.hmac, spied.keyStream].map(({ mock }) => mock.calls.length);
    const suite = composeSuite(sodium, spied, 2);
    suite.hmac(key, pattern(1));
    suite.seal(key, nonce, key, pattern(1));
    expect(calls()).toEqual([1, 1, 0]);
    for (const spy of [spied.hmac, spied.seal]) spy.mockClear();
    suite.seal(key, nonce, key, pattern(4095));
    suite.hmac(key, pattern(100), pattern(411));
    suite.keyStream(key, new Uint8Array(4095));
    expect(calls()).toEqual([0, 0, 0]);
    suite.seal(key, nonce, key, pattern(4096));
    suite.hmac(key, pattern(100), pattern(412));
    suite.keyStream(key, new Uint8Array(4096));
    expect(calls()).toEqual([1, 1, 1]);
  });

  test('is made once in a process', async () => {
    expect(await loadSuite()).toBe(await loadSuite());
    expect(Object.isFrozen(await loadSuite())).toBe(true);
  });

  test('has no OpenSSL to choose where the platform gives none', () => {
    const lacking = { getCiphers: () => ['aes-256-gcm'] } as unknown as NativeCrypto;
    expect(nativeCrypto({})).toBeUndefined();
    expect(nativeCrypto({ process: {} })).toBeUndefined();
    expect(nativeCrypto({ process: { getBuiltinModule: () => undefined } })).toBeUndefined();
    expect(nativeCrypto({ process: { getBuiltinModule: () => lacking } })).toBeUndefined();
    expect(nativeCrypto()).toBeDefined();
    expect(nativePrimitives(undefined)).toBeUndefined();
  });
});
