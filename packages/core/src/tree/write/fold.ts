import { pack } from '../../codec/compression.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { compareCanonical } from '../../codec/key-order.js';
import type { Extent } from '../../format/extent.js';
import { MAX_PAYLOAD_PLAIN } from '../../format/limits.js';
import type { ObjectContext } from '../../object/context.js';
import { checkpointRoom } from '../../object/head-image.js';
import type { ObjectReader } from '../../object/object-reader.js';
import { ObjectWriter } from '../../object/object-writer.js';
import type { BlockStore } from '../read/block-store.js';
import type { Version } from '../read/inline-table.js';
import { type Base, encodeBase, type FieldBase } from '../records/checkpoint.js';
import type { CommitRecord } from '../records/commit.js';
import { decodeLogNode, encodeLogNode, type LogNode } from '../records/log-node.js';
import type { RunRef } from '../records/run.js';
import type { FieldSources, Snapshot } from '../snapshot.js';
import { type Entries, encodeBlocks } from './block-plan.js';
import { ObjectWriters } from './object-writers.js';
import { RunWriter } from './run-writer.js';
import type { Slices } from './slices.js';
import { moveValuesApart } from './sparse-writer.js';

/** A node of the log is left behind once it has this many commits. */
const FULL_LOG_NODE = 4096;
/** Or once their messages and data are about that many bytes: a node is read as a whole, and bounded then. */
const LARGE_LOG_NODE = 4_194_304;

/** A base that holds everything a snapshot does, so that nothing rides in frames any more. */
export interface Folded {
  readonly base: Base;
  /** Where the base was put, if it is too large for a head. */
  readonly baseExtent: Extent | undefined;
}

export interface FoldTools {
  readonly context: ObjectContext;
  readonly reader: ObjectReader;
  readonly blocks: BlockStore;
  readonly slices: Slices;
  readonly signal: AbortSignal | undefined;
}

/**
 * Moves the entries that ride in frames into sorted runs, and the commits of the tail into the log. All of it goes into
 * one pack of objects; while the last pack is less than half full it is written again together with the new entries, so
 * that many small folds leave few objects. Everything is durable when this resolves.
 */
export async function fold(tools: FoldTools, snapshot: Snapshot): Promise<Folded> {
  const { context } = tools;
  const writers = new ObjectWriters(context, tools.signal);
  const objects = writers.index;
  const fields: FieldBase[] = [];
  let log: FoldedLog;
  try {
    for (const sources of [...snapshot.fields.values()].sort(byIdentity)) {
      fields.push(await foldField(tools, writers, sources));
      await tools.slices.pause();
    }
    log = await foldLog(tools, objects, snapshot);
    await writers.flush();
  } finally {
    writers.abandon();
  }
  const young = !log.settled && objects.written <= context.objectSize / 2;
  const base: Base = {
    last: snapshot.last,
    log: log.newest,
    youngLog: young,
    fields: young ? fields : fields.map(grownUp),
    youngObjects: young ? objects.objects : [],
    youngBytes: young ? objects.written : 0,
  };
  const baseExtent = await spill(tools, base);
  // A cache may have them on their way still.
  await context.backend.flush?.({ signal: tools.signal });
  return { base, baseExtent };
}

async function foldField(tools: FoldTools, writers: ObjectWriters, sources: FieldSources): Promise<FieldBase> {
  const { field, clears } = sources;
  const young = sources.runs.filter((run) => run.young);
  let entries = await gather(tools, sources, young);
  const kept = sources.runs.filter((run) => !run.young);
  if (entries.keys.length === 0) return { field, clears, runs: kept };
  if (field.strategy === 'sparse')
    entries = await moveValuesApart(tools.context.keys, writers.storage, tools.slices, entries);
  const run = new RunWriter(writers.index);
  for (const block of encodeBlocks(entries)) {
    await run.add(block);
    await tools.slices.pause();
  }
  const sequences = entries.sequences as readonly number[];
  const span = {
    firstSequence: sequences.reduce((a, b) => Math.min(a, b)),
    lastSequence: sequences.reduce((a, b) => Math.max(a, b)),
    sequenced: true,
    young: true,
  };
  return { field, clears, runs: [...kept, await run.finish(span)] };
}

