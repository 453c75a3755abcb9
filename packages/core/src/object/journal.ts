import { ByteWriter } from '../bytes/writer.js';
import { CODEC_STORED, pack, unpack } from '../codec/compression.js';
import { pad } from '../crypto/chunk.js';
import { derive } from '../crypto/derive.js';
import type { Draw } from '../crypto/entropy.js';
import { openSalted, sealSalted } from '../crypto/salted-box.js';
import type { TreeKeys } from '../crypto/tree-keys.js';
import {
  decodeFrameHeader,
  decodeMark,
  encodeFrameHeader,
  encodeMark,
  FRAME_HEADER_SIZE,
  type FrameHeader,
  MARK_SIZE,
  type Mark,
} from '../format/frame-layout.js';
import { SALTED_BOX_OVERHEAD } from '../format/header-layout.js';
import { idBytes } from '../format/id-bytes.js';
import type { ObjectId } from '../format/ids.js';
import { MAX_FRAME_BODY, MAX_PAYLOAD_PLAIN, PAGE_SIZE, toPages } from '../format/limits.js';
import type { ObjectContext } from './context.js';

/** A frame that is in a journal. */
export interface Frame {
  readonly offset: number;
  /** Where its boxes end and its padding begins. */
  readonly end: number;
  /** Where the frame's mark belongs. */
  readonly markOffset: number;
  readonly headSequence: number;
  readonly writeNonce: Uint8Array;
  readonly hash: Uint8Array;
  /** The payload: the commits of this frame. */
  readonly body: Uint8Array;
}

export interface FrameInput {
  readonly head: ObjectId;
  readonly offset: number;
  readonly epoch: number;
  readonly headSequence: number;
  readonly writeNonce: Uint8Array;
  readonly previousHash: Uint8Array;
  readonly body: Uint8Array;
}

const NO_AAD = new Uint8Array(0);
/** Tells the hash of a frame from that of a head. */
const CHAIN_FRAME = Uint8Array.of(2);
const HEADER_BOX = FRAME_HEADER_SIZE + SALTED_BOX_OVERHEAD;
export const MARK_BOX = MARK_SIZE + SALTED_BOX_OVERHEAD;
/** The longest body of a frame of one page. */
const ONE_PAGE = PAGE_SIZE - HEADER_BOX - SALTED_BOX_OVERHEAD;
const PART_HEADER = 1;
const PART_BODY = 2;

// Head, place and part: a box moved to another place, or into another head, does not open.
function place(head: Uint8Array, offset: number, part: number): Uint8Array {
  return new ByteWriter(head.length + 5).raw(head).u32(offset).u8(part).bytes;
}

/** Seals a frame, padded to whole pages; `undefined` where its body is too large for any frame. */
export function sealFrame(
  { keys }: ObjectContext,
  draw: Draw,
  input: FrameInput,
): { bytes: Uint8Array; frame: Frame } | undefined {
  // A frame has at least one page, so what fits into it gains nothing by being packed.
  const packed = input.body.length <= ONE_PAGE ? { codec: CODEC_STORED, bytes: input.body } : pack(input.body);
  if (packed.bytes.length > MAX_FRAME_BODY) return undefined;
  const parent = keys.subkey('frame');
  const plain = encodeFrameHeader({
    ...input,
    bodyCodec: packed.codec,
    bodyLength: packed.bytes.length + SALTED_BOX_OVERHEAD,
  });
  const head = idBytes(input.head);
  const salt = draw(plain, packed.bytes);
  const bodyPlace = place(head, input.offset, PART_BODY);
  // The header is additional data: a body of another frame that stood here once does not open behind it.
  const body = sealSalted(keys.suite, parent, 'frame', bodyPlace, plain, salt, packed.bytes);
  const headerSalt = draw(plain);
  const headerPlace = place(head, input.offset, PART_HEADER);
  const header = sealSalted(keys.suite, parent, 'frame', headerPlace, NO_AAD, headerSalt, plain);
  const length = header.length + body.length;
  const bytes = new Uint8Array(toPages(length));
  bytes.set(header);
  bytes.set(body, header.length);
  pad(keys, head, headerSalt, bytes.subarray(length));
  const frame = {
    offset: input.offset,
    end: input.offset + length,
    markOffset: input.offset + bytes.length,
    headSequence: input.headSequence,
    writeNonce: input.writeNonce,
    hash: frameHash(keys, bytes.subarray(0, length)),
    body: input.body,
  };
  return { bytes, frame };
}

/** Seals the mark of a frame. What its page holds behind it stays as it is: the padding of the head. */
export function sealMark({ keys }: ObjectContext, draw: Draw, head: ObjectId, epoch: number, frame: Frame): Uint8Array {
  const { offset, headSequence, hash } = frame;
  const plain = encodeMark({ frameOffset: offset, epoch, headSequence, frameHash: hash });
  const salt = draw(plain);
  const markPlace = place(idBytes(head), frame.markOffset, 0);
  return sealSalted(keys.suite, keys.subkey('mark'), 'mark', markPlace, NO_AAD, salt, plain);
}

/** The bytes of the frame's header at this place of a head, if an authentic one stands there. */
export function openFrameHeader(
  context: ObjectContext,
  head: ObjectId,
  bytes: Uint8Array,
  offset: number,
): Uint8Array | undefined {
  if (offset + HEADER_BOX > bytes.length) return undefined;
  const { keys } = context;
  const box = bytes.subarray(offset, offset + HEADER_BOX);
  const headerPlace = place(idBytes(head), offset, PART_HEADER);
  return openSalted(keys.suite, keys.subkey('frame'), 'frame', headerPlace, NO_AAD, box);
}

/** The whole frame at this place of a head, if an authentic one stands there. */
export function openFrame(
  context: ObjectContext,
  head: ObjectId,
  bytes: Uint8Array,
  offset: number,
): { header: FrameHeader; frame: Frame } | undefined {
  const plain = openFrameHeader(context, head, bytes, offset);
  const header = plain && decodeFrameHeader(plain);
  if (plain === undefined || header === undefined || header.bodyLength > MAX_FRAME_BODY + SALTED_BOX_OVERHEAD)
    return undefined;
  const end = offset + HEADER_BOX + header.bodyLength;
  if (end > bytes.length) return undefined;
  const { keys } = context;
  const box = bytes.subarray(offset + HEADER_BOX, end);
  const bodyPlace = place(idBytes(head), offset, PART_BODY);
  const packed = openSalted(keys.suite, keys.subkey('frame'), 'frame', bodyPlace, plain, box);
  if (packed === undefined) return undefined;
  const frame = {
    offset,
    end,
    markOffset: offset + toPages(end - offset),
    headSequence: header.headSequence,
    writeNonce: header.writeNonce,
    hash: frameHash(keys, bytes.subarray(offset, end)),
    body: unpack(header.bodyCodec, packed, MAX_PAYLOAD_PLAIN),
  };
  return { header, frame };
}

/** The mark at this place of a head, if an authentic one stands there. */
export function openMark(context: ObjectContext, head: ObjectId, bytes: Uint8Array, offset: number): Mark | undefined {
  if (offset + MARK_BOX > bytes.length) return undefined;
  const { keys } = context;
  const box = bytes.subarray(offset, offset + MARK_BOX);
  const plain = openSalted(keys.suite, keys.subkey('mark'), 'mark', place(idBytes(head), offset, 0), NO_AAD, box);
  return plain && decodeMark(plain);
}

function frameHash(keys: TreeKeys, sealed: Uint8Array): Uint8Array {
  return derive(keys.suite, keys.subkey('chain'), 'chain', CHAIN_FRAME, sealed);
}
