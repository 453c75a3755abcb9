import { createHash, createHmac } from 'node:crypto';
import type { S3Answer } from './s3-answer.js';
import { errorAnswer } from './s3-answer.js';
import type { S3Request } from './s3-request.js';

export interface S3Account {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const SHAPE =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** What a server says to a request that is not signed as version 4 of the signatures asks for; undefined for one that is. */
export function refuseSignature(request: S3Request, account: S3Account): S3Answer | undefined {
  const { headers } = request;
  const match = SHAPE.exec(headers['authorization'] ?? '');
  if (match === null) return errorAnswer(403, 'AccessDenied', 'The request is not signed.');
  const [, keyId, day = '', region = '', signed = '', signature] = match;
  if (keyId !== account.accessKeyId) return errorAnswer(403, 'InvalidAccessKeyId', 'There is no such access key.');
  const time = headers['x-amz-date'] ?? '';
  const scope = `${day}/${region}/s3/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical(request, signed))].join('\n');
  const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${account.secretAccessKey}`);
  if (!signed.split(';').includes('host') || !time.startsWith(day) || hmac(key, toSign).toString('hex') !== signature) {
    return errorAnswer(403, 'SignatureDoesNotMatch', 'The signature is not that of this request.');
  }
  return refuseBody(request);
}

function refuseBody({ headers, body }: S3Request): S3Answer | undefined {
  const hash = headers['x-amz-content-sha256'] ?? '';
  if (hash.startsWith('STREAMING')) return errorAnswer(411, 'MissingContentLength', 'Bodies are sent as a whole.');
  if (hash === 'UNSIGNED-PAYLOAD' || hash === sha256(body)) return undefined;
  return errorAnswer(400, 'XAmzContentSHA256Mismatch', 'The body is not the one that was signed.');
}

function canonical({ method, path, query, headers }: S3Request, signed: string): string {
  const pairs = [...query].map(([name, value]) => `${encoded(name)}=${encoded(value)}`).sort();
  const lines = signed.split(';').map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`);
  const hash = headers['x-amz-content-sha256'] ?? '';
  return [method, path, pairs.join('&'), lines.join(''), signed, hash].join('\n');
}

/** As the signature has it: everything but letters, digits and `-_.~`. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
