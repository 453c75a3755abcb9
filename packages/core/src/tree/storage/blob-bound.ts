import { MAX_VALUE_ITEMS } from '../../codec/value-kind.js';
import { InfinitreeError } from '../../errors.js';

/** Bytes of a chunk, where an object has room for as many. */
const CHUNK_SIZE = 1024 * 1024;
/** Parts of a reference besides its chunks: itself, and its three properties. */
const REF_PARTS = 4;
/** Left for what an application keeps around a reference: names, times, other references. */
const PARTS_AROUND = 1024;
/** Parts of a pointer: itself, and its five properties; in split trees its seal besides. */
const POINTER_PARTS = 6;

/**
 * How a blob is cut, and how large it may be: its reference is one value, and a value may have no more than so many parts. It is better
 * said before everything is stored than when the reference is put into a field.
 */
export class BlobBound {
  readonly chunkSize: number;
  readonly maxChunks: number;

  /** `isSplit`: whether pointers bear a seal. */
  constructor(objectSize: number, isSplit: boolean) {
    this.chunkSize = Math.min(CHUNK_SIZE, objectSize);
    this.maxChunks = Math.floor((MAX_VALUE_ITEMS - REF_PARTS - PARTS_AROUND) / (POINTER_PARTS + (isSplit ? 1 : 0)));
  }

  get maxBytes(): number {
    return this.maxChunks * this.chunkSize;
  }

  /** Throws `INVALID_ARGUMENT` for a blob of more bytes, or of so many up to now. */
  check(bytes: number): void {
    const { chunkSize, maxBytes, maxChunks } = this;
    if (bytes <= maxBytes) return;
    const larger = chunkSize < CHUNK_SIZE ? `, or use a tree whose objects have ${CHUNK_SIZE} bytes or more` : '';
    throw new InfinitreeError(
      'INVALID_ARGUMENT',
      `Storing a blob: it has more than ${maxBytes} bytes, which are ${maxChunks} chunks of ${chunkSize}; the reference to ` +
        `more would be too large for a value. Cut it into several blobs, each with a reference of its own${larger}.`,
    );
  }
}
