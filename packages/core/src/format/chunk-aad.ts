import { ByteWriter } from '../bytes/writer.js';
import { idBytes } from './id-bytes.js';
import type { ObjectId } from './ids.js';

/** The number of the one cryptographic suite there is. */
export const SUITE = 1;

/** Numbers of the kinds of objects that hold chunks. */
export const CHUNK_KINDS = { index: 1, storage: 2 } as const;

export type ChunkKind = keyof typeof CHUNK_KINDS;

/** Offset and size in bytes of each part of a chunk's additional data. `docs/format/cryptography.md` has the same table. */
export const CHUNK_AAD = {
  suite: [0, 1],
  kind: [1, 1],
  codec: [2, 1],
  zero: [3, 1],
  treeId: [4, 16],
  objectId: [20, 32],
  chunkOffset: [52, 4],
  length: [56, 4],
} as const;

export const CHUNK_AAD_SIZE = 60;

/** Offset and size in bytes of each part of a chunk's nonce. */
export const CHUNK_NONCE = {
  chunkOffset: [0, 4],
  zero: [4, 8],
} as const;

export const CHUNK_NONCE_SIZE = 12;

/** Where a chunk is and how it is encoded: what its seal binds besides its bytes. */
export interface ChunkPlace {
  readonly kind: ChunkKind;
  /** Number of the compression, 0 to 255. */
  readonly codec: number;
  readonly objectId: ObjectId;
  /** Where the chunk's ciphertext begins in the object, in bytes. */
  readonly offset: number;
  /** What its pointer carries in a split tree: see `OBJECT_SEAL`. The object's key depends on it, so it is bound as well. */
  readonly seal?: Uint8Array | undefined;
}

/** The additional data of a chunk with `length` bytes of plain payload, the codec already applied. */
export function chunkAad(treeId: Uint8Array, place: ChunkPlace, length: number): Uint8Array {
  return new ByteWriter(CHUNK_AAD_SIZE)
    .u8(SUITE)
    .u8(CHUNK_KINDS[place.kind])
    .u8(place.codec)
    .u8(0)
    .raw(treeId)
    .raw(idBytes(place.objectId))
    .u32(place.offset)
    .u32(length).bytes;
}

/** The nonce of the chunk at `offset`: no two chunks of an object begin at one place. */
export function chunkNonce(offset: number): Uint8Array {
  return new ByteWriter(CHUNK_NONCE_SIZE).u32(offset).bytes;
}
