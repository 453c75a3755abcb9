import { concat } from '../../bytes/concat.js';
import { openChunk } from '../../crypto/chunk.js';
import type { TreeKeys } from '../../crypto/tree-keys.js';
import type { ObjectId } from '../../format/ids.js';
import type { Piece } from './walk.js';

/** A piece of an object, and what vouches for it where that stands apart: in a storage object. */
export interface SealedPiece extends Pick<Piece, 'offset' | 'end' | 'codec'> {
  readonly tag: Uint8Array | undefined;
  readonly seal: Uint8Array | undefined;
}

/**
 * Whether a piece carries its tag, in the bytes of the object that it is to be in; `undefined` where only a reader of a split
 * tree can tell.
 */
export function isAuthentic(keys: TreeKeys, id: ObjectId, piece: SealedPiece, bytes: Uint8Array): boolean | undefined {
  const { offset, end, codec, tag, seal } = piece;
  if (tag !== undefined && !keys.readsStorage) return undefined;
  const stored = bytes.subarray(offset, end);
  const place = { kind: tag === undefined ? 'index' : 'storage', objectId: id, offset, codec, seal } as const;
  return openChunk(keys, place, tag === undefined ? stored : concat(stored, tag)) !== undefined;
}
