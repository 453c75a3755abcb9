import type { Cancel } from '../../backend/backend.js';
import { InfinitreeError, throwIfAborted } from '../../errors.js';
import type { ChunkPointer } from '../../format/chunk-pointer.js';
import type { Session } from '../session.js';
import type { BlobRef } from './blob-ref.js';
import { readPiece, requireReadable } from './storage-io.js';

/** The bytes of a blob: to be iterated, or turned into a web stream. */
export interface BlobReading extends AsyncIterable<Uint8Array> {
  toWeb(): ReadableStream<Uint8Array>;
}

/** Chunks fetched before they are asked for. */
const AHEAD = 2;

export function readBlob(
  session: Session,
  ref: BlobRef,
  options: Cancel & { readonly start?: number; readonly end?: number },
): BlobReading {
  const { start = 0, end = Number.MAX_SAFE_INTEGER, signal } = options;
  const isPlace = (place: number) => Number.isSafeInteger(place) && place >= 0;
  if (!isPlace(start) || !isPlace(end) || start > end) {
    throw new InfinitreeError('INVALID_ARGUMENT', 'start and end are non-negative integers, start not behind end.');
  }
  const to = Math.min(end, ref.size);
  if (start < to) {
    const { chunkSize, chunks } = ref;
    requireReadable(session, chunks.slice(Math.floor(start / chunkSize), Math.ceil(to / chunkSize)));
  }
  const iterate = () => walk(session, ref, start, to, signal);
  return {
    [Symbol.asyncIterator]: iterate,
    toWeb() {
      const bytes = iterate();
      return new ReadableStream<Uint8Array>({
        async pull(controller) {
          const { done, value } = await bytes.next();
          if (done === true) controller.close();
          else controller.enqueue(value);
        },
        async cancel() {
          await bytes.return();
        },
      });
    },
  };
}

async function* walk(
  session: Session,
  ref: BlobRef,
  start: number,
  end: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { chunkSize, chunks } = ref;
  const first = Math.floor(start / chunkSize);
  const last = Math.ceil(end / chunkSize);
  const fetched: Promise<Uint8Array>[] = [];
  session.pins += 1;
  try {
    for (let i = first; i < last && start < end; i++) {
      throwIfAborted(signal, 'Reading a blob');
      session.requireOpen();
      while (fetched.length <= AHEAD && i + fetched.length < last)
        fetched.push(fetch(session, chunks[i + fetched.length] as ChunkPointer));
      const bytes = await fetched.shift();
      const expected = Math.min(chunkSize, ref.size - i * chunkSize);
      if (bytes?.length !== expected) throw wrongLength(i, bytes?.length ?? 0, expected);
      yield bytes.subarray(Math.max(0, start - i * chunkSize), end - i * chunkSize);
    }
  } finally {
    session.pins -= 1;
  }
}

function fetch(session: Session, pointer: ChunkPointer): Promise<Uint8Array> {
  const bytes = readPiece(session, pointer);
  // Reported when it is its turn; who leaves before must not end the process.
  bytes.catch(() => undefined);
  return bytes;
}

function wrongLength(index: number, found: number, expected: number): InfinitreeError {
  return new InfinitreeError('CORRUPT', `Chunk ${index} of a blob has ${found} bytes instead of ${expected}.`);
}
