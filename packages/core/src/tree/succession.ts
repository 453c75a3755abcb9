import { sameBytes } from '../bytes/compare.js';
import { InfinitreeError } from '../errors.js';
import type { Snapshot } from './snapshot.js';

type Cared = Pick<Snapshot, 'care'>;

/** Whether the tree goes on from this state under new keys, so that its chain has ended. */
export function goesOnUnderNewKeys({ care }: Cared): boolean {
  return care.ended?.some((byte) => byte !== 0) === true;
}

/** Refuses to build upon a state whose head ends its chain. */
export function requireGoesOn(state: Cared): void {
  if (state.care.ended === undefined) return;
  if (goesOnUnderNewKeys(state)) {
    throw new InfinitreeError(
      'CONFLICT',
      'The tree was given new keys by another writer. Call refresh() to go on with them, then make the call again; what you ' +
        'changed is still staged.',
    );
  }
  throw new InfinitreeError(
    'READONLY',
    'The tree was moved to another storage, and its last head here says so: nothing can be changed here any more. Open it ' +
      'where it was moved to. To look at it here, or to finish a move that was interrupted, open it with { readonly: true }.',
  );
}

/** Whether a state is of the chain that goes on from one of an earlier key epoch which has ended. */
export function isSuccessor(ended: Pick<Snapshot, 'care' | 'position'>, { care, position }: Snapshot): boolean {
  const named = ended.care.ended;
  if (named === undefined) return false;
  if (care.rotation?.stage === 'first') return sameBytes(position.hash, named);
  const epoch = care.history?.epochs.find(({ keyEpoch }) => keyEpoch === ended.position.keyEpoch);
  return epoch !== undefined && sameBytes(epoch.successor, named);
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
