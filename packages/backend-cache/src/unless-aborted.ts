import { InfinitreeError, throwIfAborted } from '@infinitree/core';

/** The outcome of work that goes on for others, unless this signal is aborted before. */
export async function unlessAborted<T>(what: string, work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  throwIfAborted(signal, what);
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () =>
      reject(new InfinitreeError('ABORTED', `${what} was aborted by its signal.`, { cause: signal.reason }));
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
