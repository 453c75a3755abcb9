import type { ChunkPointer } from '../../format/chunk-pointer.js';

/** A blob that was stored: frozen plain data, to be kept in a field. */
export interface BlobRef {
  /** Bytes of the blob. */
  readonly size: number;
  /** Bytes in every chunk but the last. */
  readonly chunkSize: number;
  readonly chunks: readonly ChunkPointer[];
}
