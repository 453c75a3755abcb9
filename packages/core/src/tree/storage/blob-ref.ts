import { InfinitreeError } from '../../errors.js';
import type { ChunkPointer } from '../../format/chunk-pointer.js';

/** A blob that was stored: frozen plain data, to be kept in a field. */
export interface BlobRef {
  /** Bytes of the blob. */
  readonly size: number;
  /** Bytes in every chunk but the last. */
  readonly chunkSize: number;
  readonly chunks: readonly ChunkPointer[];
}

/** Refuses what cannot be a reference, which fields may hold as any other value. Its chunks are looked at when read. */
export function checkBlobRef(ref: BlobRef): void {
  const { size, chunkSize, chunks }: Partial<Record<keyof BlobRef, unknown>> = Object(ref) as object;
  const isLength = (length: unknown): length is number => Number.isSafeInteger(length) && (length as number) >= 0;
  if (isLength(size) && isLength(chunkSize) && chunkSize > 0 && Array.isArray(chunks)) return;
  throw new InfinitreeError('INVALID_ARGUMENT', 'That is no reference to a blob, such as blobs.put() gives.');
}
