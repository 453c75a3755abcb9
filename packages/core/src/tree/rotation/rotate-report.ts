import type { Cancel } from '../../backend/backend.js';
import type { Progress } from '../types.js';

export interface RotateOptions extends Cancel, Progress {
  /**
   * What is sealed again: the index alone, or storage objects as well, so that keys of before open nothing that the tree
   * consists of. `'index'` where it is left out.
   */
  readonly policy?: 'index' | 'all';
}

/** What a rotation has come to. Frozen plain data. */
export interface RotateReport {
  /** Which key epoch the tree is in now: 0 when it was made, one more after each rotation. */
  readonly keyEpoch: number;
  /** What `tree.head` is now. */
  readonly head: string;
  /** Index objects that were written anew. */
  readonly written: number;
  /** Storage objects whose content was sealed again; 0 with the policy `'index'`. */
  readonly moved: number;
  /**
   * Storage objects that keep the keys of before, with the policy `'all'`: a value names them by an id alone, and does not say
   * which of their chunks it means. 0 with the policy `'index'`.
   */
  readonly kept: number;
  /**
   * Storage objects that keep the keys of before, with the policy `'all'`, since something in them is damaged or gone: see
   * `tree.verify({ readData: true })`. 0 with the policy `'index'`.
   */
  readonly damaged: number;
}
