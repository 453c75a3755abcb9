import type { PutObjectCommandInput, S3ClientConfig, StorageClass } from '@aws-sdk/client-s3';
import { InfinitreeError } from '@infinitree/core';

/** What is stored with every object: how the storage encrypts it once more, in the words of the SDK. */
export type S3Encryption = Pick<
  PutObjectCommandInput,
  | 'ServerSideEncryption'
  | 'SSEKMSKeyId'
  | 'SSEKMSEncryptionContext'
  | 'BucketKeyEnabled'
  | 'SSECustomerAlgorithm'
  | 'SSECustomerKey'
>;

/** The kinds of objects that a backend can tell apart. */
export type S3ObjectKind = 'objects' | 'keyObjects' | 'heads';

export interface S3Options {
  readonly bucket: string;
  /** What keys begin with, without a slash at its end. Any number of trees can share one. Default: none. */
  readonly prefix?: string | undefined;
  /** Default: that of the environment or profile; with an `endpoint`, `us-east-1`, which most other stores expect. */
  readonly region?: string | undefined;
  /** The store, where it is not AWS: `https://storage.example.org`. */
  readonly endpoint?: string | URL | undefined;
  /** `https://host/bucket/key` in place of `https://bucket.host/key`. Default: where there is an `endpoint`. */
  readonly pathStyle?: boolean | undefined;
  /** Default: the credential chain of the AWS SDK (environment, profile, web identity, container, instance). */
  readonly credentials?: S3ClientConfig['credentials'];
  /** Default: that of the bucket. What has to be thawed before it can be read is refused. */
  readonly storageClass?: Readonly<Partial<Record<S3ObjectKind, StorageClass>>> | undefined;
  readonly encryption?: S3Encryption | undefined;
  /** Moves only the part of an object that is asked for, which shows the storage which part that was. Default: false. */
  readonly rangeReads?: boolean | undefined;
  /** Requests under way at once, and connections that are kept. Default: 16. */
  readonly maxConcurrency?: number | undefined;
  /** How often the SDK sends a request, heads excepted, which are sent once. Default: 3. */
  readonly maxAttempts?: number | undefined;
  /** How long one attempt may take. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
  /** How the SDK waits between attempts. Default: its standard strategy. */
  readonly retryStrategy?: S3ClientConfig['retryStrategy'];
  /**
   * Takes a store that ignores conditions, on the word of the caller that there is never more than one writer: with two,
   * commits are lost without a word. Where the store enforces them, nothing changes.
   */
  readonly unsafeSingleWriter?: boolean | undefined;
}

/** Options with everything in its place. */
export interface Settings extends S3Options {
  /** Empty, or with a slash at its end. */
  readonly prefix: string;
  readonly endpoint: string | undefined;
  readonly pathStyle: boolean;
  readonly rangeReads: boolean;
  readonly maxConcurrency: number;
  readonly maxAttempts: number;
  readonly timeoutMs: number;
  readonly unsafeSingleWriter: boolean;
}

const FROZEN = ['GLACIER', 'DEEP_ARCHIVE'];
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$/;
/** Room for a slash and an id in the 1024 bytes that a key may have. */
const MAX_PREFIX_LENGTH = 900;

/** Refuses what plain JavaScript lets through, and fills in what was left out. */
export function settingsOf(options: S3Options): Settings {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null) throw invalid('Options are an object with at least a `bucket`.');
  const { bucket, region, unsafeSingleWriter = false, rangeReads = false, storageClass = {} } = options;
  if (typeof bucket !== 'string' || !BUCKET.test(bucket)) throw invalid('`bucket` is the name of a bucket.');
  if (region !== undefined && (typeof region !== 'string' || region === '')) throw invalid('`region` is a name.');
  const endpoint = endpointOf(options.endpoint);
  const pathStyle = options.pathStyle ?? endpoint !== undefined;
  for (const [name, value] of Object.entries({ pathStyle, rangeReads, unsafeSingleWriter })) {
    if (typeof value !== 'boolean') throw invalid(`\`${name}\` is true or false.`);
  }
  for (const name of Object.values(storageClass)) {
    if (FROZEN.includes(name)) throw invalid(`Objects of storage class ${name} cannot be read when they are needed.`);
  }
  return {
    ...options,
    prefix: prefixOf(options.prefix),
    endpoint,
    pathStyle,
    rangeReads,
    unsafeSingleWriter,
    maxConcurrency: countOf('maxConcurrency', options.maxConcurrency, 16),
    maxAttempts: countOf('maxAttempts', options.maxAttempts, 3),
    timeoutMs: countOf('timeoutMs', options.timeoutMs, 30_000),
  };
}

function prefixOf(prefix: string | undefined = ''): string {
  if (typeof prefix !== 'string') throw invalid('`prefix` is a text.');
  if (prefix === '') return '';
  const parts = prefix.replace(/\/$/, '').split('/');
  // Clients and proxies rewrite such paths, and then the signature is wrong.
  if (parts.some((part) => ['', '.', '..'].includes(part)) || prefix.length > MAX_PREFIX_LENGTH) {
    throw invalid('`prefix` is one or more names with slashes between them, such as "apps/plants".');
  }
  return `${parts.join('/')}/`;
}

function endpointOf(endpoint: string | URL | undefined): string | undefined {
  if (endpoint === undefined) return undefined;
  let url: URL;
  try {
    url = new URL(endpoint);
  } catch {
    // The text is not repeated, nor is the engine's error, which repeats it: it may hold a secret.
    throw invalid('`endpoint` is an absolute URL, such as "https://storage.example.org".');
  }
  const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!['http:', 'https:'].includes(url.protocol) || !plain) {
    throw invalid('`endpoint` is an http or https URL without user, password, query or fragment.');
  }
  return url.href;
}

function countOf(name: string, value: number | undefined, otherwise: number): number {
  const count = value ?? otherwise;
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw invalid(`\`${name}\` is a whole number from 1.`);
}

export function invalid(what: string): InfinitreeError {
  return new InfinitreeError('INVALID_ARGUMENT', what);
}
