import { TAG_SIZE } from '../../crypto/primitives.js';
import type { Extent } from '../../format/extent.js';
import type { ObjectId } from '../../format/ids.js';
import type { BlockStore } from '../read/block-store.js';
import type { FieldChange } from '../records/commit.js';
import type { Pack, PackedRun } from '../records/pack.js';
import { extentsOf } from '../records/run-index.js';

/** The runs that one commit has put into objects, as a pack; undefined where there is none. Commits may share objects. */
export async function packOf(blocks: BlockStore, changes: readonly FieldChange[]): Promise<Pack | undefined> {
  const runs: PackedRun[] = [];
  const extents: Extent[] = [];
  for (const { field, run } of changes) {
    if (run === undefined) continue;
    runs.push({ field, run });
    extents.push(run.index, ...extentsOf(await blocks.index(run)));
  }
  if (runs.length === 0) return undefined;
  return { objects: objectsIn(extents), bytes: sizeOf(extents), runs, log: [] };
}

/** The objects that content stands in, each once. */
export function objectsIn(extents: readonly Extent[]): ObjectId[] {
  return [...new Set(extents.flatMap(({ segments }) => segments.map(({ object }) => object)))];
}

/** How much of its objects content takes, in bytes. */
export function sizeOf(extents: readonly Extent[]): number {
  const segments = extents.flatMap((extent) => extent.segments);
  return segments.reduce((sum, { length }) => sum + length + TAG_SIZE, 0);
}
