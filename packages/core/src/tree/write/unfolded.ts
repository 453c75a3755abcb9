import type { CommitBody } from '../records/commit.js';

/** How much of commits that are not folded. */
export interface Amount {
  readonly commits: number;
  /** Encoded. */
  readonly bytes: number;
}

/** From here on, carrying commits from head to head and reading them when a tree is opened costs more than folding them. */
export const MANY: Amount = { commits: 256, bytes: 262_144 };

/** Where folding beside commits does not keep up with them, no more than that is carried on. */
export const TOO_MANY: Amount = { commits: 1024, bytes: 1_048_576 };

export function exceeds(tail: readonly CommitBody[], { commits, bytes }: Amount): boolean {
  return tail.length > commits || tail.reduce((sum, { encoded }) => sum + encoded.length, 0) > bytes;
}
