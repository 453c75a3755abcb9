import type { Backend, Cancel } from '../../backend/backend.js';
import type { Commit } from '../commit-info.js';
import type { Progress } from '../types.js';
import type { Fault } from './fault.js';

export interface RepairOptions extends Cancel, Progress {
  /** Changes nothing, and tells what would be done. */
  readonly dryRun?: boolean | undefined;
  /** A second copy of the storage, to bring objects back from. It is only read. */
  readonly from?: Backend | undefined;
}

/** What a repair has done, or with `dryRun` would do. Frozen plain data. */
export interface RepairReport {
  readonly dryRun: boolean;
  /** The commit that names the loss; undefined where nothing was lost, and in a dry run. */
  readonly commit: Commit | undefined;
  /** Ids of objects that were brought back from the copy, and of key objects that were damaged and made anew. */
  readonly restored: readonly string[];
  /** Entries that were gone and that older heads still had. */
  readonly recovered: number;
  /** What could not be brought back, and was cut off. */
  readonly lost: readonly Fault[];
  /** Damage that stays as it is: chunks of blobs, of which the rest can still be read, and what holds no data. */
  readonly remaining: readonly Fault[];
}
