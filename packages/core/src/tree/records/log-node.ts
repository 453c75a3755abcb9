import { concat } from '../../bytes/concat.js';
import { arrayHead, decodeCbor, encodeCbor } from '../../codec/cbor.js';
import { type CommitRecord, readCommit, writeCommit } from './commit.js';
import { list, malformed } from './shape.js';

/** A commit as it stands in a node of the log. */
export function encodeLogEntry(commit: CommitRecord): Uint8Array {
  return encodeCbor(writeCommit(commit));
}

/** A write-once piece of the log: its commits, oldest first, of which there is one or more. */
export function logNodeOf(entries: readonly Uint8Array[]): Uint8Array {
  return concat(arrayHead(entries.length), ...entries);
}

export function decodeLogNode(payload: Uint8Array): readonly CommitRecord[] {
  const commits = list(decodeCbor(payload)).map(readCommit);
  if (commits.length === 0) throw malformed('a node of the log has no commits');
  return commits;
}
