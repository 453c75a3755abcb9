import { InfinitreeError } from '../errors.js';

/** Refuses what cannot be called, before anything is read or changed. The type says so already, but not to JavaScript. */
export function requireFunction(given: unknown, method: string): void {
  if (typeof given === 'function') return;
  throw new InfinitreeError('INVALID_ARGUMENT', `What is given to ${method}() is no function.`);
}
