import { fromHex, toHex } from '../../bytes/hex.js';
import { ByteReader } from '../../bytes/reader.js';
import { ByteWriter } from '../../bytes/writer.js';
import type { ChunkPointer } from '../../format/chunk-pointer.js';
import { ID_SIZE } from '../../format/ids.js';
import { OBJECT_SEAL_SIZE } from '../../format/object-seal.js';
import { bytes, integer, list, malformed, text } from './shape.js';

const NO_SEAL = new Uint8Array(0);

/**
 * What stands in an index entry instead of a sparse value: the chunk, as text so that a block keeps it once for all its
 * entries, and the value's place in the list that the chunk holds.
 */
export interface SparsePointer {
  readonly chunk: string;
  readonly at: number;
  /**
   * In split trees, the objects that the value refers to, where there are any: who collects garbage need not be able to read
   * the value.
   */
  readonly objects?: readonly Uint8Array[];
}

/** object[32] ‖ offset u32 ‖ size u32 ‖ tag[16], for each piece; before them the codec, one byte. */
const PIECE = 56;
/** The same with a seal behind each piece, of which the highest bit of the codec tells. */
const SEALED_PIECE = PIECE + OBJECT_SEAL_SIZE;
const SEALED = 0x80;

export function writeChunk(pointers: readonly ChunkPointer[]): string {
  const { codec, seal: first } = pointers[0] as ChunkPointer;
  const piece = first === undefined ? PIECE : SEALED_PIECE;
  const writer = new ByteWriter(1 + piece * pointers.length).u8(first === undefined ? codec : codec | SEALED);
  for (const { object, offset, size, tag, seal = NO_SEAL } of pointers) {
    writer.raw(object).u32(offset).u32(size).raw(tag).raw(seal);
  }
  return toHex(writer.bytes);
}

/** Whether a text has the form that `writeChunk` gives. Almost all texts fail by their length. */
export function isChunkText(text: string): boolean {
  const size = text.length / 2 - 1;
  const piece = pieceOf(text);
  return size >= piece && size % piece === 0 && /^[0-9a-f]+$/.test(text);
}

export function readChunk(chunk: string): ChunkPointer[] {
  const encoded = fromHex(chunk);
  const piece = pieceOf(chunk);
  if (encoded === undefined || encoded.length < 1 + piece || (encoded.length - 1) % piece !== 0) {
    throw malformed('a sparse value has no pointer');
  }
  const reader = new ByteReader(encoded);
  const codec = reader.u8() & ~SEALED;
  const pointers: ChunkPointer[] = [];
  while (reader.remaining > 0) {
    const place = { object: reader.raw(32), offset: reader.u32(), size: reader.u32(), tag: reader.raw(16), codec };
    pointers.push(piece === PIECE ? place : { ...place, seal: reader.raw(OBJECT_SEAL_SIZE) });
  }
  return pointers;
}

/** How long the pieces of a chunk are, from its text; no number where that is none. */
export function chunkSize(chunk: string): number {
  const piece = pieceOf(chunk);
  let size = 0;
  for (let at = 2 * 37; at < chunk.length; at += 2 * piece) size += Number.parseInt(chunk.slice(at, at + 8), 16);
  return size;
}

/** Bytes that each piece of such a text takes. */
function pieceOf(chunk: string): number {
  return chunk >= '8' ? SEALED_PIECE : PIECE;
}

export function readPointer(value: unknown): SparsePointer {
  if (typeof value !== 'object' || value === null) throw malformed('a sparse value has no pointer');
  const { chunk, at, objects } = value as Partial<SparsePointer>;
  const place = { chunk: text(chunk), at: integer(at) };
  return objects === undefined ? place : { ...place, objects: list(objects).map((one) => bytes(one, ID_SIZE)) };
}
