import { type Backend, MemoryBackend } from '@infinitree/core';
import { SeededRandom, TestClock } from '@infinitree/testing';
import { MemoryStore } from '../../src/backend/memory-store.js';
import { Entropy } from '../../src/crypto/entropy.js';
import { loadSuite } from '../../src/crypto/suite.js';
import { TreeKeys } from '../../src/crypto/tree-keys.js';
import { InfinitreeError } from '../../src/errors.js';
import type { ObjectContext } from '../../src/object/context.js';

export const OBJECT_SIZE = 65_536;

export interface Scene {
  readonly store: MemoryStore;
  readonly backend: Backend;
  readonly context: ObjectContext;
}

/** Keys, randomness and a storage, all of one seed. */
export async function makeScene(options: { seed?: number; ranges?: boolean; backend?: Backend } = {}): Promise<Scene> {
  const { seed = 1, ranges = true } = options;
  const suite = await loadSuite();
  const random = new SeededRandom(seed);
  const keys = new TreeKeys(suite, random.bytes(32), random.bytes(16), 0);
  const entropy = new Entropy(suite, { random, clock: new TestClock() });
  const store = new MemoryStore();
  const backend = options.backend ?? new MemoryBackend({ ranges }, store);
  return { store, backend, context: { backend, keys, entropy, objectSize: OBJECT_SIZE } };
}

export const noise = (length: number, seed = 5): Uint8Array => new SeededRandom(seed).bytes(length);

/** The code and the message of what a call throws or rejects with. */
export async function failureOf(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    if (error instanceof InfinitreeError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'no failure';
}
