/**
 * Whether it is a promise, of whatever kind: programs put others in the place of the engine's own, which async functions go on
 * to give. For what has no `then` of its own, as stored values have none.
 */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
