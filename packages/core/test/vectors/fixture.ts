import { SeededRandom, TestClock } from '@infinitree/testing';
import { toHex } from '../../src/bytes/hex.js';
import { Entropy } from '../../src/crypto/entropy.js';
import type { Suite } from '../../src/crypto/suite.js';
import { TreeKeys } from '../../src/crypto/tree-keys.js';
import type { ObjectContext } from '../../src/object/context.js';
import type { JsonObject } from './vector.js';

/** What the vectors are made with: the same for the same seed. */
export interface Fixture {
  readonly suite: Suite;
  readonly random: SeededRandom;
  readonly keys: TreeKeys;
  /** The keys of another tree. */
  readonly strangers: TreeKeys;
  /** The members `root` and `treeId` of `keys`. */
  readonly members: JsonObject;
  /** Seals heads and frames; it has no backend. */
  readonly context: ObjectContext;
}

export const OBJECT_SIZE = 65_536;

export function makeFixture(suite: Suite, seed: number): Fixture {
  const random = new SeededRandom(seed);
  const [root, treeId] = [random.bytes(32), random.bytes(16)];
  const keys = new TreeKeys(suite, root, treeId, 0);
  const strangers = new TreeKeys(suite, random.bytes(32), random.bytes(16), 0);
  const entropy = new Entropy(suite, { random, clock: new TestClock() });
  const context = { backend: undefined as unknown as ObjectContext['backend'], keys, entropy, objectSize: OBJECT_SIZE };
  return { suite, random, keys, strangers, members: { root: toHex(root), treeId: toHex(treeId) }, context };
}

/** A copy with one bit of a byte turned over. */
export function turned(bytes: Uint8Array, at: number, bit = 0): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ (1 << bit);
  return copy;
}
