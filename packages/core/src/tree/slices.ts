import { throwIfAborted } from '../errors.js';
import { turn } from '../platform/turn.js';

/** How long work goes on before others get their turn, in milliseconds. */
const SLICE = 8;

/** Divides long work into slices, so that the event loop stays free. */
export class Slices {
  readonly #signal: AbortSignal | undefined;
  readonly #what: string;
  readonly #onStep: (() => void) | undefined;
  #began = performance.now();

  /** `onStep` is called after each step, however short. */
  constructor(what: string, signal: AbortSignal | undefined, onStep?: () => void) {
    this.#what = what;
    this.#signal = signal;
    this.#onStep = onStep;
  }

  /** To be awaited between steps. Throws `ABORTED` once the signal is aborted. */
  async pause(): Promise<void> {
    this.#onStep?.();
    throwIfAborted(this.#signal, this.#what);
    if (performance.now() - this.#began < SLICE) return;
    await turn();
    throwIfAborted(this.#signal, this.#what);
    this.#began = performance.now();
  }
}
