import { type Cancel, InfinitreeError, throwIfAborted } from '@infinitree/core';
import { asTrouble } from './trouble.js';

/** Asked before each step of a call: throws where the backend was closed or the call is no longer wanted. */
export type Step = () => void;

/** The frame around every call: refuses it after `close()`, lets it be aborted, and gives its errors their form. */
export class Guard {
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
  }

  async call<T>(what: string, path: string, options: Cancel | undefined, work: (step: Step) => Promise<T>): Promise<T> {
    try {
      this.step(what, options);
      return await work(() => this.step(what, options));
    } catch (error) {
      throw asTrouble(what, path, error);
    }
  }

  step(what: string, options: Cancel | undefined): void {
    if (this.#closed) throw new InfinitreeError('CLOSED', `${what}: this directory backend was closed.`);
    throwIfAborted(options?.signal, what);
  }
}
