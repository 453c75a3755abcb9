import type { FakeBucket, ListedPage, StoredObject } from './fake-bucket.js';
import type { S3Request } from './s3-request.js';

export interface S3Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Pages are no longer than that, whatever the client asks for. */
const MAX_KEYS = 1000;

export function errorAnswer(status: number, code: string, message = code): S3Answer {
  return xml(status, `<Error><Code>${code}</Code><Message>${message}</Message></Error>`);
}

export function emptyAnswer(status: number, headers: Readonly<Record<string, string>> = {}): S3Answer {
  return { status, headers, body: new Uint8Array(0) };
}

export function writeAnswer(written: StoredObject | 412 | 404): S3Answer {
  if (written === 412) return errorAnswer(412, 'PreconditionFailed');
  if (written === 404) return errorAnswer(404, 'NoSuchKey');
  return emptyAnswer(200, { etag: written.etag });
}

/** An object or the range of it that was asked for. */
export function objectAnswer(stored: StoredObject | undefined, range: string | undefined): S3Answer {
  if (stored === undefined) return errorAnswer(404, 'NoSuchKey');
  const { bytes, etag, modified } = stored;
  const headers = { etag, 'last-modified': modified.toUTCString(), 'content-type': 'application/octet-stream' };
  const match = /^bytes=(\d+)-(\d+)$/.exec(range ?? '');
  if (match === null) return { status: 200, headers, body: bytes };
  const [start = 0, last = 0] = match.slice(1).map(Number);
  if (start >= bytes.length) return errorAnswer(416, 'InvalidRange');
  const end = Math.min(last + 1, bytes.length);
  const contentRange = `bytes ${start}-${end - 1}/${bytes.length}`;
  return { status: 206, headers: { ...headers, 'content-range': contentRange }, body: bytes.subarray(start, end) };
}

export function listAnswer(bucket: FakeBucket, { query, bucket: name }: S3Request, pageSize: number): S3Answer {
  const asked = Number(query.get('max-keys') ?? MAX_KEYS);
  const most = Math.min(asked, pageSize, MAX_KEYS);
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const token = query.get('continuation-token');
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString();
  const page = bucket.list(prefix, delimiter, after, most);
  return xml(200, listing(bucket, page, name, prefix));
}

function listing(bucket: FakeBucket, { keys, commonPrefixes, next }: ListedPage, name: string, prefix: string): string {
  const contents = keys.map((key) => {
    const { bytes, etag, modified } = bucket.get(key) as StoredObject;
    const time = modified.toISOString();
    return `<Contents><Key>${text(key)}</Key><LastModified>${time}</LastModified><ETag>${text(etag)}</ETag><Size>${bytes.length}</Size></Contents>`;
  });
  const deeper = commonPrefixes.map((each) => `<CommonPrefixes><Prefix>${text(each)}</Prefix></CommonPrefixes>`);
  const token = next === undefined ? '' : Buffer.from(next).toString('base64url');
  return [
    `<ListBucketResult><Name>${text(name)}</Name><Prefix>${text(prefix)}</Prefix>`,
    `<KeyCount>${keys.length + deeper.length}</KeyCount><IsTruncated>${next !== undefined}</IsTruncated>`,
    ...(next === undefined ? [] : [`<NextContinuationToken>${token}</NextContinuationToken>`]),
    ...contents,
    ...deeper,
    '</ListBucketResult>',
  ].join('');
}

export function xml(status: number, content: string): S3Answer {
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${content}`);
  return { status, headers: { 'content-type': 'application/xml' }, body };
}

function text(raw: string): string {
  return raw.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
