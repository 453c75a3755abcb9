import { firstIndex } from '../../bytes/first-index.js';
import { ByteReader } from '../../bytes/reader.js';
import { ByteWriter } from '../../bytes/writer.js';
import { TAG_SIZE } from '../../crypto/primitives.js';
import type { ChunkPointer } from '../../format/chunk-pointer.js';
import { ID_SIZE, type ObjectId, toObjectId } from '../../format/ids.js';
import { OBJECT_SEAL_SIZE } from '../../format/object-seal.js';
import type { FieldIdentity } from './commit.js';
import { bytes, list, malformed } from './shape.js';

/**
 * The tree's own field of where the chunks of storage objects are that were sealed again. A key is the id that pointers name,
 * 32 bytes; a value is a list of three byte strings: the ids of the objects that chunks are in now, in a split tree their
 * seals, and a row for each chunk.
 */
export const MOVED_FIELD: FieldIdentity = { name: '\0moved', type: 'versioned-map', strategy: 'local' };

/** The row of a chunk, by the offset that pointers name; `docs/format/records.md` has the same table. */
export const MOVED_CHUNK = { from: [0, 4], place: [4, 4], offset: [8, 4], tag: [12, TAG_SIZE] } as const;
export const MOVED_CHUNK_SIZE = 12 + TAG_SIZE;

/** Where a chunk is now. Its length and codec are those that pointers name. */
export type NewPlace = Pick<ChunkPointer, 'object' | 'offset' | 'tag' | 'seal'>;

/** Where the chunks of objects are that were sealed again, by the ids that pointers name, and by their offsets there. */
export type Moves = ReadonlyMap<ObjectId, ReadonlyMap<number, NewPlace>>;

/** Where the chunks of one storage object are now, by the offsets that pointers name. */
export interface MovedObject {
  /** The objects that they are in. */
  readonly objects: readonly ObjectId[];
  /** `undefined` for what was not sealed again. */
  find(offset: number): NewPlace | undefined;
}

export function writeMovedObject(chunks: ReadonlyMap<number, NewPlace>): readonly [Uint8Array, Uint8Array, Uint8Array] {
  const places = new Map<ObjectId, { readonly at: number; readonly place: NewPlace }>();
  const rows = new ByteWriter(MOVED_CHUNK_SIZE * chunks.size);
  for (const [from, place] of [...chunks].sort(([a], [b]) => a - b)) {
    const id = toObjectId(place.object);
    const { at } = places.get(id) ?? { at: places.size };
    if (at === places.size) places.set(id, { at, place });
    rows.u32(from).u32(at).u32(place.offset).raw(place.tag);
  }
  const objects = new ByteWriter(ID_SIZE * places.size);
  const sealed = [...places.values()].filter(({ place }) => place.seal !== undefined);
  const seals = new ByteWriter(OBJECT_SEAL_SIZE * sealed.length);
  for (const { place } of places.values()) objects.raw(place.object);
  for (const { place } of sealed) seals.raw(place.seal as Uint8Array);
  return [objects.bytes, seals.bytes, rows.bytes];
}

export function readMovedObject(value: unknown): MovedObject {
  const [objects, seals, rows] = list(value, 3).map((part) => bytes(part)) as [Uint8Array, Uint8Array, Uint8Array];
  const count = objects.length / ID_SIZE;
  const isSealed = seals.length > 0;
  if (!Number.isInteger(count) || (isSealed && seals.length !== count * OBJECT_SEAL_SIZE)) {
    throw malformed('an object that was sealed again has no place');
  }
  const [ids, each] = [new ByteReader(objects), new ByteReader(seals)];
  const places = Array.from({ length: count }, () => ({
    object: ids.raw(ID_SIZE),
    ...(isSealed ? { seal: each.raw(OBJECT_SEAL_SIZE) } : {}),
  }));
  checkRows(rows, count);
  return {
    objects: places.map(({ object }) => toObjectId(object)),
    find: (offset) => {
      const row = rowOf(rows, offset);
      if (row === undefined) return undefined;
      row.u32();
      return { ...(places[row.u32()] as NewPlace), offset: row.u32(), tag: row.raw(TAG_SIZE) };
    },
  };
}

/** A list of small chunks is long, and many lists are kept: rows stay bytes, and are looked up in these. */
function rowOf(rows: Uint8Array, from: number): ByteReader | undefined {
  const view = new DataView(rows.buffer, rows.byteOffset, rows.length);
  const fromAt = (i: number) => view.getUint32(i * MOVED_CHUNK_SIZE);
  const low = firstIndex(rows.length / MOVED_CHUNK_SIZE, (i) => fromAt(i) >= from);
  const at = low * MOVED_CHUNK_SIZE;
  return at < rows.length && fromAt(low) === from
    ? new ByteReader(rows.subarray(at, at + MOVED_CHUNK_SIZE))
    : undefined;
}

function checkRows(rows: Uint8Array, places: number): void {
  let last = -1;
  for (const reader = new ByteReader(rows); reader.remaining > 0; ) {
    if (reader.remaining < MOVED_CHUNK_SIZE) throw malformed('a chunk that was sealed again has no place');
    const [from, at] = [reader.u32(), reader.u32()];
    reader.u32();
    reader.raw(TAG_SIZE);
    if (at >= places || from <= last) throw malformed('a chunk that was sealed again has no place');
    last = from;
  }
}
