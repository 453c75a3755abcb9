import { InfinitreeError, isInfinitreeError, type ShortCode, throwIfAborted } from '../errors.js';
import { systemEnvironment, type Timer } from '../platform/environment.js';

/** How long is waited for an answer. */
export interface Asking {
  readonly signal?: AbortSignal | undefined;
  /** That of the system where it is left out. */
  readonly timer?: Timer | undefined;
}

/** As long is waited where nothing else is said: for a network that hesitates, and for a finger on its way to a button. */
export const DEFAULT_TIMEOUT_MS = 30_000;
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** What may be told by whoever is asked. Any other code says something about the tree, of which it knows nothing. */
const OWN_CODES: readonly ShortCode[] = ['WRONG_KEY', 'UNSUPPORTED', 'INVALID_ARGUMENT', 'BACKEND'];

/** Somebody outside of this process, by what messages call it. */
export interface Asked {
  readonly name: string;
  readonly timeoutMs: number;
}

/**
 * Asks code that is not ours for something, and waits no longer than the limit, whether it heeds its signal or not. Rejects
 * with `ABORTED`; with `BACKEND`, retryable, for want of an answer; with `BACKEND` for any error but those that tell more. An
 * answer that comes too late is zeroed.
 */
export async function ask(
  { name, timeoutMs }: Asked,
  { signal, timer = systemEnvironment.timer }: Asking,
  call: (signal: AbortSignal) => Promise<Uint8Array>,
): Promise<unknown> {
  throwIfAborted(signal, `Asking ${name}`);
  const controller = new AbortController();
  const answer = Promise.resolve().then<unknown>(() => call(controller.signal));
  let release = (): void => undefined;
  const end = new Promise<never>((_, reject) => {
    const giveUp = (error: InfinitreeError) => {
      controller.abort(error);
      answer.then(zero, () => undefined);
      reject(error);
    };
    const message = `There was no answer from ${name} within ${timeoutMs} ms. Call again, or give a longer timeoutMs.`;
    const cancel = timer.after(timeoutMs, () => giveUp(new InfinitreeError('BACKEND', message, { retryable: true })));
    const abort = () => {
      giveUp(new InfinitreeError('ABORTED', `Asking ${name} was aborted by its signal.`, { cause: signal?.reason }));
    };
    signal?.addEventListener('abort', abort, { once: true });
    release = () => {
      cancel();
      signal?.removeEventListener('abort', abort);
    };
  });
  try {
    return await Promise.race([answer, end]);
  } catch (error) {
    if (controller.signal.aborted || OWN_CODES.some((code) => isInfinitreeError(error, code))) throw error;
    throw new InfinitreeError('BACKEND', `Something went wrong with ${name}, which the cause tells.`, { cause: error });
  } finally {
    release();
  }
}

/** The limit of time that an option sets. Throws `INVALID_ARGUMENT` for what is none. */
export function timeoutOf(timeoutMs = DEFAULT_TIMEOUT_MS): number {
  const given: unknown = timeoutMs;
  if (typeof given === 'number' && given > 0 && given <= LONGEST_TIMEOUT_MS) return given;
  throw new InfinitreeError('INVALID_ARGUMENT', '`timeoutMs` is a number of milliseconds above 0 and below 2^31.');
}

function zero(answer: unknown): void {
  if (answer instanceof Uint8Array) answer.fill(0);
}
