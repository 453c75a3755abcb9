import { InfinitreeError, isInfinitreeError, throwIfAborted } from '../../errors.js';
import type { Cancel } from '../backend.js';

/**
 * The frame around every call: refuses it after `close()`, lets it be aborted, and gives its errors their form. Inside of
 * calls, `request` bounds how many requests are under way.
 */
export class Gate {
  readonly #limit: number;
  readonly #trouble: (what: string, error: unknown) => InfinitreeError;
  #closed = false;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #calls = new Set<Promise<unknown>>();

  constructor(limit: number, trouble: (what: string, error: unknown) => InfinitreeError) {
    this.#limit = limit;
    this.#trouble = trouble;
  }

  async call<T>(what: string, options: Cancel | undefined, work: () => Promise<T>): Promise<T> {
    const call = this.#framed(what, options, work);
    const ended = call.then(
      () => undefined,
      () => undefined,
    );
    this.#calls.add(ended);
    void ended.then(() => this.#calls.delete(ended));
    return call;
  }

  /** Throws where the backend was closed or the call is no longer wanted. */
  step(what: string, options: Cancel | undefined): void {
    if (this.#closed) throw new InfinitreeError('CLOSED', `${what}: this backend was closed.`);
    throwIfAborted(options?.signal, what);
  }

  /** Sends one request, once fewer than the limit are under way. */
  async request<T>(send: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await send();
    } finally {
      // The place goes to the next one directly, or somebody who comes in between would take it.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  /** Lets nothing in any more, and waits until all that is inside has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#calls);
  }

  async #framed<T>(what: string, options: Cancel | undefined, work: () => Promise<T>): Promise<T> {
    try {
      this.step(what, options);
      return await work();
    } catch (error) {
      if (isInfinitreeError(error)) throw error;
      throwIfAborted(options?.signal, what);
      throw this.#trouble(what, error);
    }
  }
}
