import { toHex } from '../bytes/hex.js';
import { InfinitreeError } from '../errors.js';
import type { Session } from './session.js';
import { type HeadPosition, type Snapshot, sequenceOf } from './snapshot.js';

const NAME = /^(\d{1,10})\.(\d{1,15})\.(\d{1,15})\.([0-9a-f]{64})$/;

/** Names a head, for `expectHead`: key epoch, epoch, head sequence and hash. */
export function headName(keyEpoch: number, { epoch, headSequence, hash }: HeadPosition): string {
  return `${keyEpoch}.${epoch}.${headSequence}.${toHex(hash)}`;
}

/**
 * Refuses a state older than the one that is expected. Storage can put back any earlier state as a whole; only who
 * remembers a later one can tell.
 */
export function checkExpectedHead(expected: string | undefined, keyEpoch: number, found: HeadPosition): void {
  if (expected === undefined) return;
  const parts = NAME.exec(expected);
  if (parts === null) throw new InfinitreeError('INVALID_ARGUMENT', 'expectHead is what tree.head gave earlier.');
  const [wantedKeyEpoch, wantedEpoch, wantedSequence] = parts.slice(1, 4).map(Number) as [number, number, number];
  const order = keyEpoch - wantedKeyEpoch || found.epoch - wantedEpoch || found.headSequence - wantedSequence;
  if (order > 0 || (order === 0 && toHex(found.hash) === parts[4])) return;
  throw new InfinitreeError(
    'ROLLBACK',
    `The storage shows the head ${headName(keyEpoch, found)}, but ${expected} was seen before: an older state was put ` +
      'back, or this is another copy. Nothing was changed. Find out who did that before you go on without expectHead.',
  );
}

/** Storage that shows less than it has shown before was put back. */
export function checkNotOlder(
  session: Session,
  before: Snapshot,
  newest: Snapshot | undefined,
): asserts newest is Snapshot {
  const seen = headName(session.context.keys.keyEpoch, before.position);
  if (newest === undefined) {
    throw new InfinitreeError(
      'CORRUPT',
      'The heads of this tree are missing from the storage. Bring them back from a copy.',
    );
  }
  const order =
    newest.position.epoch - before.position.epoch || newest.position.headSequence - before.position.headSequence;
  if (order >= 0 && sequenceOf(newest) >= sequenceOf(before)) return;
  throw new InfinitreeError(
    'ROLLBACK',
    `The storage shows an older state than the one this handle has seen (${seen}). Nothing was changed.`,
  );
}
