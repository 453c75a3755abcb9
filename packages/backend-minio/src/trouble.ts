import { BrokenAnswer, InfinitreeError, isInfinitreeError } from '@infinitree/core';
import type { Exchange } from './transport.js';

/** What is wrong with credentials, by names that come with a status of 400. */
const DENIALS = new Set(['ExpiredToken', 'TokenRefreshRequired', 'InvalidToken']);

/** What the client rejected with, and the status of the answer, which it does not tell. */
export class Rejection extends Error {
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly attempts: number;

  constructor(error: unknown, { status }: Exchange, attempts: number) {
    super(error instanceof Error ? error.message : String(error), { cause: error });
    this.name = 'Rejection';
    this.status = status;
    this.attempts = attempts;
    const code = (error as { code?: unknown } | null | undefined)?.code;
    this.code = typeof code === 'string' ? code : undefined;
  }

  /** Whether the store says that it has no such object, and not that it has no such bucket. Answers to HEAD have no body. */
  get isAbsent(): boolean {
    return this.status === 404 && ['NoSuchKey', 'NotFound'].includes(this.code ?? '');
  }

  get isDenied(): boolean {
    return this.status === 401 || this.status === 403 || (this.status === 400 && DENIALS.has(this.code ?? ''));
  }

  /** Whether the same request may succeed later. 409: another one about the same key is under way. */
  get passes(): boolean {
    if (this.status === undefined || this.status < 400) return this.code !== 'ENOTFOUND';
    return [408, 409, 425, 429, 499, 500, 502, 503, 504, 520].includes(this.status);
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  NoSuchBucket: 'There is no such bucket: create it, or correct its name or that of the server.',
  InvalidAccessKeyId: 'The server does not know these credentials: check the access key, and that they belong to it.',
  SignatureDoesNotMatch: 'The secret key is wrong, or the region is another one.',
  ExpiredToken: 'The credentials have expired: renew them, then try again.',
  TokenRefreshRequired: 'The credentials have expired: renew them, then try again.',
  InvalidToken: 'The session token is not valid: renew the credentials, then try again.',
  InvalidTokenId: 'The session token is not valid, or has expired: renew the credentials, then try again.',
  RequestTimeTooSkewed: 'The clock of this machine is wrong: set it.',
  ENOTFOUND: 'There is no host of that name.',
  ECONNREFUSED: 'Nothing answers there: check host and port, and that the server is running.',
  EPROTO: 'The server does not speak TLS there: say `tls: false`, or `?tls=false` in a URL.',
};

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

/** What the client threw, as the error that the contract promises. */
export function asTrouble(what: string, where: string, error: unknown): InfinitreeError {
  if (isInfinitreeError(error)) return error;
  const rejection = error instanceof Rejection ? error : undefined;
  const isBroken = error instanceof BrokenAnswer;
  const said = [rejection?.status && `status ${rejection.status}`, rejection?.code].filter(Boolean);
  const why = said.join(', ') || (error instanceof Error ? error.message : 'an unexpected error');
  const parts = [`${what}: ${why} at ${where}.`];
  const remedy = REMEDIES[rejection?.code ?? ''];
  if (remedy !== undefined) parts.push(remedy);
  else if (rejection?.isDenied === true) {
    const permission = PERMISSIONS[what.replace(/^keyObjects\./, '')];
    parts.push(`The credentials do not allow that: they need ${permission ?? 'another permission'} here.`);
  }
  const cause = rejection?.cause ?? error;
  const [retryable, denied] = [isBroken || rejection?.passes === true, rejection?.isDenied === true];
  return new InfinitreeError('BACKEND', parts.join(' '), { cause, retryable, denied });
}
