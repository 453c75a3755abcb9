import { decodeBlock, ENTRY_KIND } from '../../codec/block.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { compareCanonical } from '../../codec/key-order.js';
import { isInfinitreeError } from '../../errors.js';
import type { ObjectReader } from '../../object/object-reader.js';
import type { ObjectWriter } from '../../object/object-writer.js';
import type { Version } from '../read/inline-table.js';
import type { FieldIdentity } from '../records/commit.js';
import type { PlacedRun } from '../records/run.js';
import { decodeRunIndex } from '../records/run-index.js';
import { fieldKey, type Snapshot } from '../snapshot.js';
import { encodeBlocks } from '../write/block-plan.js';
import { RunWriter } from '../write/run-writer.js';
import { type CutTools, isBadExtent, isLostValue } from './cut-tools.js';

/** Which entries are gone: of these keys, by these commits. */
export interface Span {
  readonly firstKey: CanonicalKey;
  readonly lastKey: CanonicalKey;
  readonly firstSequence: number;
  readonly lastSequence: number;
}

interface Entry {
  readonly key: CanonicalKey;
  readonly version: Version;
}

/** Entries of a field that are gone here, as runs of what other states still have of them. */
export async function salvage(
  tools: CutTools,
  reader: ObjectReader,
  objects: ObjectWriter,
  field: FieldIdentity,
  { lost, shadowedBy }: { readonly lost: readonly Span[]; readonly shadowedBy: number | undefined },
): Promise<PlacedRun[]> {
  const found = new Map<CanonicalKey, Map<number, Entry>>();
  const take = (entry: Entry): void => {
    const { key, version } = entry;
    const { kind, value } = version;
    if (!lost.some((span) => isWithin(span, entry)) || (kind === ENTRY_KIND.pointer && isLostValue(tools, value)))
      return;
    const versions = found.get(key) ?? new Map<number, Entry>();
    // Donors come newest first, and of the places of moved chunks the newest are right.
    if (!versions.has(version.sequence)) versions.set(version.sequence, entry);
    found.set(key, versions);
  };
  for (const donor of tools.donors) await entriesOf(tools, reader, donor, field, take);
  const entries = [...found.values()]
    .flatMap((versions) => [...versions.values()])
    .sort((a, b) => compareCanonical(a.key, b.key) || b.version.sequence - a.version.sequence);
  if (entries.length === 0) return [];
  const kinds = Uint8Array.from(entries, ({ version }) => version.kind);
  const sequences = entries.map(({ version }) => version.sequence);
  const writer = new RunWriter(objects);
  const columns = {
    keys: entries.map(({ key }) => key),
    values: entries.map(({ version }) => version.value),
    kinds: kinds.some((kind) => kind !== ENTRY_KIND.value) ? kinds : undefined,
    sequences,
  };
  for (const block of encodeBlocks(columns)) await writer.add(block);
  const [firstSequence, lastSequence] = [
    sequences.reduce((a, b) => Math.min(a, b)),
    sequences.reduce((a, b) => Math.max(a, b)),
  ];
  return writer.placed({ firstSequence, lastSequence, sequenced: true, isUnique: false, shadowedBy });
}

function isWithin(span: Span, { key, version }: Entry): boolean {
  const { sequence } = version;
  if (sequence < span.firstSequence || sequence > span.lastSequence) return false;
  return compareCanonical(span.firstKey, key) <= 0 && compareCanonical(key, span.lastKey) <= 0;
}

/** All that can be read of a field in a state. Damage there is no news: it is a donor. */
async function entriesOf(
  tools: CutTools,
  reader: ObjectReader,
  donor: Snapshot,
  field: FieldIdentity,
  take: (entry: Entry) => void,
): Promise<void> {
  const sources = donor.fields.get(fieldKey(field));
  if (sources === undefined) return;
  for (const run of sources.runs) {
    try {
      if (isBadExtent(tools, run.index)) continue;
      for (const ref of decodeRunIndex(await reader.read(run.index, undefined, tools.signal)).blocks) {
        if (isBadExtent(tools, ref.extent)) continue;
        const block = decodeBlock(await reader.read(ref.extent, ref.plainLength, tools.signal));
        for (const [i, key] of block.keys.entries()) {
          const sequence = block.sequences?.[i] ?? run.firstSequence;
          take({ key, version: { sequence, kind: block.kinds?.[i] ?? ENTRY_KIND.value, value: block.values[i] } });
        }
      }
    } catch (error) {
      if (!isInfinitreeError(error, 'CORRUPT')) throw error;
    }
  }
  try {
    for (const key of sources.inline.keys()) for (const version of sources.inline.versions(key)) take({ key, version });
  } catch (error) {
    if (!isInfinitreeError(error, 'CORRUPT')) throw error;
  }
}
