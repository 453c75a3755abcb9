import type { IncomingMessage } from 'node:http';

/** The requests that the fake answers, by the names of the protocol. */
export type S3Operation =
  | 'GetObject'
  | 'HeadObject'
  | 'PutObject'
  | 'DeleteObject'
  | 'ListObjectsV2'
  | 'HeadBucket'
  | 'CreateBucket'
  | 'GetBucketLocation';

/** A request that came as a whole. */
export interface S3Request {
  /** Undefined where the fake knows none of that kind. */
  readonly operation: S3Operation | undefined;
  readonly method: string;
  /** As it was sent, still encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly bucket: string;
  readonly key: string;
  readonly body: Uint8Array;
}

/** Reads a request, of which bucket and key are in the path. Undefined where the client left before its end. */
export async function readRequest(message: IncomingMessage): Promise<S3Request | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of message) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  if (!message.complete) return undefined;
  const url = new URL(message.url ?? '/', 'http://localhost');
  const [path = '/'] = (message.url ?? '/').split('?');
  const [bucket = '', ...rest] = path.replace(/^\//, '').split('/').map(decodeURIComponent);
  const [method, key] = [message.method ?? '', rest.join('/')];
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  const operation = operationOf(method, key, url.searchParams);
  return { operation, method, path, query: url.searchParams, headers, bucket, key, body: Buffer.concat(chunks) };
}

function operationOf(method: string, key: string, query: URLSearchParams): S3Operation | undefined {
  if (key === '') {
    if (method === 'GET' && query.get('list-type') === '2') return 'ListObjectsV2';
    if (method === 'GET' && query.has('location')) return 'GetBucketLocation';
    if (method === 'HEAD') return 'HeadBucket';
    return method === 'PUT' ? 'CreateBucket' : undefined;
  }
  // Parts of an upload, copies, tags and the like: an answer that fits none of them would hide that they are missing.
  if (['uploads', 'uploadId', 'tagging', 'acl', 'versionId'].some((name) => query.has(name))) return undefined;
  const objects = { GET: 'GetObject', HEAD: 'HeadObject', PUT: 'PutObject', DELETE: 'DeleteObject' } as const;
  return Object.hasOwn(objects, method) ? objects[method as keyof typeof objects] : undefined;
}
