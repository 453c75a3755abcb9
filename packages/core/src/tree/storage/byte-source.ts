import { InfinitreeError } from '../../errors.js';
import { type Destroyable, interruptible } from './interruptible.js';

/** Where the bytes of a blob come from. Buffers and Node streams are among these. */
export type ByteSource = Uint8Array | ReadableStream<Uint8Array> | Blob | AsyncIterable<Uint8Array>;

/** How many bytes a source will give, where it knows. */
export function sizeOfSource(source: ByteSource): number | undefined {
  if (source instanceof Uint8Array) return source.length;
  return isBlob(source) ? source.size : undefined;
}

/**
 * The bytes of a source in pieces of exactly `size`, the last one shorter. At least one piece, if an empty one. Each
 * lies in the same memory and is to be used up before the next is asked for. An abort ends them at once, even while the
 * source gives nothing.
 */
export async function* pieces(
  source: ByteSource,
  size: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const piece = new Uint8Array(size);
  let filled = 0;
  let given = false;
  for await (const bytes of bytesOf(source, signal)) {
    if (!(bytes instanceof Uint8Array)) throw invalid('a blob is made of bytes, and the source gave something else');
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + size - filled);
      piece.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < size) continue;
      yield piece;
      given = true;
      filled = 0;
    }
  }
  if (filled > 0 || !given) yield piece.subarray(0, filled);
}

function bytesOf(source: ByteSource, signal: AbortSignal | undefined): AsyncIterable<unknown> | readonly Uint8Array[] {
  if (source instanceof Uint8Array) return [source];
  const stream: unknown = isBlob(source) ? source.stream() : source;
  // Before its iterator: that waits for the chunk under way when it is told to stop, and its reader does not.
  if (isReadable(stream)) return interruptible(readerSteps(stream.getReader()), signal);
  if (isAsyncIterable(stream)) return interruptible(stream[Symbol.asyncIterator](), signal, stream);
  throw invalid('a blob comes from a Uint8Array, a stream, a Blob or an async iterable');
}

function readerSteps(reader: ReadableStreamDefaultReader<unknown>): AsyncIterator<unknown> {
  return {
    next: () => reader.read() as Promise<IteratorResult<unknown>>,
    // Left before its end, the stream is told, so that it can let go of what it holds.
    async return() {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}

function isBlob(source: unknown): source is Blob {
  return typeof Blob !== 'undefined' && source instanceof Blob;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> & Destroyable {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function isReadable(value: unknown): value is ReadableStream {
  return typeof value === 'object' && value !== null && 'getReader' in value;
}

function invalid(what: string): InfinitreeError {
  return new InfinitreeError('INVALID_ARGUMENT', `Storing a blob: ${what}.`);
}
