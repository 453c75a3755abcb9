import { InfinitreeError } from '../errors.js';
import { type ChunkKind, type ChunkPlace, chunkAad, chunkNonce } from '../format/chunk-aad.js';
import { idBytes } from '../format/id-bytes.js';
import type { ObjectId } from '../format/ids.js';
import { derive } from './derive.js';
import type { EpochKeys } from './epoch-keys.js';
import { keysOf } from './own-ids.js';
import { type Sealed, TAG_SIZE } from './primitives.js';
import type { ObjectOfTree } from './storage-keys.js';
import type { TreeKeys } from './tree-keys.js';

/** Bytes in a block of ChaCha20 (RFC 8439, section 2.3). */
const BLOCK_SIZE = 64;

/**
 * The key of one write-once object; 32 bytes, or `undefined` where that of its key epoch is not known. Made for each chunk and wiped behind it, so that no list of keys has to be
 * wiped when the tree is closed: an HMAC is nothing beside a chunk.
 *
 * A key per object makes the place inside the object a sufficient nonce. Rejected: random nonces under one key for the
 * tree (12 more bytes a chunk, and a limit of 2^32 chunks), and keys made of the plaintext (equal chunks would show).
 *
 * @param seal What the pointer into a storage object of a split tree carries. Without it there is no key, and none with it
 *   anywhere else: `undefined`.
 * @throws `UNSUPPORTED` where the tree is split and was opened by who only writes.
 */
export function objectKey(keys: TreeKeys, kind: ChunkKind, id: ObjectId, seal?: Uint8Array): Uint8Array | undefined {
  const bytes = idBytes(id);
  const epoch = keysOf(keys, bytes);
  const { storage } = epoch;
  const isSealed = kind === 'storage' && storage !== undefined;
  if (isSealed !== (seal !== undefined)) return undefined;
  if (isSealed && seal !== undefined) return storage.keyOf(objectOf(epoch, id), seal);
  const label = kind === 'index' ? 'indexObject' : 'storageObject';
  const parent = epoch.find(label);
  return parent && derive(keys.suite, parent, label, bytes);
}

/** An object of the tree, as `StorageKeys` is told of it. */
export function objectOf({ treeId, keyEpoch }: EpochKeys, objectId: ObjectId): ObjectOfTree {
  return { treeId, keyEpoch, objectId };
}

/**
 * Seals a chunk for its place. A place is sealed once: a failed upload is repeated with
 * identical bytes, or thrown away together with the id.
 *
 * @param payload The bytes, compressed or not; not to be changed during the call.
 * @param own The object's key, where nobody but its writer can make it: see `StorageKeys.begin`.
 */
export function sealChunk(keys: TreeKeys, place: ChunkPlace, payload: Uint8Array, own?: Uint8Array): Sealed {
  const aad = chunkAad(keys.treeId, place, payload.length);
  const key = own ?? objectKey(keys, place.kind, place.objectId);
  // Sealed under the tree's own key, it could be read by all who write the tree.
  if (key === undefined)
    throw new InfinitreeError('INVALID_ARGUMENT', 'A storage object of a split tree has a key of its own.');
  const sealed = keys.suite.seal(key, chunkNonce(place.offset), aad, payload);
  if (own === undefined) key.fill(0);
  return sealed;
}

/**
 * The payload of a chunk; `undefined` where it was changed, moved or sealed for another tree, object or codec. Throws
 * `UNSUPPORTED` as `objectKey` does, where `own` is not given.
 */
export function openChunk(
  keys: TreeKeys,
  place: ChunkPlace,
  sealed: Uint8Array,
  own?: Uint8Array,
): Uint8Array | undefined {
  const key = own ?? objectKey(keys, place.kind, place.objectId, place.seal);
  if (key === undefined || sealed.length < TAG_SIZE) return undefined;
  const aad = chunkAad(keys.treeId, place, sealed.length - TAG_SIZE);
  const payload = keys.suite.open(key, chunkNonce(place.offset), aad, sealed);
  if (own === undefined) key.fill(0);
  return payload;
}

/**
 * Fills an object behind its content with a key stream, so that storage sees no end and `verify` checks every byte.
 *
 * @param id The 32 bytes of the object's id.
 * @param salt The 32 bytes of the object's salt where its id can be written again; empty for write-once objects.
 * @param target What is to be filled.
 * @param from The block of the key stream to begin with.
 */
export function pad(keys: TreeKeys, id: Uint8Array, salt: Uint8Array, target: Uint8Array, from?: number): void {
  const parent = keysOf(keys, id).find('padding') ?? keys.subkey('padding');
  const key = derive(keys.suite, parent, 'padding', id, salt);
  keys.suite.keyStream(key, target, from);
  key.fill(0);
}

/** What `pad` fills an object with, from the end of its content on, or from some bytes behind that. */
export function padding(keys: TreeKeys, id: Uint8Array, salt: Uint8Array, length: number, from = 0): Uint8Array {
  const skipped = from % BLOCK_SIZE;
  const stream = new Uint8Array(skipped + length);
  pad(keys, id, salt, stream, (from - skipped) / BLOCK_SIZE);
  return stream.subarray(skipped);
}
