import type { Cancel } from '../backend/backend.js';
import { throwIfAborted } from '../errors.js';
import { MAX_PAYLOAD_PLAIN } from '../format/limits.js';
import type { ObjectReader } from '../object/object-reader.js';
import type { CommitRecord } from './records/commit.js';
import { decodeLogNode } from './records/log-node.js';
import { type Snapshot, sequenceOf } from './snapshot.js';

/** The commits that a snapshot reaches, newest first; nodes of the log are read as they are needed. */
export async function* commitRecords(
  reader: ObjectReader,
  snapshot: Snapshot,
  { signal }: Cancel,
): AsyncGenerator<CommitRecord, void, undefined> {
  throwIfAborted(signal, 'Reading the log');
  const newest = sequenceOf(snapshot);
  for (const body of snapshot.tail.toReversed()) {
    throwIfAborted(signal, 'Reading the log');
    // A view of an earlier state shares the sources of a later one.
    if (body.commit.sequence <= newest) yield body.commit;
  }
  let next = snapshot.base.log;
  while (next !== undefined) {
    const node = decodeLogNode(await reader.read(next, MAX_PAYLOAD_PLAIN, signal));
    for (const record of node.commits.toReversed()) {
      throwIfAborted(signal, 'Reading the log');
      if (record.sequence <= newest) yield record;
    }
    next = node.previous;
  }
}
