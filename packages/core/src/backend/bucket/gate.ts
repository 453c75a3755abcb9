import { InfinitreeError, isInfinitreeError, throwIfAborted } from '../../errors.js';
import type { Cancel } from '../backend.js';
import { Slots } from '../slots.js';

/**
 * The frame around every call: refuses it after `close()`, lets it be aborted, and gives its errors their form. Inside of
 * calls, `request` bounds how many requests are under way.
 */
export class Gate {
  readonly #slots: Slots;
  readonly #trouble: (what: string, error: unknown) => InfinitreeError;
  #closed = false;
  readonly #calls = new Set<Promise<unknown>>();

  constructor(limit: number, trouble: (what: string, error: unknown) => InfinitreeError) {
    this.#slots = new Slots(limit);
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

  /** Sends one request, once fewer than the limit are under way; who waits for that can give up. */
  request<T>(options: Cancel | undefined, send: () => Promise<T>): Promise<T> {
    return this.#slots.hold('A request to the store', options?.signal, send);
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
