import { BrokenAnswer } from './bucket-port.js';

/** No object is larger than 4 MiB. What is far larger is somebody else's, and must not make this process hold it. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** The part that was asked for: a store may have sent all, and says by `Content-Range` what it sent. */
export function receivedRange(
  bytes: Uint8Array,
  contentRange: string | undefined,
  [start, end]: readonly [number, number],
): Uint8Array {
  if (contentRange === undefined) return bytes.slice(start, end);
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(contentRange);
  const [first, last, total] = (match ?? []).slice(1).map(Number);
  if (first !== start || last !== Math.min(end, total ?? 0) - 1 || bytes.length !== last - first + 1) {
    throw new BrokenAnswer('another range came than was asked for');
  }
  return bytes;
}
