import { sameBytes } from '../bytes/compare.js';
import { InfinitreeError, isInfinitreeError, throwIfAborted } from '../errors.js';
import type { ObjectId } from '../format/ids.js';
import { type Environment, systemEnvironment } from '../platform/environment.js';
import type { Backend } from './backend.js';
import type { BackendCall, Interception, Verb } from './calls.js';
import { InterceptedBackend } from './intercepted.js';

export interface RetryOptions {
  /** How often a call is made in all. Default: 5. */
  readonly attempts?: number;
  /** The longest wait before the second attempt; each further one waits up to twice as long. Default: 100 ms. */
  readonly firstDelayMs?: number;
  /** The longest wait of all. Default: 5,000 ms. */
  readonly maxDelayMs?: number;
  /** Randomness and timers. For tests. */
  readonly environment?: Pick<Environment, 'random' | 'timer'>;
}

/** Safe to make twice. Heads never: nobody may send one again who has not read what became of the first. Nor locks. */
const AGAIN: ReadonlySet<Verb> = new Set<Verb>([
  'put',
  'get',
  'delete',
  'ages',
  'sweep',
  'flush',
  'keyObjects.put',
  'keyObjects.get',
  'keyObjects.delete',
]);

/**
 * Makes calls again that failed with a `retryable` error, after a random wait that grows. For backends without
 * retries of their own: around one that has them, each multiplies the other.
 *
 * @example
 * const retrying = new RetryingBackend(backend, { attempts: 3 });
 */
export class RetryingBackend extends InterceptedBackend {
  constructor(inner: Backend, options: RetryOptions = {}) {
    super(inner, retries(inner, options));
  }
}

function retries(inner: Backend, options: RetryOptions): Interception {
  const waits = new Waits(options);
  return {
    async call(call, work) {
      if (!AGAIN.has(call.verb)) return work();
      for (let attempt = 1; ; attempt++) {
        try {
          return await work();
        } catch (error) {
          if (attempt > 1 && (await isOurOwn(inner, call, error))) return undefined as Awaited<ReturnType<typeof work>>;
          if (!waits.allows(attempt) || !isPassing(error)) throw error;
          await waits.wait(attempt, call);
        }
      }
    },
    walk: (call, list) => (call.verb === 'heads.list' ? list() : fromTheStart(call, list, waits)),
  };
}

/** Again from the start as long as nothing was handed out: of what comes later nobody knows where it broke off. */
async function* fromTheStart(
  call: BackendCall,
  list: () => AsyncIterable<ObjectId>,
  waits: Waits,
): AsyncIterable<ObjectId> {
  for (let attempt = 1; ; attempt++) {
    let begun = false;
    try {
      for await (const id of list()) {
        begun = true;
        yield id;
      }
      return;
    } catch (error) {
      if (begun || !waits.allows(attempt) || !isPassing(error)) throw error;
    }
    await waits.wait(attempt, call);
  }
}

/** The second sending may find the first, whose answer was lost; then it stands there byte for byte. */
async function isOurOwn(inner: Backend, { verb, ids, content, signal }: BackendCall, error: unknown): Promise<boolean> {
  const [id] = ids;
  if (!isInfinitreeError(error, 'EXISTS') || id === undefined || content === undefined) return false;
  const found =
    verb === 'put' ? await inner.get(id, { fresh: true, signal }) : await inner.keyObjects.get(id, { signal });
  return found !== undefined && sameBytes(found, content);
}

function isPassing(error: unknown): boolean {
  return isInfinitreeError(error) && error.retryable && error.code === 'INFINITREE_BACKEND';
}

/** How long to wait before which attempt, and whether there is to be one. */
class Waits {
  readonly #attempts: number;
  readonly #firstMs: number;
  readonly #mostMs: number;
  readonly #environment: NonNullable<RetryOptions['environment']>;

  constructor(options: RetryOptions) {
    const { attempts = 5, firstDelayMs = 100, maxDelayMs = 5000, environment = systemEnvironment } = options;
    const counts = Number.isSafeInteger(attempts) && attempts >= 1;
    if (!counts || ![firstDelayMs, maxDelayMs].every((delay) => Number.isFinite(delay) && delay >= 0)) {
      throw new InfinitreeError(
        'INVALID_ARGUMENT',
        'A RetryingBackend makes attempts, a whole number from 1 on, and waits for a number of milliseconds from 0 on.',
      );
    }
    this.#attempts = attempts;
    this.#firstMs = firstDelayMs;
    this.#mostMs = maxDelayMs;
    this.#environment = environment;
  }

  /** Whether there may be another attempt after so many. */
  allows(made: number): boolean {
    return made < this.#attempts;
  }

  /** Any time up to the longest: those who failed together must not all come back together. */
  async wait(made: number, { verb, signal }: BackendCall): Promise<void> {
    const longest = Math.min(this.#mostMs, this.#firstMs * 2 ** (made - 1));
    const draw = new Uint8Array(4);
    this.#environment.random.fill(draw);
    const ms = (longest * new DataView(draw.buffer).getUint32(0)) / 2 ** 32;
    throwIfAborted(signal, verb);
    await new Promise<void>((resolve) => {
      const stop = this.#environment.timer.after(ms, end);
      function end(): void {
        signal?.removeEventListener('abort', end);
        stop();
        resolve();
      }
      signal?.addEventListener('abort', end, { once: true });
    });
    throwIfAborted(signal, verb);
  }
}
