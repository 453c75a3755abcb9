import { concat } from '../../src/bytes/concat.js';
import { nativePrimitives } from '../../src/crypto/native-suite.js';
import type { Sealed } from '../../src/crypto/primitives.js';
import { loadSodium } from '../../src/crypto/sodium-suite.js';
import { composeSuite, type Suite } from '../../src/crypto/suite.js';
import { nativeCrypto } from '../../src/platform/native-crypto.js';

/** Both providers, each as a whole suite, and the suite that chooses between them. */
export interface Suites {
  readonly sodium: Suite;
  readonly native: Suite;
  readonly dispatching: Suite;
}

export async function loadSuites(): Promise<Suites> {
  const sodium = await loadSodium();
  const native = nativePrimitives(nativeCrypto());
  if (native === undefined) throw new Error('These tests run on Node, where OpenSSL is there.');
  return {
    sodium: composeSuite(sodium, undefined),
    native: composeSuite({ ...sodium, ...native }, undefined),
    dispatching: composeSuite(sodium, native),
  };
}

export const SUITE_NAMES = ['sodium', 'native', 'dispatching'] as const;

/** `length` bytes that differ from one `seed` to another. */
export function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed + 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = state >>> 16;
  }
  return bytes;
}

/** What was sealed, as it is opened. */
export function joined({ ciphertext, tag }: Sealed): Uint8Array {
  return concat(ciphertext, tag);
}

/** A copy with one bit turned over. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
