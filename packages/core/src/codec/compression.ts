import { lz4For } from '../platform/lz4.js';
import { corrupt } from './corrupt.js';

/** A way to store bytes; its number stands beside every payload. */
export interface Codec {
  readonly id: number;
  /** The payload; `undefined` where it would not be smaller than the plain bytes. */
  encode(plain: Uint8Array): Uint8Array | undefined;
  /** The plain bytes, of which there may be at most `maxPlain`. Everything malformed is `CORRUPT`. */
  decode(payload: Uint8Array, maxPlain: number): Uint8Array;
}

/** Bytes as they are. */
export const CODEC_STORED = 0;

/** The length of the plain bytes, four bytes big-endian, and a raw LZ4 block. */
export const CODEC_LZ4 = 1;

/** Below this length nothing is compressed: there is little to gain and a length to pay. */
export const MIN_COMPRESSED = 64;

const PREFIX = 4;

/** One LZ4 byte stands for at most 255; the rest covers the literals at the end of a short block. */
const MAX_RATIO = 255;
const RATIO_SLACK = 64;

const stored: Codec = {
  id: CODEC_STORED,
  encode: (plain) => plain,
  decode(payload, maxPlain) {
    if (payload.length > maxPlain) throw corrupt('A stored payload is longer than it may be');
    return payload;
  },
};

const lz4: Codec = {
  id: CODEC_LZ4,
  encode(plain) {
    if (plain.length < MIN_COMPRESSED) return undefined;
    const payload = lz4For(plain.length).compress(plain);
    if (payload.length >= plain.length) return undefined;
    reversePrefix(payload);
    return payload;
  },
  decode(payload, maxPlain) {
    if (payload.length <= PREFIX) throw corrupt('A compressed payload is too short');
    const prefixed = new Uint8Array(payload);
    const length = new DataView(prefixed.buffer).getUint32(0);
    // The decompressor allocates what the prefix says before it looks at the block, so the prefix is bounded first.
    const most = Math.min(maxPlain, MAX_RATIO * (payload.length - PREFIX) + RATIO_SLACK);
    if (length > most) throw corrupt('A compressed payload declares more than it may hold');
    reversePrefix(prefixed);
    const plain = decompress(prefixed);
    if (plain.length !== length) throw corrupt('A compressed payload has not the length it declares');
    return plain;
  },
};

/** The codec with this number. Other numbers are `CORRUPT`: what a store needs is settled when its header is read. */
export function codecOf(id: number): Codec {
  if (id === CODEC_STORED) return stored;
  if (id === CODEC_LZ4) return lz4;
  throw corrupt('A payload has an unknown codec');
}

/** Compresses what gets smaller by it. Where it does not, `bytes` is `plain` itself, not a copy. */
export function pack(plain: Uint8Array): { codec: 0 | 1; bytes: Uint8Array } {
  const payload = lz4.encode(plain);
  return payload === undefined ? { codec: CODEC_STORED, bytes: plain } : { codec: CODEC_LZ4, bytes: payload };
}

/** What was packed, of at most `maxPlain` bytes; for stored bytes that is `bytes` itself. All failures are `CORRUPT`. */
export function unpack(codec: number, bytes: Uint8Array, maxPlain: number): Uint8Array {
  return codecOf(codec).decode(bytes, maxPlain);
}

function decompress(prefixed: Uint8Array): Uint8Array {
  try {
    return lz4For(prefixed.length).decompress(prefixed);
  } catch (cause) {
    throw corrupt('A compressed payload cannot be decompressed', undefined, cause);
  }
}

/** Little-endian to big-endian and back, in place, which saves a copy of the block. */
function reversePrefix(bytes: Uint8Array): void {
  bytes.subarray(0, PREFIX).reverse();
}
