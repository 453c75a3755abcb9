import { type ObjectId, throwIfAborted } from '@infinitree/core';
import { unlessAborted } from './unless-aborted.js';

interface Fetch {
  readonly result: Promise<Uint8Array | undefined>;
  readonly abort: AbortController;
  waiting: number;
  /** Whether the object was deleted meanwhile, so that no copy of it may be kept. */
  outdated: boolean;
}

/** Objects that are being fetched: once for all who ask for one at the same time. */
export class Fetches {
  readonly #going = new Map<ObjectId, Fetch>();

  /**
   * What `fetch` gives; the bytes are shared and are not to be handed out. One who gives up leaves the others alone; when
   * the last one does, the fetch is aborted. `isCurrent` tells whether a copy may still be kept.
   */
  async get(
    id: ObjectId,
    signal: AbortSignal | undefined,
    fetch: (signal: AbortSignal, isCurrent: () => boolean) => Promise<Uint8Array | undefined>,
  ): Promise<Uint8Array | undefined> {
    throwIfAborted(signal, 'get');
    const going = this.#going.get(id) ?? this.#begin(id, fetch);
    going.waiting += 1;
    try {
      return await unlessAborted('get', going.result, signal);
    } finally {
      going.waiting -= 1;
      if (going.waiting === 0) {
        going.abort.abort();
        this.#forget(id, going);
      }
    }
  }

  has(id: ObjectId): boolean {
    return this.#going.has(id);
  }

  /** Of what is being fetched now no copy is kept: it was deleted, or put anew. */
  outdate(ids: readonly ObjectId[]): void {
    for (const id of ids) {
      const going = this.#going.get(id);
      if (going === undefined) continue;
      going.outdated = true;
      this.#going.delete(id);
    }
  }

  #begin(
    id: ObjectId,
    fetch: (signal: AbortSignal, isCurrent: () => boolean) => Promise<Uint8Array | undefined>,
  ): Fetch {
    const abort = new AbortController();
    const going: Fetch = {
      abort,
      waiting: 0,
      outdated: false,
      result: fetch(abort.signal, () => !going.outdated),
    };
    // Whoever waits answers for its failure; the last one may have given up.
    going.result.catch(() => undefined);
    this.#going.set(id, going);
    return going;
  }

  #forget(id: ObjectId, fetch: Fetch): void {
    if (this.#going.get(id) === fetch) this.#going.delete(id);
  }
}
