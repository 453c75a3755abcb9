import { toCanonical } from '../../codec/canonical-key.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { keysOf } from '../../crypto/own-ids.js';
import type { TreeKeys } from '../../crypto/tree-keys.js';
import { release } from '../../fields/values.js';
import type { ChunkPointer } from '../../format/chunk-pointer.js';
import { MOVED_FIELD, type MovedObject, readMovedObject } from '../records/moved-object.js';
import { type FieldSources, fieldKey, type Snapshot } from '../snapshot.js';
import type { BlockStore } from './block-store.js';
import { newestVersion } from './lookup.js';

/** Objects whose places are kept: neighbours are read in a row. */
const KEPT = 64;
const ALL = { from: 1, to: Number.MAX_SAFE_INTEGER };
const FIELD = fieldKey(MOVED_FIELD);

/** Where storage objects are said to be that were sealed again, in one state; `undefined` where none was. */
export function movedSources({ fields }: Pick<Snapshot, 'fields'>): FieldSources | undefined {
  return fields.get(FIELD);
}

/**
 * Finds chunks that were sealed again under later keys. Pointers to them are not changed, since applications hold them where
 * they like: they name the object that was.
 */
export class MovedObjects {
  readonly sources: FieldSources | undefined;
  readonly #keys: TreeKeys;
  readonly #blocks: BlockStore;
  /** Used last stands last. */
  readonly #known = new Map<CanonicalKey, Promise<MovedObject | undefined>>();

  constructor(keys: TreeKeys, blocks: BlockStore, sources: FieldSources | undefined) {
    this.#keys = keys;
    this.#blocks = blocks;
    this.sources = sources;
  }

  /** Where chunks are; the pointers themselves where they are right. */
  async places(pointers: readonly ChunkPointer[]): Promise<readonly ChunkPointer[]> {
    if (this.sources === undefined) return pointers;
    return Promise.all(
      pointers.map(async (pointer) => {
        const place = (await this.find(pointer.object))?.find(pointer.offset);
        return place === undefined ? pointer : { ...pointer, ...place };
      }),
    );
  }

  /** What is known of an object that was sealed again; `undefined` for any other. */
  find(object: Uint8Array): MovedObject | undefined | Promise<MovedObject | undefined> {
    const { sources } = this;
    // What is of the newest key epoch was never sealed again.
    if (sources === undefined || keysOf(this.#keys, object) === this.#keys) return undefined;
    const key = toCanonical(object);
    const known = this.#known.get(key) ?? this.#read(sources, key);
    this.#known.delete(key);
    this.#known.set(key, known);
    known.catch(() => this.#known.delete(key));
    const [oldest] = this.#known.size > KEPT ? this.#known.keys() : [];
    if (oldest !== undefined) this.#known.delete(oldest);
    return known;
  }

  async #read(sources: FieldSources, key: CanonicalKey): Promise<MovedObject | undefined> {
    const version = await newestVersion(this.#blocks, sources, key, ALL);
    return version && readMovedObject(release(version.value));
  }
}
