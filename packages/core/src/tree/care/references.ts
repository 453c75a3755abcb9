import { Copied } from '../../codec/copied.js';
import { nativeKind } from '../../codec/native-kind.js';
import { nativeEntries } from '../../codec/value-kind.js';
import { isOwnId } from '../../crypto/own-ids.js';
import type { TreeKeys } from '../../crypto/tree-keys.js';
import type { ChunkPointer } from '../../format/chunk-pointer.js';
import { ID_SIZE, type ObjectId, toObjectId } from '../../format/ids.js';
import { OBJECT_SEAL_SIZE } from '../../format/object-seal.js';
import { isChunkText, readChunk } from '../records/sparse-pointer.js';

/** What a value says of objects. */
export interface Reference {
  readonly objects: readonly ObjectId[];
  /** Where in them the chunk lies; none where there is but an id. */
  readonly pointers: readonly ChunkPointer[];
  /** Which value of the list is meant, where the chunk holds a list of values kept apart. */
  readonly at: number | undefined;
}

/**
 * Everything in a value that names an object of this tree: pointers, references to blobs, places of values kept apart,
 * and bare ids. An id is known by its MAC and not by where it stands, so a reference counts however an application has
 * taken it to pieces, as long as the id is in one piece.
 */
export function* referencesIn(keys: TreeKeys, value: unknown): Generator<Reference, void, undefined> {
  if (typeof value === 'string') {
    const pointers = isChunkText(value) ? readChunk(value) : [];
    if (pointers.length > 0 && pointers.every(({ object }) => isOwn(keys, object))) yield toReference(pointers);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (value instanceof Copied) {
    yield* referencesIn(keys, value.value);
    return;
  }
  switch (nativeKind(value)) {
    case 'bytes':
      if (isOwn(keys, value)) yield { objects: [toObjectId(value)], pointers: [], at: undefined };
      return;
    case 'array':
      for (const item of value as unknown[]) yield* referencesIn(keys, item);
      return;
    case 'map':
    case 'set':
      for (const item of nativeEntries(value as Map<unknown, unknown>)) yield* referencesIn(keys, item);
      return;
    case 'object':
    case 'bare':
      yield* referencesInObject(keys, value as Record<string, unknown>);
      return;
    default:
  }
}

function* referencesInObject(keys: TreeKeys, value: Record<string, unknown>): Generator<Reference, void, undefined> {
  const { object, offset, size, tag, codec, seal, chunk, at } = value;
  if (isOwn(keys, object) && isPlace(offset) && isPlace(size) && isPlace(codec) && isTag(tag)) {
    const pointer = { object, offset, size, tag, codec };
    yield toReference([isSeal(seal) ? { ...pointer, seal } : pointer]);
    return;
  }
  for (const [name, item] of Object.entries(value)) {
    for (const reference of referencesIn(keys, item)) {
      yield name === 'chunk' && item === chunk && typeof chunk === 'string' && isPlace(at)
        ? { ...reference, at }
        : reference;
    }
  }
}

function toReference(pointers: readonly ChunkPointer[]): Reference {
  return { objects: pointers.map(({ object }) => toObjectId(object)), pointers, at: undefined };
}

function isOwn(keys: TreeKeys, value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length === ID_SIZE && isOwnId(keys, toObjectId(value));
}

function isPlace(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isSeal(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length === OBJECT_SEAL_SIZE;
}

function isTag(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length === 16;
}
