import type { ServerResponse } from 'node:http';
import { errorAnswer, type S3Answer } from './s3-answer.js';
import type { S3FaultKind } from './s3-faults.js';
import type { S3Request } from './s3-request.js';

/** What is answered in place of doing what was asked. */
const REFUSALS: Partial<Readonly<Record<S3FaultKind, S3Answer>>> = {
  'bad-request': errorAnswer(400, 'InvalidRequest'),
  unauthorized: errorAnswer(401, 'Unauthorized'),
  denied: errorAnswer(403, 'AccessDenied'),
  expired: errorAnswer(403, 'ExpiredToken'),
  // So does Amazon say it.
  'token-expired': errorAnswer(400, 'ExpiredToken'),
  'not-found': errorAnswer(404, 'NoSuchKey'),
  conflict: errorAnswer(409, 'ConditionalRequestConflict'),
  'precondition-failed': errorAnswer(412, 'PreconditionFailed'),
  'too-many-requests': errorAnswer(429, 'TooManyRequests'),
  'internal-error': errorAnswer(500, 'InternalError'),
  // What stands in front of a store speaks no XML.
  'bad-gateway': { status: 502, headers: { 'content-type': 'text/html' }, body: Buffer.from('<h1>Bad Gateway</h1>') },
  'slow-down': errorAnswer(503, 'SlowDown'),
  'error-document': { ...errorAnswer(500, 'InternalError'), status: 200 },
};

/** Faults that end a request before anything is done. */
const NEVER_DONE: readonly (S3FaultKind | undefined)[] = ['silent-before', 'reset-before'];

/** The answer of a fault that keeps the request from being carried out; undefined where it is carried out. */
export function refusalBy(fault: S3FaultKind | undefined): S3Answer | undefined {
  if (fault === undefined) return undefined;
  // It is never sent: what matters is that nothing was done.
  return NEVER_DONE.includes(fault) ? errorAnswer(500, 'InternalError') : REFUSALS[fault];
}

/** Sends an answer, or what is left of it. */
export function deliver(
  { method }: S3Request,
  response: ServerResponse,
  { status, headers, body }: S3Answer,
  fault: S3FaultKind | undefined,
): void {
  switch (fault) {
    case 'silent-before':
    case 'silent-after':
      return;
    case 'reset-before':
    case 'reset-after':
      response.socket?.resetAndDestroy();
      return;
    default:
  }
  const content = method === 'HEAD' ? new Uint8Array(0) : body;
  // Raw, since no server would send what does not fit its own headers.
  const rest = { 'half-body': 0.5, 'short-length': 0.9, 'extra-bytes': 1 }[fault as string];
  if (rest === undefined || content.length === 0) {
    response.writeHead(status, { ...headers, 'content-length': body.length }).end(content);
    return;
  }
  const { socket } = response;
  const lines = Object.entries({ ...headers, 'content-length': body.length }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  socket?.write(`HTTP/1.1 ${status} -\r\n${lines.join('\r\n')}\r\n\r\n`);
  const extra = fault === 'extra-bytes' ? Buffer.from('and more than was announced') : Buffer.alloc(0);
  const sent = Buffer.concat([content.subarray(0, Math.floor(content.length * rest)), extra]);
  socket?.write(sent, () => (fault === 'half-body' ? socket.resetAndDestroy() : socket.end()));
}
