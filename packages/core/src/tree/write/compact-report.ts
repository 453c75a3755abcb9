import type { Cancel } from '../../backend/backend.js';
import type { Progress } from '../types.js';

export interface CompactOptions extends Cancel, Progress {}

/** What a compaction has come to. Frozen plain data. */
export interface CompactReport {
  /** How many packs of index objects were made one; 0 where there was nothing to be merged. */
  readonly packs: number;
  /** Bytes of index that were written for that. */
  readonly bytes: number;
}
