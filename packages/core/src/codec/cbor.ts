import { addExtension, Encoder, Tag } from 'cbor-x';
import { toHex } from '../bytes/hex.js';
import { InfinitreeError } from '../errors.js';
import { corrupt } from './corrupt.js';
import { type CborLimits, prescan, type Scan } from './prescan.js';

/** cbor-x declares `Buffer`, which is `any` where Node's types are absent; this is what it does, in types we have. */
interface PlainCbor {
  encode(value: unknown, mode: number): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

/** A tagged value, as the encoder takes it and the decoder gives it for tags that it does not know. */
export interface Tagged {
  readonly value: unknown;
  readonly tag: number;
}

/**
 * Plain, self-contained CBOR. `useRecords: false` without `structures` writes no private tag and keeps no state from one
 * call to the next; bytes are copied out, or a small array would keep the whole input alive.
 */
const cbor = new Encoder({
  useRecords: false,
  variableMapSize: true,
  mapsAsObjects: true,
  tagUint8Array: false,
  copyBuffers: true,
}) as unknown as PlainCbor;

/** The decoder's own way puts a bigint together byte by byte, in time that grows with the square of its length. */
const MAGNITUDE = 2;
const NEGATIVE = 3;
for (const tag of [MAGNITUDE, NEGATIVE]) {
  const decode = (bytes: Uint8Array): bigint => {
    const magnitude = bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`);
    return tag === MAGNITUDE ? magnitude : -1n - magnitude;
  };
  // Without a class it only decodes, which the types do not know.
  addExtension({ tag, decode } as Parameters<typeof addExtension<bigint, Uint8Array>>[0]);
}

/** Lets the encoder begin the next call at the same place of its buffer; its result is copied at once. */
const RESET_BUFFER = 1024;

/**
 * CBOR of a value that CBOR can hold as it is; `toCborSafe` makes one of any other. The result is an array of its own: the
 * encoder gives a piece of a larger one.
 */
export function encodeCbor(value: unknown): Uint8Array {
  try {
    return new Uint8Array(cbor.encode(value, RESET_BUFFER));
  } catch (cause) {
    throw new InfinitreeError('INVALID_ARGUMENT', 'A value cannot be encoded as CBOR.', { cause });
  }
}

/** What an array of so many items begins with, fewer than 65,536: for those that are encoded one by one. */
export function arrayHead(count: number): Uint8Array {
  if (count < 24) return Uint8Array.of(0x80 | count);
  return count < 256 ? Uint8Array.of(0x98, count) : Uint8Array.of(0x99, count >>> 8, count);
}

/** The value that these bytes encode. Throws `CORRUPT` for whatever `encodeCbor` does not write. */
export function decodeCbor(bytes: Uint8Array, limits?: CborLimits): unknown {
  return decodeScanned(bytes, limits).value;
}

/** As {@link decodeCbor}, together with what the scan saw. */
export function decodeScanned(bytes: Uint8Array, limits?: CborLimits): { value: unknown; scan: Scan } {
  const scan = prescan(bytes, limits);
  try {
    // The decoder sets a property on what it reads from, so it is given a view of its own.
    return { value: cbor.decode(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)), scan };
  } catch (cause) {
    throw corrupt('The CBOR cannot be decoded', undefined, cause);
  }
}

export function tagged(value: unknown, tag: number): Tagged {
  return new Tag(value, tag);
}

export function isTagged(value: unknown): value is Tagged {
  return value instanceof Tag;
}
