import { InfinitreeError } from '../errors.js';

const missing = new WeakSet<Error>();

/** Says that an object which the tree refers to is not there. Who can, looks whether a newer head still needs it. */
export function missingObject(id: string, cure: string): InfinitreeError {
  const error = new InfinitreeError('CORRUPT', `Object ${id} is missing from the storage. ${cure}`);
  missing.add(error);
  return error;
}

export function isMissingObject(error: unknown): error is InfinitreeError {
  return error instanceof Error && missing.has(error);
}
