import type { ObjectId } from '../../format/ids.js';

/** The head of this writer's own epoch. */
export interface OwnHead {
  readonly id: ObjectId;
  readonly epoch: number;
  headSequence: number;
  hash: Uint8Array;
  /** Where the first frame stands, and where the next one goes. */
  readonly begin: number;
  end: number;
  /** Whether frames may still be appended: not after anything failed, since what it left behind is unknown. */
  healthy: boolean;
  /** Whether a mark was written that was not synced yet. */
  unsynced: boolean;
}

/** How much of the room for frames is taken, as a fraction; 1 where no frame can be appended. */
export function filledOf(own: OwnHead | undefined, objectSize: number): number {
  if (own?.healthy !== true) return 1;
  return (own.end - own.begin) / (objectSize - own.begin);
}
