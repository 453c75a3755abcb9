import type { Cancel } from '../../backend/backend.js';
import type { Progress } from '../types.js';
import type { Fault } from './fault.js';

export interface VerifyOptions extends Cancel, Progress {
  /** Reads and checks every byte of every object: values apart, blobs and padding too. */
  readonly readData?: boolean | undefined;
}

/** What a verification has found. Frozen plain data. */
export interface VerifyReport {
  /** Whether nothing is wrong with the newest state. */
  readonly ok: boolean;
  /** Everything that is wrong with the newest state, with all commits that it reaches. */
  readonly faults: readonly Fault[];
  /** What is wrong with older heads and only there: they are kept in case that the newest one gets damaged. */
  readonly olderFaults: readonly Fault[];
  readonly checked: {
    readonly objects: number;
    /** Bytes that were read and compared. */
    readonly bytes: number;
    /** Entries of all fields, in all versions that there are. */
    readonly entries: number;
  };
  /**
   * Chunks of values and blobs of which nothing but their place was looked at, as only a reader of the split tree can tell
   * whether they are what was written. None for readers, and none without `readData`, which asks for no chunk.
   */
  readonly unchecked: { readonly chunks: number; readonly bytes: number };
}