/** All versions of all keys that ride in frames or lie in the young pack, in the order of a run. */
async function gather(tools: FoldTools, sources: FieldSources, young: readonly RunRef[]): Promise<Entries> {
  const all: { readonly key: CanonicalKey; readonly version: Version }[] = [];
  for (const run of young) {
    for (const ref of await tools.blocks.blocks(run)) {
      const { keys, values, kinds, sequences } = await tools.blocks.scan(ref);
      keys.forEach((key, i) => {
        const sequence = sequences?.[i] ?? run.firstSequence;
        all.push({ key, version: { sequence, kind: kinds?.[i] ?? 0, value: values[i] } });
      });
      await tools.slices.pause();
    }
  }
  for (const key of sources.inline.keys()) {
    for (const version of sources.inline.versions(key)) all.push({ key, version });
  }
  all.sort((a, b) => compareCanonical(a.key, b.key) || b.version.sequence - a.version.sequence);
  return {
    keys: all.map(({ key }) => key),
    values: all.map(({ version }) => version.value),
    kinds: Uint8Array.from(all, ({ version }) => version.kind),
    sequences: all.map(({ version }) => version.sequence),
  };
}

interface FoldedLog {
  readonly newest: Extent | undefined;
  /** Whether the pack holds a full node, which the next fold does not write again; so the pack has to stay. */
  readonly settled: boolean;
}

async function foldLog(tools: FoldTools, objects: ObjectWriter, snapshot: Snapshot): Promise<FoldedLog> {
  const { base, tail } = snapshot;
  let node: LogNode = { previous: base.log, commits: [] };
  if (base.log !== undefined && base.youngLog) {
    node = decodeLogNode(await tools.reader.read(base.log, MAX_PAYLOAD_PLAIN, tools.signal));
  }
  let commits: readonly CommitRecord[] = [...node.commits, ...tail.list().map((body) => body.commit)];
  let { previous } = node;
  let settled = false;
  for (let full = fullNode(commits); full < commits.length; full = fullNode(commits)) {
    previous = await writeNode(objects, { previous, commits: commits.slice(0, full) });
    commits = commits.slice(full);
    settled = true;
  }
  if (commits.length > 0) previous = await writeNode(objects, { previous, commits });
  return { newest: previous, settled };
}

/** How many of these commits go into one node. */
function fullNode(commits: readonly CommitRecord[]): number {
  let size = 0;
  for (const [i, { message, data }] of commits.slice(0, FULL_LOG_NODE).entries()) {
    size += message.length + (data?.length ?? 0);
    if (size > LARGE_LOG_NODE) return Math.max(1, i);
  }
  return Math.min(FULL_LOG_NODE, commits.length);
}

async function writeNode(objects: ObjectWriter, node: LogNode): Promise<Extent> {
  const packed = pack(encodeLogNode(node));
  return objects.write(packed.codec, packed.bytes);
}

/** A base that would take more than half of a head's room is put into an object of its own. */
export async function spill(tools: Pick<FoldTools, 'context' | 'signal'>, base: Base): Promise<Extent | undefined> {
  const packed = pack(encodeBase(base));
  if (packed.bytes.length <= checkpointRoom(tools.context.objectSize) / 2) return undefined;
  const objects = new ObjectWriter(tools.context, 'index', { signal: tools.signal });
  const extent = await objects.write(packed.codec, packed.bytes);
  await objects.flush();
  return extent;
}

function grownUp(field: FieldBase): FieldBase {
  return { ...field, runs: field.runs.map((run) => (run.young ? { ...run, young: false } : run)) };
}

function byIdentity(a: FieldSources, b: FieldSources): number {
  return compareCanonical(a.field.name, b.field.name) || compareCanonical(a.field.type, b.field.type);
}
