import type { Extent } from '../../format/extent.js';
import { idBytes } from '../../format/id-bytes.js';
import { id, integer, list } from './shape.js';

/** `[codec, [[object, offset, length], …]]`. */
export function writeExtent(extent: Extent): unknown {
  const segments = extent.segments.map(({ object, offset, length }) => [idBytes(object), offset, length]);
  return [extent.codec, segments];
}

export function readExtent(value: unknown): Extent {
  const [codec, segments] = list(value, 2);
  return {
    codec: integer(codec),
    segments: list(segments).map((segment) => {
      const [object, offset, length] = list(segment, 3);
      return { object: id(object), offset: integer(offset), length: integer(length) };
    }),
  };
}
