import type { ObjectId } from './ids.js';

/** A sealed chunk inside an index object: `length` bytes of packed content, then their tag. */
export interface Segment {
  readonly object: ObjectId;
  readonly offset: number;
  /** Length of the content without the tag, in bytes. */
  readonly length: number;
}

/** One piece of packed content, of any size, wherever its segments lie. */
export interface Extent {
  /** How the content was packed: see the codec table. */
  readonly codec: number;
  readonly segments: readonly Segment[];
}
