import { isInfinitreeError } from '../../errors.js';
import type { Extent } from '../../format/extent.js';
import { type ObjectId, toObjectId } from '../../format/ids.js';
import type { ObjectContext } from '../../object/context.js';
import { readChunk, readPointer } from '../records/sparse-pointer.js';
import type { Snapshot } from '../snapshot.js';

/** Whether what stands at a place of an object cannot be read. */
export type IsBad = (object: ObjectId, offset: number) => boolean;

export interface CutTools {
  /** Where is read, and where what is made anew is written. */
  readonly context: ObjectContext;
  readonly isBad: IsBad;
  /** The same of values that stand apart, which are to be given up then. */
  readonly isLost: IsBad;
  /** States of older heads and other copies, which may still have what is gone here; newest first. */
  readonly donors: readonly Snapshot[];
  readonly signal: AbortSignal | undefined;
}

export function isBadExtent({ isBad }: Pick<CutTools, 'isBad'>, { segments }: Extent): boolean {
  return segments.some(({ object, offset }) => isBad(object, offset));
}

/** What is no pointer leads to no value. */
export function isLostValue({ isLost }: Pick<CutTools, 'isLost'>, value: unknown): boolean {
  try {
    return readChunk(readPointer(value).chunk).some(({ object, offset }) => isLost(toObjectId(object), offset));
  } catch (error) {
    if (!isInfinitreeError(error, 'CORRUPT')) throw error;
    return true;
  }
}
