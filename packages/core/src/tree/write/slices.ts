import { throwIfAborted } from '../../errors.js';

/** How long work goes on before others get their turn, in milliseconds. */
const SLICE = 12;

/** Divides long work into slices, so that the event loop stays free. */
export class Slices {
  readonly #signal: AbortSignal | undefined;
  readonly #what: string;
  #began = performance.now();

  constructor(what: string, signal: AbortSignal | undefined) {
    this.#what = what;
    this.#signal = signal;
  }

  /** To be awaited between steps. Throws `ABORTED` once the signal is aborted. */
  async pause(): Promise<void> {
    throwIfAborted(this.#signal, this.#what);
    if (performance.now() - this.#began < SLICE) return;
    // A timer and not a promise: promises run before anything else gets its turn.
    await new Promise((resolve) => setTimeout(resolve, 0));
    throwIfAborted(this.#signal, this.#what);
    this.#began = performance.now();
  }
}
