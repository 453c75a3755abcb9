import { throwIfAborted } from '../../errors.js';

/** How long work goes on before others get their turn, in milliseconds. */
const SLICE = 12;

// A turn of the event loop and not a promise: promises run before anything else does. Where there is no `setImmediate`,
// a timer, which takes a millisecond at least.
const immediate = (globalThis as { setImmediate?: (callback: () => void) => unknown }).setImmediate;
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    if (immediate === undefined) setTimeout(resolve, 0);
    else immediate(resolve);
  });

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
    await turn();
    throwIfAborted(this.#signal, this.#what);
    this.#began = performance.now();
  }
}
