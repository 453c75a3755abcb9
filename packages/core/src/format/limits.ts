/** The version of everything written. An older or newer store is refused by this number until 1.0. */
export const FORMAT_VERSION = 1;

/** Objects are 2^16 to 2^22 bytes, all of one size within a tree. */
export const OBJECT_SIZE_LOG2_MIN = 16;
export const OBJECT_SIZE_LOG2_MAX = 22;
export const OBJECT_SIZE_LOG2_DEFAULT = 22;

/** What a journal is written in: frames are padded to a multiple of it, a mark has one of its own. */
export const PAGE_SIZE = 4096;

/** Largest body of a frame, in bytes as stored. */
export const MAX_FRAME_BODY = 262_144;
/** Largest amount of packed field data that one commit carries inside its frame instead of in objects. */
export const MAX_INLINE = 65_536;
/** Largest content of an extent before packing: 1 GiB. */
export const MAX_EXTENT_PLAIN = 1_073_741_824;
/** Largest CBOR payload of a checkpoint or frame before packing. */
export const MAX_PAYLOAD_PLAIN = 67_108_864;
/** Aimed-at size of a block of entries before packing. */
export const BLOCK_TARGET = 131_072;
/** Most entries in a block. */
export const BLOCK_MAX_ENTRIES = 8192;
/** Aimed-at most blocks of a run: behind them begins a further one, with the next key. */
export const RUN_TARGET_BLOCKS = 262_144;
/** Aimed-at largest index of a run before packing, in bytes, which blocks of long keys come to first. */
export const RUN_TARGET_SIZE = 33_554_432;
/** Aimed-at size of a chunk of sparse values before packing: what is read to get one of them. */
export const SPARSE_CHUNK_TARGET = 65_536;
/** Longest commit message, in bytes of UTF-8. */
export const MAX_MESSAGE = 16_384;
/** Largest custom data of a commit, encoded. */
export const MAX_COMMIT_DATA = 65_536;
/** Longest label of a key or dropbox, in bytes of UTF-8. */
export const MAX_LABEL = 256;
/** Most chains of batches that one dropbox may have begun. */
export const MAX_CHAINS = 1024;
/** Most commits in one frame or head. */
export const MAX_GROUP = 256;

/** The size of objects as a power of two, `undefined` where `size` is none of those allowed. */
export function objectSizeLog2(size: number): number | undefined {
  const log2 = Math.log2(size);
  return Number.isInteger(log2) && log2 >= OBJECT_SIZE_LOG2_MIN && log2 <= OBJECT_SIZE_LOG2_MAX ? log2 : undefined;
}

/** `length` rounded up to whole pages. */
export function toPages(length: number): number {
  return Math.ceil(length / PAGE_SIZE) * PAGE_SIZE;
}
