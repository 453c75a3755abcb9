import { ByteReader } from '../bytes/reader.js';
import { ByteWriter } from '../bytes/writer.js';

/** What a journal's sealed boxes hold. */
export const JOURNAL_FRAME = 1;
export const JOURNAL_MARK = 2;

/** Where each field of a frame's header stands, before sealing. */
export const FRAME_HEADER = {
  kind: [0, 1],
  bodyCodec: [1, 1],
  zero: [2, 2],
  bodyLength: [4, 4],
  epoch: [8, 8],
  headSequence: [16, 8],
  writeNonce: [24, 16],
  previousHash: [40, 32],
  zeroTail: [72, 24],
} as const;
export const FRAME_HEADER_SIZE = 96;

/** Where each field of a mark stands, before sealing. */
export const MARK = {
  kind: [0, 1],
  zero: [1, 3],
  frameOffset: [4, 4],
  epoch: [8, 8],
  headSequence: [16, 8],
  frameHash: [24, 32],
  zeroTail: [56, 8],
} as const;
export const MARK_SIZE = 64;

export interface FrameHeader {
  readonly bodyCodec: number;
  /** Length of the sealed body behind the header. */
  readonly bodyLength: number;
  readonly epoch: number;
  readonly headSequence: number;
  readonly writeNonce: Uint8Array;
  /** Hash of the frame before, or of the head. */
  readonly previousHash: Uint8Array;
}

export interface Mark {
  readonly frameOffset: number;
  readonly epoch: number;
  readonly headSequence: number;
  readonly frameHash: Uint8Array;
}

export function encodeFrameHeader(header: FrameHeader): Uint8Array {
  const writer = new ByteWriter(FRAME_HEADER_SIZE);
  writer.u8(JOURNAL_FRAME).u8(header.bodyCodec).u16(0).u32(header.bodyLength);
  writer.u64(header.epoch).u64(header.headSequence);
  return writer.raw(header.writeNonce).raw(header.previousHash).bytes;
}

export function decodeFrameHeader(plain: Uint8Array): FrameHeader | undefined {
  const reader = new ByteReader(plain);
  if (reader.u8() !== JOURNAL_FRAME) return undefined;
  const bodyCodec = reader.u8();
  reader.u16();
  const bodyLength = reader.u32();
  const epoch = reader.u64();
  const headSequence = reader.u64();
  if (epoch === undefined || headSequence === undefined) return undefined;
  return { bodyCodec, bodyLength, epoch, headSequence, writeNonce: reader.raw(16), previousHash: reader.raw(32) };
}

export function encodeMark(mark: Mark): Uint8Array {
  const writer = new ByteWriter(MARK_SIZE);
  writer.u8(JOURNAL_MARK).u8(0).u16(0).u32(mark.frameOffset).u64(mark.epoch).u64(mark.headSequence);
  return writer.raw(mark.frameHash).bytes;
}

export function decodeMark(plain: Uint8Array): Mark | undefined {
  const reader = new ByteReader(plain);
  if (reader.u8() !== JOURNAL_MARK) return undefined;
  reader.u8();
  reader.u16();
  const frameOffset = reader.u32();
  const epoch = reader.u64();
  const headSequence = reader.u64();
  if (epoch === undefined || headSequence === undefined) return undefined;
  return { frameOffset, epoch, headSequence, frameHash: reader.raw(32) };
}
