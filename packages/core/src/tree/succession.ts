import { sameBytes } from '../bytes/compare.js';
import { InfinitreeError } from '../errors.js';
import type { Snapshot } from './snapshot.js';

type Cared = Pick<Snapshot, 'care'>;

/** Refuses to build upon a state whose head ends its chain. */
export function requireGoesOn({ care }: Cared): void {
  if (care.ended === undefined) return;
  throw new InfinitreeError(
    'READONLY',
    'The tree was moved to another storage, and its last head here says so: nothing can be changed here any more. Open it ' +
      'where it was moved to. To look at it here, or to finish a move that was interrupted, open it with { readonly: true }.',
  );
}

/**
 * Refuses a state of another copy of the tree, which has the same keys. Who has both in store can show one in place of the
 * other; refreshing to it would mix what was never together.
 */
export function checkSameFork(before: Cared, found: Cared): void {
  if (isSameFork(before.care.fork, found.care.fork)) return;
  throw new InfinitreeError(
    'ROLLBACK',
    'The storage shows another copy of the tree than the one this handle has seen. Nothing was changed. Find out who put ' +
      'it there before you open the tree again.',
  );
}

export function isSameFork(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : sameBytes(a, b);
}
