import { BrokenAnswer, InfinitreeError, isInfinitreeError } from '@infinitree/core';

/** The parts of an SDK error that tell what happened. Asked for by name: classes differ between realms and versions. */
interface Answer {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
  readonly $retryable?: unknown;
}

/** Statuses that may pass by themselves. 409: another request about the same key is under way. */
const PASSING = new Set([408, 409, 425, 429, 500, 502, 503, 504]);
/** Names of errors by which no request came to be, and none will before something is changed. */
const FINAL = new Set(['CredentialsProviderError', 'ENOTFOUND']);
/** What is wrong with credentials, by names that come without a status, where no request came to be, or with that of 400. */
const DENIALS = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'TokenRefreshRequired',
  'InvalidToken',
  'CredentialsProviderError',
]);
/** The system's codes, as the SDK puts them into a text where an error is of another realm. */
const SYSTEM_CODE = /\b(E[A-Z]{4,}|EAI_[A-Z]+)\b/;

const REMEDIES: Readonly<Record<string, string>> = {
  NoSuchBucket: 'There is no such bucket: create it, or correct the name, the region or the endpoint.',
  InvalidAccessKeyId: 'The store does not know these credentials: check the access key, and that they belong to it.',
  SignatureDoesNotMatch: 'The secret key is wrong, or the endpoint or region is that of another store.',
  ExpiredToken: 'The credentials have expired: renew them, then try again.',
  ExpiredTokenException: 'The credentials have expired: renew them, then try again.',
  TokenRefreshRequired: 'The credentials have expired: renew them, then try again.',
  InvalidToken: 'The session token is not valid: renew the credentials, then try again.',
  // MinIO's word for both.
  InvalidTokenId: 'The session token is not valid, or has expired: renew the credentials, then try again.',
  CredentialsProviderError:
    'No credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, choose a profile by AWS_PROFILE, or give `credentials`.',
  AuthorizationHeaderMalformed: 'The bucket is in another region: give its `region`.',
  PermanentRedirect: 'The bucket is in another region or at another endpoint: give its `region` or `endpoint`.',
  RequestTimeTooSkewed: 'The clock of this machine is wrong: set it.',
  KeyTooLongError: 'The prefix is too long.',
  NotImplemented: 'The store does not know this kind of request.',
  ENOTFOUND: 'There is no host of that name: correct the endpoint or the region.',
  ECONNREFUSED: 'Nothing answers there: check the endpoint, and that the store is running.',
};

/** The permission that each verb asks for. */
const PERMISSIONS: Readonly<Record<string, string>> = {
  put: 's3:PutObject',
  get: 's3:GetObject (and s3:ListBucket, without which an absent object is answered like a forbidden one)',
  delete: 's3:DeleteObject',
  list: 's3:ListBucket',
  ages: 's3:GetObject',
  'heads.cas': 's3:PutObject and s3:GetObject',
  'heads.read': 's3:GetObject (and s3:ListBucket, without which an absent object is answered like a forbidden one)',
  'heads.remove': 's3:DeleteObject',
};

export function statusOf(error: unknown): number | undefined {
  return (error as Answer | null | undefined)?.$metadata?.httpStatusCode;
}

/** How often a request was sent before it ended like this. */
export function attemptsOf(error: unknown): number {
  return (error as Answer | null | undefined)?.$metadata?.attempts ?? 1;
}

export function nameOf(error: unknown): string | undefined {
  const { code, name, message } = (error ?? {}) as Answer;
  if (typeof code === 'string') return code;
  if (typeof name === 'string' && name !== 'Error') return name;
  return SYSTEM_CODE.exec(String(message))?.[1];
}

/**
 * Whether the store says that it has no such object. Said by name, since a status of 404 also comes from a missing bucket
 * and from whatever stands in front of a store. Only answers to HEAD, which have no body, call it `NotFound`.
 */
export function isAbsent(error: unknown): boolean {
  return statusOf(error) === 404 && ['NoSuchKey', 'NotFound'].includes(nameOf(error) ?? '');
}

export function isDenied(error: unknown): boolean {
  const status = statusOf(error) ?? 400;
  return status === 401 || status === 403 || (status === 400 && DENIALS.has(nameOf(error) ?? ''));
}

/** Whether a request has been answered, if by an error: 409 and 500 are how some stores tell whoever loses a race. */
export function isAnswer(error: unknown): boolean {
  const status = statusOf(error) ?? 0;
  return status === 409 || status >= 500;
}

/** What the SDK threw, as the error that the contract promises. Errors that are ours already pass unchanged. */
export function asTrouble(what: string, where: string, error: unknown): InfinitreeError {
  if (isInfinitreeError(error)) return error;
  if (error instanceof BrokenAnswer) {
    return new InfinitreeError('BACKEND', `${what}: ${error.message}, at ${where}.`, { cause: error, retryable: true });
  }
  const [status, name] = [statusOf(error), nameOf(error)];
  const said = [status === undefined ? undefined : `status ${status}`, name].filter((part) => part !== undefined);
  const parts = [`${what}: ${said.join(', ') || 'an unexpected error'} at ${where}.`];
  const remedy = remedyFor(what, error, name);
  if (remedy !== undefined) parts.push(remedy);
  const details = { cause: error, retryable: passes(error), denied: isDenied(error) };
  return new InfinitreeError('BACKEND', parts.join(' '), details);
}

function remedyFor(what: string, error: unknown, name: string | undefined): string | undefined {
  if (name !== undefined && Object.hasOwn(REMEDIES, name)) return REMEDIES[name];
  if (!isDenied(error)) return undefined;
  const verb = what.replace(/^keyObjects\./, '');
  const permission = PERMISSIONS[verb];
  return permission === undefined
    ? 'The credentials do not allow that.'
    : `The credentials do not allow that: they need ${permission} here. If they are temporary, they may have expired.`;
}

function passes(error: unknown): boolean {
  const status = statusOf(error);
  if (status !== undefined) return PASSING.has(status);
  // A request without an answer. What never was one is a mistake, and stays one.
  const sent = (error as Answer | null | undefined)?.$metadata !== undefined;
  return sent && !FINAL.has(nameOf(error) ?? '');
}
