import { InfinitreeError } from '@infinitree/core';

/** The parts of an SDK error that tell what happened. Asked for by name: classes differ between realms and versions. */
interface Answer {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** What says that this key, with this context, did not wrap what was given. */
const WRONG_KEY = new Set(['InvalidCiphertextException', 'IncorrectKeyException']);

const DENIED = new Set(['AccessDeniedException', 'AccessDenied', 'NotAuthorized']);

/** What is wrong with the credentials themselves, or who they are. */
const NO_CREDENTIALS = new Set([
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'IncompleteSignature',
  'MissingAuthenticationToken',
  'ExpiredToken',
  'ExpiredTokenException',
  'CredentialsProviderError',
]);

/** What may pass by itself. */
const PASSING = new Set([
  'DependencyTimeoutException',
  'KMSInternalException',
  'KeyUnavailableException',
  'ThrottlingException',
  'LimitExceededException',
  'ServiceUnavailableException',
  'InternalFailure',
]);

/** What the SDK says in a text alone. */
const NO_REGION = 'Region is missing';

const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['NotFoundException', 'There is no such key in this region and account: check keyId, region and endpoint.'],
  ['DisabledException', 'The key is disabled: enable it.'],
  ['KMSInvalidStateException', 'The key cannot be used: it is about to be deleted, or has no material yet.'],
  ['InvalidKeyUsageException', 'The key is not for encryption: take a symmetric one.'],
  [
    'CredentialsProviderError',
    'No credentials were found: set them in the environment, choose a profile, or give `credentials`.',
  ],
  ['ExpiredToken', 'The credentials have expired: renew them.'],
  ['ExpiredTokenException', 'The credentials have expired: renew them.'],
  ['ENOTFOUND', 'There is no host of that name: check region and endpoint.'],
  ['ECONNREFUSED', 'Nothing answers there: check the endpoint.'],
  [NO_REGION, 'No region was found: give `region`, or the ARN of the key.'],
]);

/** The system's codes, as the SDK puts them into a text where an error is of another realm. */
const SYSTEM_CODE = /\b(E[A-Z]{4,}|EAI_[A-Z]+)\b/;

/** What the SDK threw, as the error that a key's owner is to see. */
export function asTrouble(action: string, keyId: string, error: unknown): InfinitreeError {
  const name = nameOf(error);
  const status = (error as Answer | null | undefined)?.$metadata?.httpStatusCode;
  if (WRONG_KEY.has(name)) {
    const what = `The key ${keyId} of KMS, with this context, did not wrap what stands in the key object (${name}).`;
    return new InfinitreeError('WRONG_KEY', `${what} Check keyId, region and context.`, { cause: error });
  }
  const forbidden = DENIED.has(name) || (status === 403 && !NO_CREDENTIALS.has(name));
  const denied = forbidden || status === 401 || NO_CREDENTIALS.has(name);
  const said = [name === '' ? undefined : name, status === undefined ? undefined : `status ${status}`];
  const end = said.filter((part) => part !== undefined).join(', ') || 'an unexpected error';
  const what = [`${action} with the key ${keyId}: ${end}.`];
  const remedy = forbidden
    ? `The credentials lack the permission ${action} for this key, or a policy forbids it with this context.`
    : (REMEDIES.get(name) ?? (denied ? 'The credentials are not valid: check or renew them.' : undefined));
  if (remedy !== undefined) what.push(remedy);
  return new InfinitreeError('BACKEND', what.join(' '), { cause: error, denied, retryable: passes(name, status) });
}

function nameOf(error: unknown): string {
  const { code, name, message } = (error ?? {}) as Answer;
  if (typeof code === 'string') return code;
  if (typeof name === 'string' && name !== 'Error') return name;
  if (message === NO_REGION) return NO_REGION;
  return SYSTEM_CODE.exec(String(message))?.[1] ?? '';
}

function passes(name: string, status: number | undefined): boolean {
  if (PASSING.has(name)) return true;
  if (status !== undefined) return status >= 500 || status === 429;
  // A request without an answer may get one later, unless it was sent to nowhere.
  return /^(E[A-Z]+|EAI_[A-Z]+|TimeoutError)$/.test(name) && name !== 'ENOTFOUND';
}
