/**
 * Where a chunk of data lies in a storage object, and the tag by which it is known. Frozen plain data: it can be stored
 * in a field. It is no capability: without the tree's keys it opens nothing.
 */
export interface ChunkPointer {
  /** Id of the storage object, 32 bytes. */
  readonly object: Uint8Array;
  readonly offset: number;
  /** Length in the object, in bytes; the tag does not stand there. */
  readonly size: number;
  readonly tag: Uint8Array;
  /** How the content was packed. */
  readonly codec: number;
  /** In split trees: what it takes besides a reader's key, 48 bytes. */
  readonly seal?: Uint8Array;
}
