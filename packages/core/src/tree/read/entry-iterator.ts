import { InfinitreeError } from '../../errors.js';
import { isPromise } from '../../platform/promise.js';
import type { Entries } from '../types.js';

/** Entries of a batch, where nobody says how many. */
const BATCH = 256;

/** Entries in their order, as far as they are at hand: a promise where one has to wait for its value. */
export interface Page<T> {
  next(): T | Promise<T> | undefined;
}

/**
 * Hands on what stands on pages, one by one, as an async generator would. Such a generator waits at each `yield`, three
 * turns of the queue of promises for one entry, which takes longer than to read it; here what is at hand is given at once.
 * Calls that do not wait for one another get their answers in the order of the calls.
 */
export class EntryIterator<T> implements AsyncGenerator<T, void, undefined>, Entries<T> {
  readonly #pages: AsyncGenerator<Page<T>, void, undefined>;
  #page: Page<T> | undefined;
  #isOver = false;
  /** Calls that were not answered yet, and the last of these. */
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(pages: AsyncGenerator<Page<T>, void, undefined>) {
    this.#pages = pages;
  }

  next(): Promise<IteratorResult<T, void>> {
    if (this.#waiting > 0 || this.#page === undefined) return this.#inTurn(() => this.#advance());
    let entry: T | Promise<T> | undefined;
    try {
      entry = this.#page.next();
    } catch (error) {
      return this.#inTurn(() => this.#fail(error));
    }
    if (entry === undefined) return this.#inTurn(() => this.#advance());
    if (isPromise(entry)) return this.#inTurn(() => this.#advance(entry));
    return Promise.resolve({ done: false, value: entry });
  }

  return(): Promise<IteratorReturnResult<void>> {
    return this.#inTurn(() => this.#end());
  }

  throw(error: unknown): Promise<IteratorResult<T, void>> {
    return this.#inTurn(() => this.#fail(error));
  }

  batches(size = BATCH): AsyncIterableIterator<T[], void, undefined> {
    if (!Number.isInteger(size) || size < 1) {
      throw new InfinitreeError('INVALID_ARGUMENT', 'The size of batches is a positive integer.');
    }
    const next = async (): Promise<IteratorResult<T[], void>> => {
      const batch = await this.#inTurn(() => this.#batch(size));
      return batch.length === 0 ? { done: true, value: undefined } : { done: false, value: batch };
    };
    return {
      next,
      return: () => this.return(),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #batch(size: number): Promise<T[]> {
    const batch: T[] = [];
    let awaited: Promise<T> | undefined;
    try {
      do {
        const { done, value } = await this.#advance(awaited);
        if (done === true) break;
        batch.push(value);
        awaited = this.#fill(batch, size);
      } while (batch.length < size);
    } catch (error) {
      return this.#fail(error);
    }
    return batch;
  }

  /** Adds what is at hand, up to the size; gives what comes next where that has to be waited for. */
  #fill(batch: T[], size: number): Promise<T> | undefined {
    while (batch.length < size) {
      const entry = this.#page?.next();
      if (entry === undefined) return undefined;
      if (isPromise(entry)) return entry;
      batch.push(entry);
    }
    return undefined;
  }

  #inTurn<R>(work: () => Promise<R>): Promise<R> {
    this.#waiting += 1;
    const answer = this.#last.then(work).finally(() => {
      this.#waiting -= 1;
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  /** `taken`: what was taken off the page already. */
  async #advance(taken?: Promise<T>): Promise<IteratorResult<T, void>> {
    if (this.#isOver) return { done: true, value: undefined };
    try {
      let entry: T | Promise<T> | undefined = taken ?? this.#page?.next();
      while (entry === undefined) {
        const { done, value } = await this.#pages.next();
        if (done === true) return await this.#end();
        this.#page = value;
        entry = value.next();
      }
      return { done: false, value: await entry };
    } catch (error) {
      return this.#fail(error);
    }
  }

  async #fail(error: unknown): Promise<never> {
    await this.#end();
    throw error;
  }

  async #end(): Promise<IteratorReturnResult<void>> {
    this.#isOver = true;
    this.#page = undefined;
    await this.#pages.return();
    return { done: true, value: undefined };
  }
}
