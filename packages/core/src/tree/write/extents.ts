import { TAG_SIZE } from '../../crypto/primitives.js';
import type { Extent } from '../../format/extent.js';
import type { ObjectId } from '../../format/ids.js';

/** The objects that content stands in, each once. */
export function objectsIn(extents: readonly Extent[]): ObjectId[] {
  return [...new Set(extents.flatMap(({ segments }) => segments.map(({ object }) => object)))];
}

/** How much of its objects content takes, in bytes. */
export function sizeOf(extents: readonly Extent[]): number {
  const segments = extents.flatMap((extent) => extent.segments);
  return segments.reduce((sum, { length }) => sum + length + TAG_SIZE, 0);
}
