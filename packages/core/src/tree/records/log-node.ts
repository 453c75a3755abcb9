import { decodeCbor, encodeCbor } from '../../codec/cbor.js';
import { type CommitRecord, readCommit, writeCommit } from './commit.js';
import { list, malformed } from './shape.js';

/** A write-once piece of the log: its commits, oldest first, of which there is one or more. */
export function encodeLogNode(commits: readonly CommitRecord[]): Uint8Array {
  return encodeCbor(commits.map(writeCommit));
}

export function decodeLogNode(payload: Uint8Array): readonly CommitRecord[] {
  const commits = list(decodeCbor(payload)).map(readCommit);
  if (commits.length === 0) throw malformed('a node of the log has no commits');
  return commits;
}
