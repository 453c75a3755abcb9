import { pack } from '../../codec/compression.js';
import type { ObjectWriter } from '../../object/object-writer.js';
import type { CommitRecord } from '../records/commit.js';
import { encodeLogNode } from '../records/log-node.js';
import type { LogRef } from '../records/pack.js';

/** A node of the log has no more commits. */
const FULL_NODE = 4096;
/** Nor, but for a single one, messages and data of more bytes: a node is read as a whole, and bounded then. */
const LARGE_NODE = 4_194_304;

/** Writes commits, oldest first, as nodes of the log. None of them is missing in between, or there is a node behind the gap. */
export async function writeLog(objects: ObjectWriter, commits: readonly CommitRecord[]): Promise<LogRef[]> {
  const nodes: LogRef[] = [];
  for (let at = 0; at < commits.length; ) {
    const node = commits.slice(at, at + nodeSize(commits, at));
    const packed = pack(encodeLogNode(node));
    const extent = await objects.write(packed.codec, packed.bytes);
    const [first, last] = [node[0], node.at(-1)] as [CommitRecord, CommitRecord];
    nodes.push({ firstSequence: first.sequence, lastSequence: last.sequence, extent });
    at += node.length;
  }
  return nodes;
}

/** How many commits from here on go into one node. */
function nodeSize(commits: readonly CommitRecord[], from: number): number {
  let bytes = 0;
  const most = Math.min(commits.length - from, FULL_NODE);
  for (let i = 0; i < most; i++) {
    const { message, data, sequence } = commits[from + i] as CommitRecord;
    bytes += message.length + (data?.length ?? 0);
    const follows = i === 0 || sequence === (commits[from + i - 1] as CommitRecord).sequence + 1;
    if (i > 0 && (bytes > LARGE_NODE || !follows)) return i;
  }
  return most;
}
