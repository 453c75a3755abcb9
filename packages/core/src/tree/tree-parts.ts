import { InfinitreeError } from '../errors.js';
import type { Session } from './session.js';
import type { Committer } from './write/committer.js';
import type { Compaction } from './write/compaction.js';

/** What an open tree consists of, for what is done with trees outside of them. */
export interface TreeParts {
  readonly session: Session;
  readonly committer: Committer;
  readonly compaction: Compaction;
}

// Not a member, so that whoever has a tree does not get at what is behind it.
const PARTS = new WeakMap<object, TreeParts>();

export function keepParts(tree: object, parts: TreeParts): void {
  PARTS.set(tree, parts);
}

/** Throws `INVALID_ARGUMENT` for what is no open tree, such as a view of one. */
export function partsOf(tree: object): TreeParts {
  const parts = PARTS.get(tree);
  if (parts !== undefined) return parts;
  throw new InfinitreeError('INVALID_ARGUMENT', 'That is no tree, as Infinitree.open() gives one.');
}
