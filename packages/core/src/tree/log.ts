import type { Cancel } from '../backend/backend.js';
import { throwIfAborted } from '../errors.js';
import { MAX_PAYLOAD_PLAIN } from '../format/limits.js';
import { isMissingObject } from '../object/missing.js';
import type { ObjectReader } from '../object/object-reader.js';
import { logNodes } from './records/base.js';
import type { CommitRecord } from './records/commit.js';
import { decodeLogNode } from './records/log-node.js';
import { malformed } from './records/shape.js';
import type { Session } from './session.js';
import { type Snapshot, sequenceOf } from './snapshot.js';

/**
 * The commits that a snapshot reaches, newest first; nodes of the log are read as they are needed. Where one was deleted
 * because folding had replaced it, the log goes on in the newest head.
 */
export async function* commitRecords(
  session: Session,
  snapshot: Snapshot,
  options: Cancel,
): AsyncGenerator<CommitRecord, void, undefined> {
  let place = snapshot;
  let newest = sequenceOf(snapshot);
  for (;;) {
    try {
      for await (const record of recordsIn(session.reader, place, newest, options)) {
        yield record;
        newest = record.sequence - 1;
      }
      return;
    } catch (error) {
      if (!isMissingObject(error)) throw error;
      place = await session.relocate(place, error);
    }
  }
}

async function* recordsIn(
  reader: ObjectReader,
  snapshot: Snapshot,
  newest: number,
  { signal }: Cancel,
): AsyncGenerator<CommitRecord, void, undefined> {
  throwIfAborted(signal, 'Reading the log');
  for (const body of snapshot.tail.list().reverse()) {
    throwIfAborted(signal, 'Reading the log');
    // A view of an earlier state shares the sources of a later one.
    if (body.commit.sequence <= newest) yield body.commit;
  }
  let before = Number.POSITIVE_INFINITY;
  for (const node of logNodes(snapshot.base)) {
    if (node.firstSequence > newest) continue;
    const commits = decodeLogNode(await reader.read(node.extent, MAX_PAYLOAD_PLAIN, signal));
    for (const record of commits.toReversed()) {
      throwIfAborted(signal, 'Reading the log');
      if (record.sequence >= before) throw malformed('the commits of the log do not descend');
      before = record.sequence;
      if (record.sequence <= newest) yield record;
    }
  }
}
