/**
 * Reads fixed layouts, big-endian. Callers check the length of the whole beforehand, so running over the end is a
 * mistake of theirs and throws a RangeError.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    const value = this.#view.getUint8(this.#at);
    this.#at += 1;
    return value;
  }

  u16(): number {
    const value = this.#view.getUint16(this.#at);
    this.#at += 2;
    return value;
  }

  u32(): number {
    const value = this.#view.getUint32(this.#at);
    this.#at += 4;
    return value;
  }

  /** An unsigned 64-bit integer; `undefined` where it is beyond 2^53 - 1 and would not be exact. */
  u64(): number | undefined {
    const value = this.#view.getBigUint64(this.#at);
    this.#at += 8;
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
  }

  /** The next `length` bytes, as a copy. */
  raw(length: number): Uint8Array {
    if (length > this.remaining) throw new RangeError(`${length} bytes asked for, ${this.remaining} left`);
    const bytes = this.#bytes.slice(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }
}
