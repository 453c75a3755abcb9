// Where there is no `setImmediate`, a timer, which takes a millisecond at least.
const immediate = (globalThis as { setImmediate?: (callback: () => void) => unknown }).setImmediate;

/**
 * Resolves after the event loop was at whatever else there is to do. A turn of the loop and not a promise: promises run
 * before anything else does.
 */
export function turn(): Promise<void> {
  return new Promise(afterTurn);
}

/** The same as a call. */
export function afterTurn(call: () => void): void {
  if (immediate === undefined) setTimeout(call, 0);
  else immediate(call);
}
