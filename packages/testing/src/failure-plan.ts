import { InfinitreeError, type Verb } from '@infinitree/core';

/** One kind of trouble to come. */
export interface Failure {
  /** Which calls it is about; all of them where none is named. */
  readonly verb?: Verb;
  /** The how-manieth such call fails, from 1. Default: the next one. */
  readonly nth?: number;
  /** Whether only that call fails (default), or every such call from there on. */
  readonly forever?: boolean;
  /** Whether the call fails without (default) or although it took effect. */
  readonly when?: 'before' | 'after';
  /** What it fails with. Default: a `BACKEND` error that says it was injected. */
  readonly error?: () => Error;
}

/** A failure whose turn it is. */
export interface DueFailure {
  readonly when: 'before' | 'after';
  readonly error: () => Error;
}

/** Counts calls and tells which of them is to fail. */
export class FailurePlan {
  readonly #pending: { readonly failure: Failure; seen: number }[] = [];

  add(failure: Failure): void {
    this.#pending.push({ failure, seen: 0 });
  }

  clear(): void {
    this.#pending.length = 0;
  }

  /** Every failure counts every call of its verb, also one that fails for another's sake; the first added wins. */
  due(verb: Verb): DueFailure | undefined {
    let due: DueFailure | undefined;
    for (const entry of this.#pending) {
      const { failure } = entry;
      if (failure.verb !== undefined && failure.verb !== verb) continue;
      entry.seen += 1;
      const nth = failure.nth ?? 1;
      if (failure.forever === true ? entry.seen < nth : entry.seen !== nth) continue;
      due ??= { when: failure.when ?? 'before', error: failure.error ?? (() => injected(verb)) };
    }
    return due;
  }
}

function injected(verb: Verb): Error {
  return new InfinitreeError('BACKEND', `${verb}: this failure was injected by a test.`, { retryable: true });
}
