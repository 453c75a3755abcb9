import { isPromise } from '../../platform/promise.js';
/**
 * What is at hand, or the promise of it. Most of what is looked up is in memory, and each promise that is awaited on the way
 * to it takes longer than looking at it.
 */
export type AtHand<T> = T | Promise<T>;

/** Goes on with a value: at once where it is at hand. */
export function andThen<T, R>(value: AtHand<T>, next: (value: T) => AtHand<R>): AtHand<R> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** What steps come to that `yield` whatever they may have to wait for. They wait for what is not at hand, and for no more. */
export function inSteps<T>(steps: Generator<unknown, T, unknown>): AtHand<T> {
  let step = steps.next();
  while (step.done !== true) {
    if (isPromise(step.value)) return waitingFor(step.value, steps);
    step = steps.next(step.value);
  }
  return step.value;
}

async function waitingFor<T>(first: unknown, steps: Generator<unknown, T, unknown>): Promise<T> {
  let step: IteratorResult<unknown, T> = { done: false, value: first };
  while (step.done !== true) step = steps.next(await step.value);
  return step.value;
}
