import type { KMSClientConfig } from '@aws-sdk/client-kms';
import { InfinitreeError } from '@infinitree/core';

const CONNECT_MS = 5000;
/** `arn:aws:kms:eu-central-1:111122223333:key/…`, or `…:alias/…`; other partitions have other second parts. */
const ARN = /^arn:[\w-]+:kms:([\w-]+):\d*:(?:key|alias)\/.+$/;

export interface AwsKmsOptions {
  /**
   * The key: its id, its ARN, `alias/name`, or the ARN of an alias. An alias that comes to stand for another key later opens
   * no tree that was given this one. The id of a multi-region key, `mrk-…`, is the same in each of its regions.
   */
  readonly keyId: string;
  /** Default: the one that the ARN of the key names, else that of the environment or profile. */
  readonly region?: string | undefined;
  /** Where the service is, if not where AWS has it, such as an endpoint of a VPC. */
  readonly endpoint?: string | URL | undefined;
  /** Default: the credential chain of the AWS SDK (environment, profile, web identity, container, instance). */
  readonly credentials?: KMSClientConfig['credentials'];
  /** How often a request is sent before it is given up. Default: 3. */
  readonly maxAttempts?: number | undefined;
}

export function keyIdOf(options: AwsKmsOptions): string {
  const keyId: unknown = (options as Partial<AwsKmsOptions> | undefined)?.keyId;
  if (typeof keyId === 'string' && keyId !== '') return keyId;
  throw invalid('`keyId` is the id, the ARN or the alias of a key of KMS.');
}

/** What the client is told. Refuses what plain JavaScript lets through. */
export function clientConfigOf({
  keyId,
  region,
  endpoint,
  credentials,
  maxAttempts = 3,
}: AwsKmsOptions): KMSClientConfig {
  if (region !== undefined && (typeof region !== 'string' || region === '')) throw invalid('`region` is a name.');
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1) throw invalid('`maxAttempts` is a natural number.');
  const where = region ?? ARN.exec(keyId)?.[1];
  return {
    ...(where === undefined ? {} : { region: where }),
    ...(endpoint === undefined ? {} : { endpoint: endpointOf(endpoint) }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts,
    // How long an answer is waited for is said by the key, which ends the request.
    requestHandler: { connectionTimeout: CONNECT_MS },
  };
}

function endpointOf(endpoint: string | URL): string {
  let url: URL;
  try {
    url = new URL(endpoint);
  } catch {
    // The text is not repeated, nor is the engine's error, which repeats it: it may hold a secret.
    throw invalid('`endpoint` is an absolute URL, such as "https://kms.example.org".');
  }
  const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!['http:', 'https:'].includes(url.protocol) || !plain) {
    throw invalid('`endpoint` is an http or https URL without user, password, query or fragment.');
  }
  return url.href;
}

function invalid(what: string): InfinitreeError {
  return new InfinitreeError('INVALID_ARGUMENT', what);
}
