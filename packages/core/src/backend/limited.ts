import { InfinitreeError } from '../errors.js';
import type { ObjectId } from '../format/ids.js';
import type { Backend } from './backend.js';
import type { Interception, Verb } from './calls.js';
import { InterceptedBackend } from './intercepted.js';
import { Slots } from './slots.js';

export interface LimitOptions {
  /** How many calls may be on their way at once. Default: 16. */
  readonly concurrency?: number;
}

/**
 * Lets only so many calls through at once; further ones wait for their turn, and can be aborted while they do. Heads are
 * not held up: a commit must not wait behind the uploads of the next one.
 *
 * @example
 * const limited = new LimitedBackend(backend, { concurrency: 8 });
 */
export class LimitedBackend extends InterceptedBackend {
  constructor(inner: Backend, options: LimitOptions = {}) {
    const { concurrency = 16 } = options;
    if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
      throw new InfinitreeError('INVALID_ARGUMENT', 'The concurrency of a LimitedBackend is a whole number from 1 on.');
    }
    super(inner, limit(new Slots(concurrency)));
  }
}

function limit(slots: Slots): Interception {
  return {
    call: (call, work) => (isFree(call.verb) ? work() : slots.hold(call.verb, call.signal, work)),
    walk: (call, list) =>
      isFree(call.verb) ? list() : stepByStep(list, (step) => slots.hold(call.verb, call.signal, step)),
  };
}

/** `flush` waits for calls that need slots themselves. */
function isFree(verb: Verb): boolean {
  return verb.startsWith('heads.') || verb.startsWith('locks.') || verb === 'close' || verb === 'flush';
}

/** A slot for each step and not for the whole listing: whoever goes through it makes other calls in between. */
async function* stepByStep(
  list: () => AsyncIterable<ObjectId>,
  hold: (step: () => Promise<IteratorResult<ObjectId>>) => Promise<IteratorResult<ObjectId>>,
): AsyncIterable<ObjectId> {
  const ids = list()[Symbol.asyncIterator]();
  try {
    for (;;) {
      const step = await hold(() => ids.next());
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    await ids.return?.();
  }
}
