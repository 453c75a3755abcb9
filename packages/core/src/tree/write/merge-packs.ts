import type { ObjectReader } from '../../object/object-reader.js';
import type { Base } from '../records/base.js';
import type { FieldIdentity } from '../records/commit.js';
import { MOVED_FIELD } from '../records/moved-object.js';
import { nameOfPack, type Pack, type PackedRun } from '../records/pack.js';
import { fieldKey } from '../snapshot.js';
import { LogWriter } from './log-writer.js';
import { type MergeTools, mergeRuns } from './merge-runs.js';

/** So many packs of about one size are merged. With fewer, more is written again; with more, more runs are read. */
const FANOUT = 4;
/** Up to this size, in bytes, packs are of one size. */
const SMALLEST = 65_536;
/** No more than that at once: each run that is merged takes memory. */
const MOST = 16;

export interface PackTools extends MergeTools {
  readonly reader: ObjectReader;
  readonly signal: AbortSignal | undefined;
  /** Told of entries that were gone through. */
  readonly onEntries: (count: number) => void;
}

/** The packs that are to be merged next; none where there are few of any size. */
export function duePacks(base: Base): readonly Pack[] {
  const bySize = new Map<number, Pack[]>();
  for (const pack of settledPacks(base)) {
    const size = sizeClass(pack);
    bySize.set(size, [...(bySize.get(size) ?? []), pack]);
  }
  const due = [...bySize].sort(([a], [b]) => a - b).find(([, packs]) => packs.length >= FANOUT);
  return due?.[1].slice(0, MOST) ?? [];
}

/** All that can be merged: not the young pack, and not what says where chunks are, which is replaced as a whole. */
export function settledPacks({ packs, isYoung }: Base): readonly Pack[] {
  const settled = isYoung ? packs.slice(0, -1) : packs;
  return settled.filter(({ runs }) => runs.every(({ field }) => field.name !== MOVED_FIELD.name));
}

/** One pack that says what these do. Nothing may refer to it before the objects were flushed. */
export async function mergePacks(tools: PackTools, base: Base, packs: readonly Pack[]): Promise<Pack> {
  const { objects } = tools;
  const runs: PackedRun[] = [];
  const mine = byField(packs.flatMap((pack) => pack.runs));
  const others = byField(base.packs.filter((pack) => !packs.includes(pack)).flatMap((pack) => pack.runs));
  for (const { field, clears } of base.fields) {
    const own = runsOf(mine, field);
    if (own.length === 0) continue;
    const merged = await mergeRuns(tools, { runs: own, others: runsOf(others, field), clears });
    for (const run of merged) runs.push({ field, run });
    tools.onEntries(own.reduce((sum, { count }) => sum + count, 0));
  }
  const writer = new LogWriter(objects, tools.slices);
  const nodes = packs.flatMap((pack) => pack.log).sort((a, b) => a.firstSequence - b.firstSequence);
  for (const node of nodes) await writer.take(node, tools.reader, tools.signal);
  const log = await writer.finish();
  return { objects: objects.objects, bytes: objects.written, runs, log };
}

/** The base with one pack in place of some. */
export function withMerged(base: Base, packs: readonly Pack[], merged: Pack): Base {
  const at = base.packs.findLastIndex((pack) => packs.includes(pack));
  const result = base.packs.flatMap((pack, i) => (i === at ? [merged] : packs.includes(pack) ? [] : [pack]));
  return { ...base, packs: result };
}

/** The packs of a base that are these, wherever it was read from; undefined where one is not in it any more. */
export function samePacks(base: Base, packs: readonly Pack[]): readonly Pack[] | undefined {
  const known = new Map(base.packs.map((pack) => [nameOfPack(pack), pack]));
  const found = packs.map((pack) => known.get(nameOfPack(pack))).filter((pack) => pack !== undefined);
  return found.length === packs.length ? found : undefined;
}

function sizeClass({ bytes }: Pack): number {
  return Math.max(0, Math.ceil(Math.log(bytes / SMALLEST) / Math.log(FANOUT)));
}

function byField(runs: readonly PackedRun[]): ReadonlyMap<string, PackedRun[]> {
  const found = new Map<string, PackedRun[]>();
  for (const each of runs) {
    const key = fieldKey(each.field);
    found.set(key, [...(found.get(key) ?? []), each]);
  }
  return found;
}

function runsOf(all: ReadonlyMap<string, readonly PackedRun[]>, field: FieldIdentity) {
  return (all.get(fieldKey(field)) ?? []).map(({ run }) => run);
}
