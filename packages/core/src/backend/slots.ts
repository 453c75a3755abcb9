import { InfinitreeError, throwIfAborted } from '../errors.js';

/** Hands out so many slots, in the order in which they were asked for. */
export class Slots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  async hold<T>(what: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    throwIfAborted(signal, what);
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn(what, signal);
    try {
      return await work();
    } finally {
      this.#pass();
    }
  }

  #turn(what: string, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.delete(go);
        reject(new InfinitreeError('ABORTED', `${what} was aborted by its signal.`, { cause: signal?.reason }));
      };
      this.#waiting.add(go);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  /** A slot goes straight to who waits longest: nobody who comes later gets in between. */
  #pass(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
