import { InfinitreeError } from '../errors.js';
import type { ObjectId } from '../format/ids.js';

/** Where storage does not hold what was written. */
export interface DamagedPlace {
  readonly object: ObjectId;
  /** Undefined where it is about the whole object. */
  readonly offset: number | undefined;
  readonly missing: boolean;
}

const places = new WeakMap<Error, DamagedPlace>();

/** An error about bytes in storage that remembers, for those who list damage, where they are. */
export function damagedObject(object: ObjectId, offset: number | undefined, message: string): InfinitreeError {
  return placed({ object, offset, missing: false }, message);
}

/** Says that an object which the tree refers to is not there. Who can, looks whether a newer head still needs it. */
export function missingObject(object: ObjectId, cure: string): InfinitreeError {
  return placed({ object, offset: undefined, missing: true }, `Object ${object} is missing from the storage. ${cure}`);
}

export function isMissingObject(error: unknown): error is InfinitreeError {
  return damagedPlace(error)?.missing === true;
}

export function damagedPlace(error: unknown): DamagedPlace | undefined {
  return error instanceof Error ? places.get(error) : undefined;
}

function placed(place: DamagedPlace, message: string): InfinitreeError {
  const error = new InfinitreeError('CORRUPT', message);
  places.set(error, place);
  return error;
}
