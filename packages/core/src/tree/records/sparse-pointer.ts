import { fromHex, toHex } from '../../bytes/hex.js';
import { ByteReader } from '../../bytes/reader.js';
import { ByteWriter } from '../../bytes/writer.js';
import type { ChunkPointer } from '../../format/chunk-pointer.js';
import { integer, malformed, text } from './shape.js';

/**
 * What stands in an index entry instead of a sparse value: the chunk, as text so that a block keeps it once for all its
 * entries, and the value's place in the list that the chunk holds.
 */
export interface SparsePointer {
  readonly chunk: string;
  readonly at: number;
}

/** object[32] ‖ offset u32 ‖ size u32 ‖ tag[16], for each piece; before them the codec, one byte. */
const PIECE = 56;

export function writeChunk(pointers: readonly ChunkPointer[]): string {
  const writer = new ByteWriter(1 + PIECE * pointers.length).u8((pointers[0] as ChunkPointer).codec);
  for (const { object, offset, size, tag } of pointers) writer.raw(object).u32(offset).u32(size).raw(tag);
  return toHex(writer.bytes);
}

/** Whether a text has the form that `writeChunk` gives. Almost all texts fail by their length. */
export function isChunkText(text: string): boolean {
  const size = text.length / 2 - 1;
  return size >= PIECE && size % PIECE === 0 && /^[0-9a-f]+$/.test(text);
}

export function readChunk(chunk: string): ChunkPointer[] {
  const bytes = fromHex(chunk);
  if (bytes === undefined || bytes.length < 1 + PIECE || (bytes.length - 1) % PIECE !== 0) {
    throw malformed('a sparse value has no pointer');
  }
  const reader = new ByteReader(bytes);
  const codec = reader.u8();
  const pointers: ChunkPointer[] = [];
  while (reader.remaining > 0) {
    pointers.push({ object: reader.raw(32), offset: reader.u32(), size: reader.u32(), tag: reader.raw(16), codec });
  }
  return pointers;
}

/** How long the pieces of a chunk are, from its text; no number where that is none. */
export function chunkSize(chunk: string): number {
  let size = 0;
  for (let at = 2 * 37; at < chunk.length; at += 2 * PIECE) size += Number.parseInt(chunk.slice(at, at + 8), 16);
  return size;
}

export function readPointer(value: unknown): SparsePointer {
  if (typeof value !== 'object' || value === null) throw malformed('a sparse value has no pointer');
  const { chunk, at } = value as Partial<SparsePointer>;
  return { chunk: text(chunk), at: integer(at) };
}
