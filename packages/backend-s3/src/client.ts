import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { Settings } from './options.js';

const CONNECT_MS = 5000;

/** Two clients on one pool of connections: one that sends again what got no answer, and one that never does. */
export interface Clients {
  readonly patient: S3Client;
  /** For conditional writes of heads: a second sending would be answered as if somebody else had come first. */
  readonly once: S3Client;
}

export function clientsOf(settings: Settings): Clients {
  const { endpoint, region, credentials, timeoutMs, maxConcurrency, retryStrategy } = settings;
  const pool = { keepAlive: true, maxSockets: maxConcurrency };
  const base: S3ClientConfig = {
    ...(endpoint === undefined ? {} : { endpoint, region: 'us-east-1' }),
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials }),
    forcePathStyle: settings.pathStyle,
    // Other stores refuse the checksums that the SDK adds since 2025. Every byte is authenticated by the tree itself.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      httpAgent: pool,
      httpsAgent: pool,
      connectionTimeout: Math.min(CONNECT_MS, timeoutMs),
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      // For bodies that stop half-way.
      socketTimeout: timeoutMs,
    },
  };
  const patient = new S3Client({
    ...base,
    maxAttempts: settings.maxAttempts,
    ...(retryStrategy === undefined ? {} : { retryStrategy }),
  });
  const { requestHandler, credentials: found } = patient.config;
  const once = new S3Client({ ...base, requestHandler, credentials: found, maxAttempts: 1 });
  return { patient, once };
}
