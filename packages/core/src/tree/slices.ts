import { throwIfAborted } from '../errors.js';
import { afterTurn, turn } from '../platform/turn.js';

/** How long work goes on before others get their turn, in milliseconds. */
const SLICE = 8;

/** The same for work that nobody waits for: what others do meanwhile may take many turns, and waits at each of them. */
export const SHORT_SLICE = 2;

/** Divides long work into slices, so that the event loop stays free. */
export class Slices {
  readonly #signal: AbortSignal | undefined;
  readonly #what: string;
  readonly #slice: number;
  readonly #onStep: (() => void) | undefined;
  #began = performance.now();

  /** `onStep` is called after each step, however short. */
  constructor(
    what: string,
    signal: AbortSignal | undefined,
    { slice = SLICE, onStep }: { readonly slice?: number; readonly onStep?: () => void } = {},
  ) {
    this.#what = what;
    this.#signal = signal;
    this.#slice = slice;
    this.#onStep = onStep;
  }

  /** To be awaited between steps. Throws `ABORTED` once the signal is aborted. */
  async pause(): Promise<void> {
    this.#onStep?.();
    throwIfAborted(this.#signal, this.#what);
    if (performance.now() - this.#began < this.#slice) return;
    await turn();
    throwIfAborted(this.#signal, this.#what);
    this.#began = performance.now();
  }
}

/**
 * The same for short works of which it is not known whether anything comes between them: who awaits one commit after the
 * other, on a disk that is so quick that all of each is done in place, gives nobody else a turn.
 */
export class Turns {
  /** Since when the event loop has not had a turn, as far as that is known. */
  #since: number | undefined;

  /** To be awaited before each work. */
  async pause(): Promise<void> {
    if (this.#since !== undefined && performance.now() - this.#since >= SLICE) await turn();
    if (this.#since !== undefined) return;
    this.#since = performance.now();
    afterTurn(() => {
      this.#since = undefined;
    });
  }
}
