import { type ChunkKind, type ChunkPlace, chunkAad, chunkNonce } from '../format/chunk-aad.js';
import { idBytes } from '../format/id-bytes.js';
import type { ObjectId } from '../format/ids.js';
import { derive } from './derive.js';
import { type Sealed, TAG_SIZE } from './primitives.js';
import type { TreeKeys } from './tree-keys.js';

/**
 * The key of one write-once object; 32 bytes. Made for each chunk and wiped behind it, so that no list of keys has to be
 * wiped when the tree is closed: an HMAC is nothing beside a chunk.
 *
 * A key per object makes the place inside the object a sufficient nonce. Rejected: random nonces under one key for the
 * tree (12 more bytes a chunk, and a limit of 2^32 chunks), and keys made of the plaintext (equal chunks would show).
 */
export function objectKey(keys: TreeKeys, kind: ChunkKind, id: ObjectId): Uint8Array {
  const label = kind === 'index' ? 'indexObject' : 'storageObject';
  return derive(keys.suite, keys.subkey(label), label, idBytes(id));
}

/**
 * Seals a chunk for its place. A place is sealed once: a failed upload is repeated with
 * identical bytes, or thrown away together with the id.
 *
 * @param payload The bytes, compressed or not; not to be changed during the call.
 */
export function sealChunk(keys: TreeKeys, place: ChunkPlace, payload: Uint8Array): Sealed {
  const aad = chunkAad(keys.treeId, place, payload.length);
  const key = objectKey(keys, place.kind, place.objectId);
  const sealed = keys.suite.seal(key, chunkNonce(place.offset), aad, payload);
  key.fill(0);
  return sealed;
}

/** The payload of a chunk; `undefined` where it was changed, moved or sealed for another tree, object or codec. */
export function openChunk(keys: TreeKeys, place: ChunkPlace, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length < TAG_SIZE) return undefined;
  const aad = chunkAad(keys.treeId, place, sealed.length - TAG_SIZE);
  const key = objectKey(keys, place.kind, place.objectId);
  const payload = keys.suite.open(key, chunkNonce(place.offset), aad, sealed);
  key.fill(0);
  return payload;
}

/**
 * Fills an object behind its content with a key stream, so that storage sees no end and `verify` checks every byte.
 *
 * @param id The 32 bytes of the object's id.
 * @param salt The 32 bytes of the object's salt where its id can be written again; empty for write-once objects.
 * @param target What is to be filled.
 */
export function pad(keys: TreeKeys, id: Uint8Array, salt: Uint8Array, target: Uint8Array): void {
  const key = derive(keys.suite, keys.subkey('padding'), 'padding', id, salt);
  keys.suite.keyStream(key, target);
  key.fill(0);
}

/** What `pad` fills an object with, from the end of its content on. */
export function padding(keys: TreeKeys, id: Uint8Array, salt: Uint8Array, length: number): Uint8Array {
  const stream = new Uint8Array(length);
  pad(keys, id, salt, stream);
  return stream;
}
