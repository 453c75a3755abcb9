import type { Backend } from '../backend/backend.js';
import { sameBytes } from '../bytes/compare.js';
import { isInfinitreeError } from '../errors.js';
import type { ObjectId } from '../format/ids.js';

/** Uploads under way at once: enough to hide a sync behind the next object's sealing, at 4 MiB of memory each. */
const MAX_PENDING = 3;

interface Upload {
  readonly id: ObjectId;
  readonly bytes: Uint8Array;
}

/**
 * Brings sealed objects to the backend, a few at a time. An object whose upload failed is thrown away with its id, or,
 * where others hold pointers into it already, kept and sent again: the identical bytes, never sealed anew.
 */
export class Uploads {
  readonly #backend: Backend;
  readonly #signal: AbortSignal | undefined;
  readonly #keep: boolean;
  readonly #warm: boolean;
  readonly #pending = new Map<ObjectId, Promise<void>>();
  #failed: Upload[] = [];
  #failure: { readonly error: unknown } | undefined;

  /** `warm`: whether what is sent will be read again and again. */
  constructor(
    backend: Backend,
    options: { readonly signal?: AbortSignal | undefined; readonly keepFailed: boolean; readonly warm?: boolean },
  ) {
    this.#backend = backend;
    this.#warm = options.warm ?? false;
    this.#signal = options.signal;
    this.#keep = options.keepFailed;
  }

  /** Begins an upload; waits while too many are under way. Rejects where an earlier one has failed. */
  async add(id: ObjectId, bytes: Uint8Array): Promise<void> {
    this.#sendAgain();
    this.#begin({ id, bytes });
    if (this.#pending.size >= MAX_PENDING) await Promise.race(this.#pending.values());
  }

  /** Whether an object is not known to be in storage yet: its upload is under way, or failed and is to be sent again. */
  has(id: ObjectId): boolean {
    return this.#pending.has(id) || this.#failed.some((upload) => upload.id === id);
  }

  /** Throws what made an earlier upload fail; where that is to be sent again, once. */
  check(): void {
    const failure = this.#failure;
    if (failure === undefined) return;
    if (this.#keep) this.#failure = undefined;
    throw failure.error;
  }

  /** Waits until all that was begun is durable, sending again what failed before. */
  async drain(): Promise<void> {
    if (this.#keep) this.#failure = undefined;
    this.#sendAgain();
    await Promise.all(this.#pending.values());
    this.check();
  }

  #sendAgain(): void {
    const again = this.#failed;
    this.#failed = [];
    for (const upload of again) this.#begin(upload);
  }

  #begin(upload: Upload): void {
    const sent = this.#send(upload)
      .catch((error: unknown) => {
        this.#failure ??= { error };
        if (this.#keep) this.#failed.push(upload);
      })
      .finally(() => {
        // Where it failed it may be under way again already.
        if (this.#pending.get(upload.id) === sent) this.#pending.delete(upload.id);
      });
    this.#pending.set(upload.id, sent);
  }

  async #send({ id, bytes }: Upload): Promise<void> {
    const signal = this.#signal;
    try {
      await this.#backend.put(id, bytes, { signal, warm: this.#warm });
    } catch (error) {
      if (!isInfinitreeError(error, 'EXISTS')) throw error;
      // An id is drawn at random and used once: what stands there is an earlier sending, of which no answer came.
      const found = await this.#backend.get(id, { fresh: true, signal });
      if (found === undefined || !sameBytes(found, bytes)) throw error;
    }
  }
}
