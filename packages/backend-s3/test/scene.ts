import { isObjectId, type ObjectId } from '@infinitree/core';
import { FakeS3, type FakeS3Options } from '@infinitree/testing';
import { S3Backend, type S3Options } from '../src/index.js';

/** An id that begins with these digits. */
export function idOf(start: string): ObjectId {
  const id = start.padEnd(64, '0');
  if (!isObjectId(id)) throw new Error(`${id} is no id`);
  return id;
}

export const ID = idOf('ab01');
export const BYTES = Uint8Array.from({ length: 300 }, (_, at) => at);

/** Sends again at once: what is tested is that it does, not how long it waits. */
export const atOnce: NonNullable<S3Options['retryStrategy']> = {
  acquireInitialRetryToken: async () => token(0),
  async refreshRetryTokenForRetry(before, { errorType }) {
    const count = before.getRetryCount() + 1;
    if (count >= 3 || errorType === 'CLIENT_ERROR') throw new Error('no further attempt');
    return token(count);
  },
  recordSuccess: () => undefined,
};

function token(count: number) {
  return { getRetryCount: () => count, getRetryDelay: () => 0 };
}

/** A backend on the fake that waits neither between attempts nor long for an answer. */
export function backendOn(s3: FakeS3, options: Partial<S3Options> = {}): S3Backend {
  const { accessKeyId, secretAccessKey, endpoint } = s3;
  const credentials = { accessKeyId, secretAccessKey };
  return new S3Backend({ bucket: 'bucket', endpoint, credentials, retryStrategy: atOnce, timeoutMs: 5000, ...options });
}

/** Runs `body` with a fake and a backend on it. */
export async function withS3(
  body: (scene: {
    s3: FakeS3;
    backend: S3Backend;
    reopen: (options?: Partial<S3Options>) => S3Backend;
  }) => Promise<void>,
  options: Partial<S3Options> = {},
  fake: FakeS3Options = {},
): Promise<void> {
  const s3 = await FakeS3.start(fake);
  const opened: S3Backend[] = [];
  const reopen = (more: Partial<S3Options> = {}) => {
    const backend = backendOn(s3, { ...options, ...more });
    opened.push(backend);
    return backend;
  };
  try {
    await body({ s3, backend: reopen(), reopen });
  } finally {
    await Promise.all(opened.map((backend) => backend.close()));
    await s3.close();
  }
}

/** The error that a promise rejects with. */
export async function errorOf(
  work: Promise<unknown>,
): Promise<{ code?: string; message: string; retryable?: boolean; denied?: boolean; cause?: unknown }> {
  const outcome: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome === undefined) throw new Error('this was to reject');
  return outcome as { message: string };
}
