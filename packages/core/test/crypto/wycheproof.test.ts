import { fromHex } from '../../src/bytes/hex.js';
import { isInfinitreeError } from '../../src/errors.js';
import { joined, loadSuites, SUITE_NAMES, type Suites } from './suites.js';
import { bytesOf, withVectors } from './wycheproof.js';

let suites: Suites;
beforeAll(async () => {
  suites = await loadSuites();
});

withVectors('chacha20_poly1305_test.json', (groups) => {
  describe.each(SUITE_NAMES)('%s', (name) => {
    test('seals and opens as the vectors say', () => {
      const { seal, open } = suites[name];
      let opened = 0;
      for (const vector of groups.flatMap(({ tests }) => tests)) {
        const [key, nonce, aad] = [bytesOf(vector, 'key'), bytesOf(vector, 'iv'), bytesOf(vector, 'aad')];
        const sealed = Buffer.concat([bytesOf(vector, 'ct'), bytesOf(vector, 'tag')]);
        if (nonce.length !== 12) {
          expect(() => open(key, nonce, aad, sealed)).toThrow('A nonce has 12 bytes');
        } else if (vector.result === 'valid') {
          const plaintext = bytesOf(vector, 'msg');
          expect([vector.tcId, open(key, nonce, aad, sealed)]).toEqual([vector.tcId, plaintext]);
          expect([vector.tcId, joined(seal(key, nonce, aad, plaintext))]).toEqual([
            vector.tcId,
            Uint8Array.from(sealed),
          ]);
          opened++;
        } else {
          expect([vector.tcId, open(key, nonce, aad, sealed)]).toEqual([vector.tcId, undefined]);
        }
      }
      expect(opened).toBeGreaterThan(200);
    });
  });
});

withVectors('hmac_sha256_test.json', (groups) => {
  describe.each(SUITE_NAMES)('%s', (name) => {
    test('authenticates as the vectors say', () => {
      let matched = 0;
      for (const group of groups) {
        const size = Number(group['tagSize']) / 8;
        for (const vector of group.tests) {
          const tag = suites[name].hmac(bytesOf(vector, 'key'), bytesOf(vector, 'msg')).subarray(0, size);
          const equal = suites[name].equal(tag, bytesOf(vector, 'tag'));
          expect([vector.tcId, equal]).toEqual([vector.tcId, vector.result === 'valid']);
          if (equal) matched++;
        }
      }
      expect(matched).toBeGreaterThan(50);
    });
  });
});

withVectors('hkdf_sha256_test.json', (groups) => {
  describe.each(SUITE_NAMES)('%s', (name) => {
    test('derives as the vectors say', () => {
      let derived = 0;
      for (const vector of groups.flatMap(({ tests }) => tests)) {
        const run = () =>
          suites[name].hkdf(
            bytesOf(vector, 'ikm'),
            bytesOf(vector, 'salt'),
            bytesOf(vector, 'info'),
            Number(vector['size']),
          );
        if (vector.result === 'valid') {
          expect([vector.tcId, run()]).toEqual([vector.tcId, bytesOf(vector, 'okm')]);
          derived++;
        } else {
          let error: unknown;
          try {
            run();
          } catch (thrown) {
            error = thrown;
          }
          expect([vector.tcId, isInfinitreeError(error, 'INVALID_ARGUMENT')]).toEqual([vector.tcId, true]);
        }
      }
      expect(derived).toBeGreaterThan(50);
    });
  });
});

withVectors('ed25519_test.json', (groups) => {
  describe.each(SUITE_NAMES)('%s', (name) => {
    test('takes the signatures that are valid, and no others', () => {
      let valid = 0;
      for (const group of groups) {
        const publicKey = fromHex((group['publicKey'] as { readonly pk: string }).pk) as Uint8Array;
        for (const vector of group.tests) {
          const isValid = suites[name].verify(publicKey, bytesOf(vector, 'msg'), bytesOf(vector, 'sig'));
          expect([vector.tcId, isValid]).toEqual([vector.tcId, vector.result === 'valid']);
          if (isValid) valid++;
        }
      }
      expect(valid).toBeGreaterThan(50);
    });
  });
});

withVectors('x25519_test.json', (groups) => {
  describe.each(SUITE_NAMES)('%s', (name) => {
    test('agrees on secrets as the vectors say', () => {
      let agreed = 0;
      for (const vector of groups.flatMap(({ tests }) => tests)) {
        const shared = bytesOf(vector, 'shared');
        const found = suites[name].x25519(bytesOf(vector, 'private'), bytesOf(vector, 'public'));
        const isZero = shared.every((byte) => byte === 0);
        expect([vector.tcId, found]).toEqual([vector.tcId, isZero ? undefined : Uint8Array.from(shared)]);
        if (!isZero) agreed++;
      }
      expect(agreed).toBeGreaterThan(200);
    });
  });
});
