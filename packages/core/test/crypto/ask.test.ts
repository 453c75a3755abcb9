// Asking code that is not ours: whatever it does, there is an answer, or a typed error in time.
import { InfinitreeError, type Timer } from '@infinitree/core';
import { ask, DEFAULT_TIMEOUT_MS, timeoutOf } from '../../src/crypto/ask.js';

const asked = { name: 'somebody', timeoutMs: 500 };
const never = () => new Promise<Uint8Array>(() => undefined);

/** Time passes when it is told to. */
class Moments implements Timer {
  readonly waiting = new Map<number, () => void>();

  after(ms: number, then: () => void): () => void {
    this.waiting.set(ms, then);
    return () => this.waiting.delete(ms);
  }
}

async function refusal(work: Promise<unknown>): Promise<InfinitreeError> {
  const outcome: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof InfinitreeError) return outcome;
  throw new Error('this was to be refused');
}

test('gives the answer, and leaves neither a timer nor a listener', async () => {
  const timer = new Moments();
  const controller = new AbortController();
  const bytes = Uint8Array.of(1, 2);
  let listeners = 0;
  const { signal } = controller;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  Object.assign(signal, {
    addEventListener(...args: Parameters<typeof add>) {
      listeners += 1;
      add(...args);
    },
    removeEventListener(...args: Parameters<typeof remove>) {
      listeners -= 1;
      remove(...args);
    },
  });
  expect(await ask(asked, { signal, timer }, () => Promise.resolve(bytes))).toBe(bytes);
  expect([listeners, timer.waiting.size]).toEqual([0, 0]);
});

test('waits no longer than the limit, says so to whoever is asked, and zeroes what comes later', async () => {
  const timer = new Moments();
  const late = Uint8Array.of(1, 2);
  const told: AbortSignal[] = [];
  let answer = (): void => undefined;
  const asking = ask(asked, { timer }, (signal) => {
    told.push(signal);
    return new Promise((resolve) => {
      answer = () => resolve(late);
    });
  });
  await Promise.resolve();
  expect(told[0]?.aborted).toBe(false);
  timer.waiting.get(500)?.();
  const error = await refusal(asking);
  expect(error).toMatchObject({ code: 'INFINITREE_BACKEND', retryable: true });
  expect(error.message).toContain('somebody within 500 ms');
  expect(told[0]?.aborted).toBe(true);
  answer();
  await new Promise((resolve) => setImmediate(resolve));
  expect(late).toEqual(new Uint8Array(2));
});

test('ends with the signal of the caller, before and while it waits', async () => {
  const timer = new Moments();
  const controller = new AbortController();
  const told: AbortSignal[] = [];
  const asking = ask(asked, { timer, signal: controller.signal }, (signal) => {
    told.push(signal);
    return never();
  });
  await Promise.resolve();
  const reason = new Error('changed my mind');
  controller.abort(reason);
  expect(await refusal(asking)).toMatchObject({ code: 'INFINITREE_ABORTED', cause: reason });
  expect(told[0]?.aborted).toBe(true);
  expect(timer.waiting.size).toBe(0);
  let calls = 0;
  const again = ask(asked, { signal: controller.signal }, () => {
    calls += 1;
    return never();
  });
  expect(await refusal(again)).toMatchObject({ code: 'INFINITREE_ABORTED', cause: reason });
  expect(calls).toBe(0);
});

test('makes of any error one of ours, with the cause and nothing of its text', async () => {
  for (const cause of [new Error('hunter2'), 'hunter2', undefined, new DOMException('hunter2', 'AbortError')]) {
    const fail = () => {
      throw cause as Error;
    };
    for (const call of [fail, () => Promise.resolve().then(fail)]) {
      const failed = await refusal(ask(asked, {}, call));
      expect(failed).toMatchObject({ code: 'INFINITREE_BACKEND', cause, retryable: false, denied: false });
      expect(failed.message).not.toContain('hunter2');
    }
  }
});

test('passes on what tells more, and nothing that would speak for the tree', async () => {
  for (const code of ['WRONG_KEY', 'UNSUPPORTED', 'INVALID_ARGUMENT', 'BACKEND'] as const) {
    const error = new InfinitreeError(code, 'said by the service', { denied: true });
    expect(await refusal(ask(asked, {}, () => Promise.reject(error)))).toBe(error);
  }
  for (const code of ['NOT_FOUND', 'EXISTS', 'CORRUPT', 'CLOSED', 'ABORTED'] as const) {
    const error = new InfinitreeError(code, 'said by the service');
    const passed = await refusal(ask(asked, {}, () => Promise.reject(error)));
    expect(passed).toMatchObject({ code: 'INFINITREE_BACKEND', cause: error });
  }
});

test('a limit is a positive number that timers can count', () => {
  expect(timeoutOf(undefined)).toBe(DEFAULT_TIMEOUT_MS);
  expect([timeoutOf(0.5), timeoutOf(2 ** 31 - 1)]).toEqual([0.5, 2 ** 31 - 1]);
  for (const wrong of [0, -1, Number.NaN, 2 ** 31, Infinity, '5', null]) {
    expect(() => timeoutOf(wrong as number)).toThrow(
      expect.objectContaining({ code: 'INFINITREE_INVALID_ARGUMENT' }) as Error,
    );
  }
});
