/**
 * Whether it is a promise, of whatever kind: programs put others in the place of the engine's own, which async functions go on
 * to give. For what cannot hold functions, as stored values cannot.
 */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
