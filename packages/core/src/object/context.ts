import type { Backend } from '../backend/backend.js';
import type { Entropy } from '../crypto/entropy.js';
import type { TreeKeys } from '../crypto/tree-keys.js';

/** What reading and writing a tree's objects takes. */
export interface ObjectContext {
  readonly backend: Backend;
  readonly keys: TreeKeys;
  readonly entropy: Entropy;
  /** Size of every object of this tree, in bytes. */
  readonly objectSize: number;
  /** Whether the tree is only read. Then features that forbid no more than writing do not matter. */
  readonly readonly?: boolean;
}
