import { MAX_PAYLOAD_PLAIN } from '../../format/limits.js';
import type { ObjectReader } from '../../object/object-reader.js';
import { logNodes } from '../records/base.js';
import type { CommitRecord } from '../records/commit.js';
import { decodeLogNode } from '../records/log-node.js';
import type { LogRef } from '../records/pack.js';
import type { Snapshot } from '../snapshot.js';
import { type CutTools, isBadExtent } from './cut-tools.js';

/**
 * The commits of the log of a state that were folded, oldest first, as far as they can be read, from there on as far as a donor
 * has them; undefined where nothing is missing. It begins where there is a gap: what comes before has no way to be told
 * from it.
 */
export async function cutLog(
  tools: CutTools,
  reader: ObjectReader,
  { base }: Snapshot,
): Promise<readonly CommitRecord[] | undefined> {
  const nodes = logNodes(base);
  if (!nodes.some(({ extent }) => isBadExtent(tools, extent))) return undefined;
  const found: CommitRecord[] = [];
  await follow(tools, reader, nodes, found);
  if (found.length === 0 && base.last !== undefined) found.push(base.last);
  for (const donor of tools.donors) {
    const records: CommitRecord[] = donor.tail
      .list()
      .map(({ commit }) => commit)
      .reverse();
    await follow(tools, reader, logNodes(donor.base), records);
    for (const record of records) if (record.sequence === (found.at(-1)?.sequence ?? 0) - 1) found.push(record);
  }
  return found.reverse();
}

/** Adds the commits of a log, newest first, up to a node that cannot be read. */
async function follow(
  tools: CutTools,
  reader: ObjectReader,
  nodes: readonly LogRef[],
  records: CommitRecord[],
): Promise<void> {
  for (const { extent } of nodes) {
    if (isBadExtent(tools, extent)) return;
    const commits = decodeLogNode(await reader.read(extent, MAX_PAYLOAD_PLAIN, tools.signal));
    records.push(...commits.toReversed());
  }
}
