import type { ObjectId } from '@infinitree/core';
import type { Ledger } from './ledger.js';

/** What was read: the bytes, `undefined` where there are none, or word that what is there is not what was written. */
export type Found = Uint8Array | undefined | 'damaged';

/** Where copies of objects are kept, within a budget. */
export interface Tier {
  readonly ledger: Ledger;
  /** An object or the bytes `[start, end)` of it. What it hands out belongs to the caller. */
  read(id: ObjectId, range: readonly [number, number] | undefined, warm: boolean): Promise<Found>;
  /** Keeps a copy, in the place of one that is there; `false` where there is no room for it. */
  write(id: ObjectId, bytes: Uint8Array, warm: boolean): Promise<boolean>;
  /** Removes copies; absent ones are no error. */
  remove(ids: readonly ObjectId[]): Promise<void>;
  /** Removes all copies there are. */
  clear(): Promise<void>;
}
