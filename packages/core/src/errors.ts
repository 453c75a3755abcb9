/** The short names of all error codes; each has its heading in `docs/guide/errors.md`. */
export const ERROR_CODES = [
  'EXISTS',
  'NOT_FOUND',
  'WRONG_KEY',
  'CORRUPT',
  'ROLLBACK',
  'LOCKED',
  'CONFLICT',
  'COMMIT_UNKNOWN',
  'NOT_LOADED',
  'SNAPSHOT_EXPIRED',
  'READONLY',
  'ABORTED',
  'CLOSED',
  'UNSUPPORTED',
  'SCHEMA',
  'INVALID_ARGUMENT',
  'BACKEND',
] as const;

export type ShortCode = (typeof ERROR_CODES)[number];
export type ErrorCode = `INFINITREE_${ShortCode}`;

export interface ErrorDetails {
  /** What made this happen: the error of the layer below, or the reason of an abort. */
  readonly cause?: unknown;
  /** Whether the same call may succeed later without anything else being changed. */
  readonly retryable?: boolean;
  /** Whether the storage, or a KMS, denied this for want of a permission or of valid credentials. */
  readonly denied?: boolean;
}

/**
 * The one error class of Infinitree. Tell errors apart by `code`, never by message or class identity.
 *
 * @example
 * try {
 *   await Infinitree.open(Measurements, { backend, key });
 * } catch (error) {
 *   if (isInfinitreeError(error, 'NOT_FOUND')) return createIt();
 *   throw error;
 * }
 */
export class InfinitreeError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly denied: boolean;

  constructor(code: ShortCode, message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.name = 'InfinitreeError';
    this.code = `INFINITREE_${code}`;
    this.retryable = details.retryable ?? false;
    this.denied = details.denied ?? false;
  }
}

/** Whether `error` is an {@link InfinitreeError}, of the given code if one is named. */
export function isInfinitreeError(error: unknown, code?: ShortCode): error is InfinitreeError {
  return error instanceof InfinitreeError && (code === undefined || error.code === `INFINITREE_${code}`);
}

/** Throws `INFINITREE_ABORTED` with the signal's reason as its cause, if the signal was aborted. */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted === true) {
    throw new InfinitreeError('ABORTED', `${what} was aborted by its signal.`, { cause: signal.reason });
  }
}
