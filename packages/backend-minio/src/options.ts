import {
  bucketSettings,
  type CommonBucketOptions,
  type CommonBucketSettings,
  InfinitreeError,
  requireFlag,
} from '@infinitree/core';

export interface MinioCredentials {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly sessionToken?: string | undefined;
}

export interface MinioOptions extends CommonBucketOptions {
  /** The name or address of the server, without scheme and port. */
  readonly host: string;
  /** Default: 443, or 80 without TLS. */
  readonly port?: number | undefined;
  /** Default: true, but not for a server on this very machine (`localhost`, `127.0.0.1`, `[::1]`). */
  readonly tls?: boolean | undefined;
  /** Default: `us-east-1`. */
  readonly region?: string | undefined;
  /** Default: MINIO_ACCESS_KEY and MINIO_SECRET_KEY of the environment, or else those that AWS names there. */
  readonly credentials?: MinioCredentials | undefined;
  /** Sent with each object that is written: `x-amz-storage-class`, `x-amz-server-side-encryption` and the like. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How long to wait before the second attempt; each further one waits twice as long. Default: 100. */
  readonly retryDelayMs?: number | undefined;
}

/** Options with everything in its place. */
export interface Settings extends CommonBucketSettings {
  readonly host: string;
  readonly port: number | undefined;
  readonly tls: boolean;
  readonly region: string;
  readonly credentials: MinioCredentials;
  readonly headers: Readonly<Record<string, string>>;
  readonly retryDelayMs: number;
}

const HERE = ['localhost', '127.0.0.1', '[::1]', '::1'];

/** Refuses what plain JavaScript lets through, and fills in what was left out. */
export function settingsOf(options: MinioOptions): Settings {
  const common = bucketSettings(options);
  const { host, port, region = 'us-east-1', headers = {}, retryDelayMs = 100 } = options;
  if (typeof host !== 'string' || !/^[A-Za-z0-9.:[\]-]+$/.test(host)) throw invalid('`host` is a name or an address.');
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) throw invalid('`port` is a port.');
  if (typeof region !== 'string' || region === '') throw invalid('`region` is a name.');
  if (!(retryDelayMs >= 0)) throw invalid('`retryDelayMs` is a number of milliseconds.');
  const tls = options.tls ?? !HERE.includes(host);
  requireFlag('tls', tls);
  const credentials = options.credentials ?? credentialsOf(process.env);
  return { ...common, host, port, tls, region, headers, retryDelayMs, credentials };
}

/** The client has no chain of credentials: they come from the two names that servers and tools of MinIO know, or from AWS's. */
function credentialsOf(environment: NodeJS.ProcessEnv): MinioCredentials {
  const pairs = [
    ['MINIO_ACCESS_KEY', 'MINIO_SECRET_KEY', 'MINIO_SESSION_TOKEN'],
    ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'],
  ] as const;
  for (const [key, secret, token] of pairs) {
    const [accessKey, secretKey, sessionToken] = [environment[key], environment[secret], environment[token]];
    if (accessKey !== undefined && secretKey !== undefined) return { accessKey, secretKey, sessionToken };
  }
  throw invalid(
    'No credentials were found: set MINIO_ACCESS_KEY and MINIO_SECRET_KEY in the environment, or give `credentials`.',
  );
}

export function invalid(what: string): InfinitreeError {
  return new InfinitreeError('INVALID_ARGUMENT', what);
}
