import { pack } from '../../codec/compression.js';
import type { Extent } from '../../format/extent.js';
import { MAX_PAYLOAD_PLAIN } from '../../format/limits.js';
import type { ObjectReader } from '../../object/object-reader.js';
import type { ObjectWriter } from '../../object/object-writer.js';
import type { CommitRecord } from '../records/commit.js';
import { decodeLogNode, encodeLogNode } from '../records/log-node.js';
import type { Snapshot } from '../snapshot.js';
import { type CutTools, isBadExtent } from './cut-tools.js';

/** Commits in each node of a log that is written anew. */
const NODE = 1024;

/**
 * The log of a state as far as it can be read, from there on with that of a donor. It ends where there is a gap: what
 * comes before has no way to be told from it.
 */
export async function cutLog(
  tools: CutTools,
  reader: ObjectReader,
  objects: ObjectWriter,
  { base }: Snapshot,
): Promise<Extent | undefined> {
  const found: CommitRecord[] = [];
  if (await follow(tools, reader, base.log, found)) return base.log;
  if (found.length === 0 && base.last !== undefined) found.push(base.last);
  for (const donor of tools.donors) {
    const records: CommitRecord[] = donor.tail
      .list()
      .map(({ commit }) => commit)
      .reverse();
    await follow(tools, reader, donor.base.log, records);
    for (const record of records) if (record.sequence === (found.at(-1)?.sequence ?? 0) - 1) found.push(record);
  }
  const oldestFirst = found.reverse();
  let previous: Extent | undefined;
  for (let at = 0; at < oldestFirst.length; at += NODE) {
    const packed = pack(encodeLogNode({ previous, commits: oldestFirst.slice(at, at + NODE) }));
    previous = await objects.write(packed.codec, packed.bytes);
  }
  return previous;
}

/** Adds the commits of a log, newest first; whether it could be read to its end. */
async function follow(
  tools: CutTools,
  reader: ObjectReader,
  newest: Extent | undefined,
  records: CommitRecord[],
): Promise<boolean> {
  for (let next = newest; next !== undefined; ) {
    if (isBadExtent(tools, next)) return false;
    const node = decodeLogNode(await reader.read(next, MAX_PAYLOAD_PLAIN, tools.signal));
    records.push(...node.commits.toReversed());
    next = node.previous;
  }
  return true;
}
