import { decodeCbor, encodeCbor } from '../../codec/cbor.js';
import type { Extent } from '../../format/extent.js';
import { type CommitRecord, readCommit, writeCommit } from './commit.js';
import { readExtent, writeExtent } from './extent.js';
import { list, malformed, maybe } from './shape.js';

/** A write-once piece of the log. */
export interface LogNode {
  /** The node before this one; absent in the oldest. */
  readonly previous: Extent | undefined;
  /** Oldest first. */
  readonly commits: readonly CommitRecord[];
}

export function encodeLogNode(node: LogNode): Uint8Array {
  return encodeCbor([node.previous === undefined ? null : writeExtent(node.previous), node.commits.map(writeCommit)]);
}

export function decodeLogNode(payload: Uint8Array): LogNode {
  const [previous, records] = list(decodeCbor(payload), 2);
  const commits = list(records).map(readCommit);
  if (commits.length === 0) throw malformed('a node of the log has no commits');
  return { previous: maybe(previous, readExtent), commits };
}
