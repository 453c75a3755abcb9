import { isObjectId, type ObjectId } from '@infinitree/core';
import { FakeS3, type FakeS3Options } from '@infinitree/testing';
import { MinioBackend, type MinioOptions } from '../src/index.js';

/** An id that begins with these digits. */
export function idOf(start: string): ObjectId {
  const id = start.padEnd(64, '0');
  if (!isObjectId(id)) throw new Error(`${id} is no id`);
  return id;
}

export const ID = idOf('ab01');
export const BYTES = Uint8Array.from({ length: 300 }, (_, at) => at);

/** A backend on the fake that waits neither between attempts nor long for an answer. */
export function backendOn(s3: FakeS3, options: Partial<MinioOptions> = {}): MinioBackend {
  const { hostname: host, port } = new URL(s3.endpoint);
  const credentials = { accessKey: s3.accessKeyId, secretKey: s3.secretAccessKey };
  return new MinioBackend({
    bucket: 'bucket',
    host,
    port: Number(port),
    credentials,
    retryDelayMs: 0,
    timeoutMs: 5000,
    ...options,
  });
}

/** Runs `body` with a fake and a backend on it. */
export async function withMinio(
  body: (scene: { s3: FakeS3; backend: MinioBackend; reopen: () => MinioBackend }) => Promise<void>,
  options: Partial<MinioOptions> = {},
  fake: FakeS3Options = {},
): Promise<void> {
  const s3 = await FakeS3.start(fake);
  const opened: MinioBackend[] = [];
  const reopen = () => {
    const backend = backendOn(s3, options);
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
): Promise<{ code?: string; message: string; retryable?: boolean; cause?: unknown }> {
  const outcome: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome === undefined) throw new Error('this was to reject');
  return outcome as { message: string };
}
