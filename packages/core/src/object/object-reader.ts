import { concat } from '../bytes/concat.js';
import { unpack } from '../codec/compression.js';
import { openChunk } from '../crypto/chunk.js';
import { TAG_SIZE } from '../crypto/primitives.js';
import { InfinitreeError, throwIfAborted } from '../errors.js';
import type { ChunkPointer } from '../format/chunk-pointer.js';
import type { Extent, Segment } from '../format/extent.js';
import { type ObjectId, toObjectId } from '../format/ids.js';
import { MAX_EXTENT_PLAIN } from '../format/limits.js';
import type { ObjectContext } from './context.js';
import { fewAtATime } from './few-at-a-time.js';
import { damagedObject, missingObject } from './missing.js';

/** Whole objects kept where the backend has no ranges: neighbours are read in one go. */
const KEPT_OBJECTS = 4;

/** Reads and authenticates extents. It returns everything asked for or throws; an error is never the end of data. */
export class ObjectReader {
  readonly #context: ObjectContext;
  readonly #fresh: boolean;
  readonly #whole = new Map<ObjectId, Promise<Uint8Array>>();

  /** `fresh`: passes caches by, for those who check what the storage itself holds. */
  constructor(context: ObjectContext, { fresh = false }: { readonly fresh?: boolean } = {}) {
    this.#context = context;
    this.#fresh = fresh;
  }

  /** The content of an extent, unpacked. `maxPlain` bounds what is allocated for it. */
  async read(extent: Extent, maxPlain = MAX_EXTENT_PLAIN, signal?: AbortSignal): Promise<Uint8Array> {
    throwIfAborted(signal, 'Reading objects');
    checkTotal(
      extent.segments.map(({ length }) => length),
      maxPlain,
    );
    const parts = await fewAtATime(extent.segments, (segment) => this.#segment(segment, extent.codec, signal));
    const only = parts.length === 1 ? parts[0] : undefined;
    return unpack(extent.codec, only ?? concat(...parts), maxPlain);
  }

  /** The content of data chunks that were packed as one, unpacked. */
  async readDetached(
    pointers: readonly ChunkPointer[],
    maxPlain = MAX_EXTENT_PLAIN,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    throwIfAborted(signal, 'Reading objects');
    checkTotal(
      pointers.map(({ size }) => size),
      maxPlain,
    );
    const codec = pointers[0]?.codec ?? 0;
    const parts = await fewAtATime(pointers, (pointer) => this.#detached(pointer, signal));
    return unpack(codec, parts.length === 1 && parts[0] !== undefined ? parts[0] : concat(...parts), maxPlain);
  }

  async #detached(pointer: ChunkPointer, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const { keys, objectSize } = this.#context;
    const { offset, size, tag, codec } = pointer;
    const segment = { object: toObjectId(pointer.object), offset, length: size };
    if (offset + size > objectSize) throw corrupt(segment, 'its chunk reaches beyond its end');
    const stored = await this.#bytes(segment, offset + size, signal);
    if (stored.length !== size) throw corrupt(segment, 'it is shorter than it should be');
    const place = { kind: 'storage', objectId: segment.object, offset, codec } as const;
    const content = openChunk(keys, place, concat(stored, tag));
    if (content === undefined) throw corrupt(segment, 'its bytes do not carry the right tag');
    return content;
  }

  async #segment(segment: Segment, codec: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const { keys, objectSize } = this.#context;
    const end = segment.offset + segment.length + TAG_SIZE;
    if (end > objectSize) throw corrupt(segment, 'its segment reaches beyond its end');
    const sealed = await this.#bytes(segment, end, signal);
    if (sealed.length !== end - segment.offset) throw corrupt(segment, 'it is shorter than it should be');
    const place = { kind: 'index', objectId: segment.object, offset: segment.offset, codec } as const;
    const content = openChunk(keys, place, sealed);
    if (content === undefined) throw corrupt(segment, 'its bytes do not carry the right tag');
    return content;
  }

  async #bytes(segment: Segment, end: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const { backend } = this.#context;
    if (!backend.capabilities.ranges) return (await this.#object(segment.object)).subarray(segment.offset, end);
    const bytes = await backend.get(segment.object, { range: [segment.offset, end], fresh: this.#fresh, signal });
    if (bytes === undefined) throw missingObject(segment.object, CURE);
    return bytes;
  }

  /** A whole object, fetched once for all who ask at the same time. Not cancelled by one of them. */
  #object(id: ObjectId): Promise<Uint8Array> {
    const known = this.#whole.get(id);
    if (known !== undefined) return known;
    const fetched = this.#fetch(id);
    this.#whole.set(id, fetched);
    fetched.catch(() => this.#whole.delete(id));
    const oldest = this.#whole.size > KEPT_OBJECTS ? this.#whole.keys().next().value : undefined;
    if (oldest !== undefined) this.#whole.delete(oldest);
    return fetched;
  }

  async #fetch(id: ObjectId): Promise<Uint8Array> {
    const bytes = await this.#context.backend.get(id, { fresh: this.#fresh });
    if (bytes === undefined) throw missingObject(id, CURE);
    if (bytes.length !== this.#context.objectSize) {
      const expected = this.#context.objectSize;
      throw damagedObject(id, undefined, `Object ${id} has ${bytes.length} bytes instead of ${expected}. ${CURE}`);
    }
    return bytes;
  }
}

const LENGTH_PREFIX = 4;
const CURE = 'Bring the object back from a copy of this storage; other data of the tree stay readable.';

/** Packing never makes content longer but for its length prefix, so more than that cannot be right. */
function checkTotal(lengths: readonly number[], maxPlain: number): void {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (total <= maxPlain + LENGTH_PREFIX) return;
  throw new InfinitreeError(
    'CORRUPT',
    `A piece of ${total} bytes stands where at most ${maxPlain} can. It was sealed so.`,
  );
}

function corrupt(segment: Segment, what: string): InfinitreeError {
  const { object, offset } = segment;
  return damagedObject(object, offset, `Object ${object} is damaged at ${offset}: ${what}. ${CURE}`);
}
