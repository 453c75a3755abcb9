import { readFileSync } from 'node:fs';
import { MeteredBackend } from '@infinitree/core';

/** Counts what is asked of a backend, as seen from the tree. */
export class Meter {
  /** Calls that brought bytes. */
  reads = 0;

  /** @param {import('@infinitree/core').Backend} backend @returns {import('@infinitree/core').Backend} */
  wrap = (backend) => {
    /** @param {unknown} event */
    const publish = (event) => {
      if (/** @type {import('@infinitree/core').BackendEvent} */ (event).bytesRead > 0) this.reads += 1;
    };
    return new MeteredBackend(backend, { channel: { hasSubscribers: true, publish } });
  };
}

/**
 * Bytes that this process has handed to the system to be written, on whichever thread: what all peers have in common. What
 * the file system makes of them is not in it. `undefined` where the system does not tell, as only Linux does.
 */
export function bytesWritten() {
  if (process.platform !== 'linux') return undefined;
  const found = /^wchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1];
  return found === undefined ? undefined : Number(found);
}
