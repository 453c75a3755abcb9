import { GetObjectCommand, type GetObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import { BrokenAnswer, MAX_ANSWER_BYTES, receivedRange, type StoredBytes } from '@infinitree/core';
import { isAbsent, statusOf } from './trouble.js';

/** Reads an object, or the bytes `[start, end)` of it; undefined where the store says that there is none. */
export async function getObject(
  client: S3Client,
  named: GetObjectCommandInput,
  range: readonly [number, number] | undefined,
  options: { readonly abortSignal?: AbortSignal },
): Promise<StoredBytes | undefined> {
  const input = range === undefined ? named : { ...named, Range: `bytes=${range[0]}-${range[1] - 1}` };
  try {
    const answer = await client.send(new GetObjectCommand(input), options);
    const { ContentLength: length, ETag: version, Body: body } = answer;
    if (length === undefined || version === undefined || body === undefined) {
      // So does an error that comes with a status of success.
      throw new BrokenAnswer('the answer is not that of an object store');
    }
    if (length > MAX_ANSWER_BYTES) throw new Error(`there are ${length} bytes, which is no object of a tree`);
    const bytes = await body.transformToByteArray().catch((cause: unknown) => {
      throw new BrokenAnswer('the answer broke off', cause);
    });
    if (bytes.length !== length) throw new BrokenAnswer(`${bytes.length} bytes came in place of ${length}`);
    return { bytes: range === undefined ? bytes : receivedRange(bytes, answer.ContentRange, range), version };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    // It begins behind the end of what is there.
    if (range !== undefined && statusOf(error) === 416) return { bytes: new Uint8Array(0), version: '' };
    throw error;
  }
}
