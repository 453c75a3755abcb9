import type { CanonicalKey } from '../../codec/index-key.js';
import { compareCanonical } from '../../codec/key-order.js';
import type { Extent } from '../../format/extent.js';
import type { ObjectContext } from '../../object/context.js';
import type { ObjectReader } from '../../object/object-reader.js';
import type { BlockStore } from '../read/block-store.js';
import type { Version } from '../read/inline-table.js';
import { type Base, youngPack } from '../records/base.js';
import { type Pack, type PackedRun, packOf } from '../records/pack.js';
import type { RunRef } from '../records/run.js';
import type { Slices } from '../slices.js';
import { type FieldSources, fieldKey, type Snapshot } from '../snapshot.js';
import { spill } from './base-apart.js';
import { type Entries, encodeBlocks } from './block-plan.js';
import { LogWriter } from './log-writer.js';
import { ObjectWriters } from './object-writers.js';
import { RunWriter } from './run-writer.js';
import { moveValuesApart } from './sparse-writer.js';

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

/** With writers for what is made. */
type FoldingTools = FoldTools & { readonly writers: ObjectWriters };

/** Folds a snapshot. Everything is durable when this resolves. */
export async function fold(tools: FoldTools, snapshot: Snapshot): Promise<Folded> {
  const { context, signal } = tools;
  const writers = new ObjectWriters(context, { signal });
  try {
    const base = await foldInto({ ...tools, writers }, snapshot);
    await writers.flush();
    const baseExtent = await spill(tools, base);
    // A cache may have them on their way still.
    await context.backend.flush?.({ signal });
    return { base, baseExtent };
  } finally {
    writers.abandon();
  }
}

/**
 * Moves the entries that ride in frames into sorted runs, and the commits of the tail into the log. All of it makes one
 * pack; while the last one fills at most half an object it is written again together with the new entries, so that many
 * small folds leave few objects. What large commits have written makes packs as it is. Nothing may refer to it before the
 * writers were flushed.
 */
export async function foldInto(tools: FoldingTools, snapshot: Snapshot): Promise<Base> {
  const { base, tail, last } = snapshot;
  const young = youngPack(base);
  const sources = [...snapshot.fields.values()].sort(byIdentity);
  const packs = base.packs.filter((each) => each !== young);
  for (const body of tail.list()) {
    const large = packOf(body);
    if (large !== undefined) packs.push(large);
  }
  const made = await foldPack(tools, snapshot, young, sources);
  const isYoung = made !== undefined && made.bytes <= tools.context.objectSize / 2;
  const fields = sources.map(({ field, clears }) => ({ field, clears }));
  return { last, fields, packs: made === undefined ? packs : [...packs, made], isYoung };
}

/** What rode in frames and what was in the young pack, as one; undefined where that is nothing. */
async function foldPack(
  tools: FoldingTools,
  { tail }: Snapshot,
  young: Pack | undefined,
  fields: readonly FieldSources[],
): Promise<Pack | undefined> {
  const objects = tools.writers.index;
  const runs: PackedRun[] = [];
  for (const sources of fields) {
    const { field } = sources;
    const before = young?.runs.filter((each) => fieldKey(each.field) === fieldKey(field)) ?? [];
    for (const run of await foldField(tools, sources, before)) runs.push({ field, run });
    await tools.slices.pause();
  }
  const writer = new LogWriter(objects, tools.slices);
  for (const node of young?.log ?? []) await writer.take(node, tools.reader, tools.signal);
  await writer.add(tail.list().map(({ commit }) => commit));
  const log = await writer.finish();
  if (objects.written === 0) return undefined;
  return { objects: objects.objects, bytes: objects.written, runs, log };
}

async function foldField(tools: FoldingTools, sources: FieldSources, before: readonly PackedRun[]): Promise<RunRef[]> {
  let entries = await gather(tools, sources, before);
  if (entries.keys.length === 0) return [];
  if (sources.field.strategy === 'sparse')
    entries = await moveValuesApart(tools.context.keys, tools.writers.storage, tools.slices, entries);
  const run = new RunWriter(tools.writers.index);
  for (const block of encodeBlocks(entries)) {
    await run.add(block);
    await tools.slices.pause();
  }
  const sequences = entries.sequences as readonly number[];
  return run.finish({
    firstSequence: sequences.reduce((a, b) => Math.min(a, b)),
    lastSequence: sequences.reduce((a, b) => Math.max(a, b)),
    sequenced: true,
    isUnique: entries.keys.every((key, i) => key !== entries.keys[i - 1]),
    shadowedBy: undefined,
  });
}

/** All versions of all keys that ride in frames or lie in the young pack, in the order of a run. */
async function gather(tools: FoldTools, { inline }: FieldSources, before: readonly PackedRun[]): Promise<Entries> {
  const all: { readonly key: CanonicalKey; readonly version: Version }[] = [];
  for (const { run } of before) {
    for (const ref of await tools.blocks.blocks(run)) {
      const { keys, values: column, kinds, sequences } = await tools.blocks.scan(ref);
      const values = column.all();
      keys.forEach((key, i) => {
        const sequence = sequences?.[i] ?? run.firstSequence;
        all.push({ key, version: { sequence, kind: kinds?.[i] ?? 0, value: values[i] } });
      });
      await tools.slices.pause();
    }
  }
  for (const key of inline.keys()) {
    for (const version of inline.versions(key)) all.push({ key, version });
  }
  all.sort((a, b) => compareCanonical(a.key, b.key) || b.version.sequence - a.version.sequence);
  return {
    keys: all.map(({ key }) => key),
    values: all.map(({ version }) => version.value),
    kinds: Uint8Array.from(all, ({ version }) => version.kind),
    sequences: all.map(({ version }) => version.sequence),
  };
}

function byIdentity(a: FieldSources, b: FieldSources): number {
  return compareCanonical(a.field.name, b.field.name) || compareCanonical(a.field.type, b.field.type);
}
