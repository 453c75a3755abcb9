import { channel } from 'node:diagnostics_channel';
import { MemoryBackend, MeteredBackend } from '@infinitree/core';
import { DelayedBackend } from '@infinitree/testing';

/** @typedef {import('@infinitree/core').BackendEvent} BackendEvent */

/** Something like a bucket: in memory, and each request takes as long as it is told. What is asked of it is counted. */
export class Bucket {
  requests = 0;
  bytesRead = 0;
  bytesWritten = 0;
  /** What answers at once. */
  inner;
  #ranges;
  #latencyMs;

  /** @param {{ inner?: MemoryBackend, ranges: boolean, latencyMs: number }} options */
  constructor({ inner = new MemoryBackend(), ranges, latencyMs }) {
    this.inner = inner;
    this.#ranges = ranges;
    this.#latencyMs = latencyMs;
  }

  /** A backend to open trees with, whose requests count from now on. */
  connect() {
    this.requests = 0;
    this.bytesRead = 0;
    this.bytesWritten = 0;
    const far = new DelayedBackend(this.inner.reopen(), { latencyMs: this.#latencyMs });
    // Whole objects unless asked otherwise, as buckets do it.
    Object.defineProperty(far, 'capabilities', { value: Object.freeze({ heads: 'cas', ranges: this.#ranges }) });
    return new MeteredBackend(far, { name: 'bucket' });
  }

  /** Counts what is published while `work` is at it. @template T @param {() => Promise<T>} work */
  async watch(work) {
    const events = channel('infinitree:backend');
    /** @param {unknown} message */
    const count = (message) => {
      const { verb, bytesRead, bytesWritten } = /** @type {BackendEvent} */ (message);
      if (verb === 'close') return;
      this.requests += 1;
      this.bytesRead += bytesRead;
      this.bytesWritten += bytesWritten;
    };
    events.subscribe(count);
    const before = { requests: this.requests, bytesRead: this.bytesRead, bytesWritten: this.bytesWritten };
    const start = performance.now();
    const result = await work();
    const milliseconds = performance.now() - start;
    events.unsubscribe(count);
    const measured = {
      requests: this.requests - before.requests,
      megabytesRead: (this.bytesRead - before.bytesRead) / 1e6,
      megabytesWritten: (this.bytesWritten - before.bytesWritten) / 1e6,
      milliseconds,
    };
    return { result, measured };
  }
}
