import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { BrokenAnswer, MAX_ANSWER_BYTES, receivedRange, type StoredBytes } from '@infinitree/core';

/** Takes in the body of an answer, whose length is known before, and holds it against the headers. */
export async function receive(
  stream: Readable,
  headers: IncomingHttpHeaders,
  range: readonly [number, number] | undefined,
): Promise<StoredBytes> {
  const { etag, 'content-length': announced } = headers;
  const length = Number(announced);
  if (etag === undefined || announced === undefined || !(length <= MAX_ANSWER_BYTES)) {
    stream.destroy();
    // So is an error that comes with a status of success.
    throw new BrokenAnswer('the answer is not that of an object store');
  }
  const bytes = new Uint8Array(length);
  let received = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      // More than was announced does not come through HTTP.
      bytes.set(chunk, received);
      received += chunk.length;
    }
  } catch (cause) {
    throw new BrokenAnswer('the answer broke off', cause);
  }
  if (received !== length) throw new BrokenAnswer(`${received} bytes came in place of ${length}`);
  const version = etag.replace(/^"(.*)"$/, '$1');
  return { bytes: range === undefined ? bytes : receivedRange(bytes, headers['content-range'], range), version };
}
