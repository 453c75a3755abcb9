import type { FilePort } from '@infinitree/backend-directory';

/** One operation of a storage that is about to be made, and what else may come of it. */
export interface Operation<T = unknown> {
  /** What it does, as `open create` or `heads.cas`. */
  readonly kind: string;
  readonly path: string;
  make(): Promise<T>;
  /** Made after all, it gives back what its caller will never get. */
  undo?(result: T): Promise<void>;
  /** Of a write: takes its first bytes, in this share, and says how many. */
  part?(share: number): Promise<T>;
  /** Of a sync: what was to be synced is lost. */
  lose?(): Promise<void>;
  /** Of what goes by a path: done in another file system. */
  elsewhere?(files: FilePort): Promise<T>;
}
