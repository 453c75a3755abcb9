import type { PutObjectCommandInput, S3ClientConfig, StorageClass } from '@aws-sdk/client-s3';
import {
  type BucketObjectKind,
  bucketSettings,
  type CommonBucketOptions,
  type CommonBucketSettings,
  InfinitreeError,
  requireFlag,
} from '@infinitree/core';

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

export interface S3Options extends CommonBucketOptions {
  /** Default: that of the environment or profile; with an `endpoint`, `us-east-1`, which most other stores expect. */
  readonly region?: string | undefined;
  /** The store, where it is not AWS: `https://storage.example.org`. */
  readonly endpoint?: string | URL | undefined;
  /** `https://host/bucket/key` in place of `https://bucket.host/key`. Default: where there is an `endpoint`. */
  readonly pathStyle?: boolean | undefined;
  /** Default: the credential chain of the AWS SDK (environment, profile, web identity, container, instance). */
  readonly credentials?: S3ClientConfig['credentials'];
  /** Default: that of the bucket. What has to be thawed before it can be read is refused. */
  readonly storageClass?: Readonly<Partial<Record<BucketObjectKind, StorageClass>>> | undefined;
  readonly encryption?: S3Encryption | undefined;
  /** How the SDK waits between attempts. Default: its standard strategy. */
  readonly retryStrategy?: S3ClientConfig['retryStrategy'];
}

/** Options with everything in its place. */
export interface Settings
  extends CommonBucketSettings,
    Pick<S3Options, 'region' | 'credentials' | 'storageClass' | 'encryption' | 'retryStrategy'> {
  readonly endpoint: string | undefined;
  readonly pathStyle: boolean;
}

const FROZEN = ['GLACIER', 'DEEP_ARCHIVE'];

/** Refuses what plain JavaScript lets through, and fills in what was left out. */
export function settingsOf(options: S3Options): Settings {
  const common = bucketSettings(options);
  const { region, storageClass = {} } = options;
  if (region !== undefined && (typeof region !== 'string' || region === '')) throw invalid('`region` is a name.');
  const endpoint = endpointOf(options.endpoint);
  const pathStyle = options.pathStyle ?? endpoint !== undefined;
  requireFlag('pathStyle', pathStyle);
  for (const name of Object.values(storageClass)) {
    if (FROZEN.includes(name)) throw invalid(`Objects of storage class ${name} cannot be read when they are needed.`);
  }
  return { ...options, ...common, endpoint, pathStyle };
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

export function invalid(what: string): InfinitreeError {
  return new InfinitreeError('INVALID_ARGUMENT', what);
}
