import { isPromise } from '../../platform/promise.js';
/** What was begun for an item. */
export interface Begun<T> {
  readonly item: T;
  /** A promise where something has to be fetched. */
  readonly result: unknown;
  /** What is fetched; the same for neighbours that come with one fetch. Absent where nothing has to be. */
  readonly fetched?: unknown;
  /** How much that is, in bytes. */
  readonly bytes?: number;
}

/** Bytes fetched before their turn: one object of the usual size. What is larger than that is fetched when it is its turn. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * A row of items, in its order, for some of which something has to be fetched: begun for a few of them before it is their
 * turn. Who leaves early has not had much more fetched than was of use: it begins with one ahead, and doubles from fetch
 * to fetch up to `most`.
 */
export class Ahead<T> {
  readonly #take: () => T | undefined;
  readonly #begin: (item: T) => Begun<T>;
  readonly #most: number;
  readonly #queue: { readonly begun: Begun<T>; readonly bytes: number; readonly opens: boolean }[] = [];
  #last: unknown;
  #room: number;
  #fetches = 0;
  #bytes = 0;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  /** `take` gives the next item; `undefined` at the end. `most`: fetches under way, that for the current item included. */
  constructor(most: number, take: () => T | undefined, begin: (item: T) => Begun<T>) {
    this.#most = Math.max(1, most);
    this.#room = Math.min(2, this.#most);
    this.#take = take;
    this.#begin = begin;
  }

  /** The next item, and what was begun for it; `undefined` at the end. */
  next(): Begun<T> | undefined {
    while (!this.#ended && (this.#queue.length === 0 || this.#hasRoom())) {
      const item = this.#taken();
      if (item === undefined) break;
      const begun = this.#begin(item);
      // What is at hand goes through as if there was no queue.
      if (begun.fetched === undefined && this.#queue.length === 0) return begun;
      this.#push(begun);
    }
    const first = this.#queue.shift();
    if (first === undefined && this.#failure !== undefined) throw this.#failure.error;
    if (first?.opens === true) {
      this.#fetches -= 1;
      this.#bytes -= first.bytes;
      this.#room = Math.min(2 * this.#room, this.#most);
    }
    return first?.begun;
  }

  /** Taking may fail, as functions of users may: that is told when all before it was given. */
  #taken(): T | undefined {
    let item: T | undefined;
    try {
      item = this.#take();
    } catch (error) {
      this.#failure = { error };
    }
    this.#ended = item === undefined;
    return item;
  }

  #hasRoom(): boolean {
    return this.#fetches < this.#room && this.#bytes < MAX_BYTES;
  }

  #push(begun: Begun<T>): void {
    const { result, fetched, bytes = 0 } = begun;
    // Reported when it is awaited; who leaves before must not end the process.
    if (isPromise(result)) result.catch(() => undefined);
    const opens = fetched !== undefined && fetched !== this.#last;
    this.#last = fetched;
    this.#queue.push({ begun, bytes, opens });
    if (!opens) return;
    this.#fetches += 1;
    this.#bytes += bytes;
  }
}
