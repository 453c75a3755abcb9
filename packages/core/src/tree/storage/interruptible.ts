import { throwIfAborted } from '../../errors.js';

/** What a Node stream has besides its iterator, which waits for the chunk under way when it is told to stop. */
export interface Destroyable {
  destroy?(): unknown;
}

/**
 * Goes through a source until its end, an error or an abort, whichever comes first. A source that gives nothing when the
 * signal is aborted is told to stop and not waited for, since it may never answer.
 */
export async function* interruptible<T>(
  source: AsyncIterator<T>,
  signal: AbortSignal | undefined,
  origin: Destroyable = {},
): AsyncGenerator<T, void, undefined> {
  for (;;) {
    const next = await nextOrAbort(source, signal);
    if (next?.done === true) return;
    let goesOn = false;
    try {
      throwIfAborted(signal, 'Storing a blob');
      if (next !== undefined) yield next.value;
      goesOn = true;
    } finally {
      if (!goesOn) await stop(source, signal, origin);
    }
  }
}

/** The next step; `undefined` where the signal is aborted before it is there. */
function nextOrAbort<T>(
  source: AsyncIterator<T>,
  signal: AbortSignal | undefined,
): Promise<IteratorResult<T> | undefined> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      resolve(undefined);
      return;
    }
    const abort = () => {
      resolve(undefined);
    };
    Promise.resolve(source.next())
      .finally(() => signal?.removeEventListener('abort', abort))
      .then(resolve, reject);
    signal?.addEventListener('abort', abort);
  });
}

async function stop(
  source: AsyncIterator<unknown>,
  signal: AbortSignal | undefined,
  origin: Destroyable,
): Promise<void> {
  const stopped = Promise.resolve(source.return?.());
  if (signal?.aborted !== true) {
    await stopped;
    return;
  }
  // It may never answer; and if it fails, the abort is what is reported.
  stopped.catch(() => undefined);
  origin.destroy?.();
}
