import type { Cancel } from '../../backend/backend.js';
import type { Progress } from '../types.js';

export interface RotateOptions extends Cancel, Progress {}

/** What a rotation has come to. Frozen plain data. */
export interface RotateReport {
  /** Which key epoch the tree is in now: 0 when it was made, one more after each rotation. */
  readonly keyEpoch: number;
  /** What `tree.head` is now. */
  readonly head: string;
  /** Index objects that were written anew. */
  readonly written: number;
}
