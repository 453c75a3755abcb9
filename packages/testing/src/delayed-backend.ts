import {
  type Backend,
  type Environment,
  InfinitreeError,
  InterceptedBackend,
  type Interception,
  throwIfAborted,
  type Verb,
} from '@infinitree/core';

export interface DelayOptions {
  /** How long each call takes on top of its work, in milliseconds, or what tells that for each verb. */
  readonly latencyMs: number | ((verb: Verb) => number);
  /** Where the time comes from. Default: real timers. */
  readonly timer?: Environment['timer'];
}

/**
 * Wraps any backend as if it were far away: every call waits before it is made. A listing waits once, before its first id.
 *
 * @example
 * const backend = new DelayedBackend(new MemoryBackend(), { latencyMs: 30 });
 */
export class DelayedBackend extends InterceptedBackend {
  constructor(inner: Backend, options: DelayOptions) {
    super(inner, delaying(options));
  }
}

function delaying({ latencyMs, timer = realTimer }: DelayOptions): Interception {
  const latency = typeof latencyMs === 'function' ? latencyMs : () => latencyMs;
  const pass = async (verb: Verb, signal: AbortSignal | undefined): Promise<void> => {
    if (verb === 'close') return;
    throwIfAborted(signal, verb);
    await new Promise<void>((resolve, reject) => {
      const stop = timer.after(latency(verb), () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      function abort(): void {
        stop();
        reject(new InfinitreeError('ABORTED', `${verb} was aborted by its signal.`, { cause: signal?.reason }));
      }
      signal?.addEventListener('abort', abort, { once: true });
    });
  };
  return {
    async call({ verb, signal }, work) {
      await pass(verb, signal);
      return work();
    },
    async *walk({ verb, signal }, list) {
      await pass(verb, signal);
      yield* list();
    },
  };
}

const realTimer: Environment['timer'] = {
  after(ms, then) {
    const timeout = setTimeout(then, ms);
    return () => clearTimeout(timeout);
  },
};
