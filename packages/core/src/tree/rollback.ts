import { toHex } from '../bytes/hex.js';
import { InfinitreeError } from '../errors.js';
import { headName, parseHeadName } from './head-name.js';
import { comparePositions, type Snapshot, sequenceOf } from './snapshot.js';
import { checkSameFork } from './succession.js';

/**
 * Refuses a state older than the one that is expected. Storage can put back any earlier state as a whole; only who
 * remembers a later one can tell.
 */
export function checkExpectedHead(expected: string | undefined, found: Snapshot): void {
  if (expected === undefined) return;
  const wanted = parseHeadName(expected);
  const { hash } = found.position;
  const order = comparePositions(found.position, wanted);
  // A later head of another copy may lack what the expected one had.
  const isFork = wanted.fork !== (found.care.fork && toHex(found.care.fork));
  if (!isFork && (order > 0 || (order === 0 && toHex(hash) === wanted.hash))) return;
  throw new InfinitreeError(
    'ROLLBACK',
    `The storage shows the head ${headName(found)}, but ${expected} was seen before: an older state was put ` +
      'back, or this is another copy. Nothing was changed. Find out who did that before you go on without expectHead.',
  );
}

/** Storage that shows less than it has shown before was put back. */
export function checkNotOlder(before: Snapshot, newest: Snapshot | undefined): asserts newest is Snapshot {
  const seen = headName(before);
  if (newest === undefined) {
    throw new InfinitreeError(
      'CORRUPT',
      'The heads of this tree are missing from the storage. Bring them back from a copy.',
    );
  }
  checkSameFork(before, newest);
  if (comparePositions(newest.position, before.position) >= 0 && sequenceOf(newest) >= sequenceOf(before)) return;
  throw new InfinitreeError(
    'ROLLBACK',
    `The storage shows an older state than the one this handle has seen (${seen}). Nothing was changed.`,
  );
}
