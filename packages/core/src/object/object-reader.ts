import { concat } from '../bytes/concat.js';
import { unpack } from '../codec/compression.js';
import { openChunk } from '../crypto/chunk.js';
import { TAG_SIZE } from '../crypto/primitives.js';
import { cannotRead } from '../crypto/storage-keys.js';
import { InfinitreeError, throwIfAborted } from '../errors.js';
import type { ChunkPointer } from '../format/chunk-pointer.js';
import type { Extent, Segment } from '../format/extent.js';
import { type ObjectId, toObjectId } from '../format/ids.js';
import { MAX_EXTENT_PLAIN } from '../format/limits.js';
import type { ObjectContext } from './context.js';
import { AT_ONCE, fewAtATime } from './few-at-a-time.js';
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

  /** How many pieces are worth asking for at once. Objects that are fetched whole are large, and hold many. */
  get atOnce(): number {
    return this.#context.backend.capabilities.ranges ? AT_ONCE : 1;
  }

  /** The content of an extent, unpacked. `maxPlain` bounds what is allocated for it. */
  async read(extent: Extent, maxPlain = MAX_EXTENT_PLAIN, signal?: AbortSignal): Promise<Uint8Array> {
    return unpack(extent.codec, await this.readPacked(extent, maxPlain, signal), maxPlain);
  }

  /** The same, as it was packed. */
  async readPacked({ codec, segments }: Extent, maxPlain: number, signal?: AbortSignal): Promise<Uint8Array> {
    throwIfAborted(signal, 'Reading objects');
    checkTotal(
      segments.map(({ length }) => length),
      maxPlain,
    );
    const parts = await fewAtATime(segments, (segment) => this.#segment(segment, codec, signal));
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : concat(...parts);
  }

  /** The content of data chunks that were packed as one, unpacked. Throws `UNSUPPORTED` where the keys only write. */
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
    if (!keys.readsStorage) throw cannotRead();
    const { offset, size, tag, codec, seal } = pointer;
    const piece = { object: toObjectId(pointer.object), offset, length: size, warm: false };
    if (offset + size > objectSize) throw corrupt(piece, 'its chunk reaches beyond its end');
    const place = { kind: 'storage', objectId: piece.object, offset, codec, seal } as const;
    return this.#opened(piece, signal, (stored) => openChunk(keys, place, concat(stored, tag)));
  }

  async #segment(segment: Segment, codec: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const { keys, objectSize } = this.#context;
    const { object, offset } = segment;
    const piece = { object, offset, length: segment.length + TAG_SIZE, warm: true };
    if (offset + piece.length > objectSize) throw corrupt(piece, 'its segment reaches beyond its end');
    const place = { kind: 'index', objectId: object, offset, codec } as const;
    return this.#opened(piece, signal, (sealed) => openChunk(keys, place, sealed));
  }

  /**
   * A piece as it was sealed. One that does not open is read once more, past all caches: of these nobody but the tree can
   * tell whether what they hold is what was written, and they replace it by what they are asked for so.
   */
  async #opened(
    piece: Piece,
    signal: AbortSignal | undefined,
    open: (bytes: Uint8Array) => Uint8Array | undefined,
    fresh = this.#fresh,
  ): Promise<Uint8Array> {
    const bytes = await this.#bytes(piece, fresh, signal);
    const isShort = bytes.length !== piece.length;
    const content = isShort ? undefined : open(bytes);
    if (content !== undefined) return content;
    if (!fresh) return this.#opened(piece, signal, open, true);
    throw corrupt(piece, isShort ? 'it is shorter than it should be' : 'its bytes do not carry the right tag');
  }

  async #bytes({ object, offset, length, warm }: Piece, fresh: boolean, signal?: AbortSignal): Promise<Uint8Array> {
    const { backend } = this.#context;
    const end = offset + length;
    if (!backend.capabilities.ranges) return (await this.#object(object, fresh, warm)).subarray(offset, end);
    const bytes = await backend.get(object, { range: [offset, end], fresh, warm, signal });
    if (bytes === undefined) throw missingObject(object, CURE);
    return bytes;
  }

  /** A whole object, fetched once for all who ask at the same time. Not cancelled by one of them. */
  #object(id: ObjectId, fresh: boolean, warm: boolean): Promise<Uint8Array> {
    const known = fresh && !this.#fresh ? undefined : this.#whole.get(id);
    if (known !== undefined) {
      // Used last stands last.
      this.#whole.delete(id);
      this.#whole.set(id, known);
      return known;
    }
    const fetched = this.#fetch(id, fresh, warm);
    this.#whole.set(id, fetched);
    fetched.catch(() => this.#whole.get(id) === fetched && this.#whole.delete(id));
    const oldest = this.#whole.size > KEPT_OBJECTS ? this.#whole.keys().next().value : undefined;
    if (oldest !== undefined) this.#whole.delete(oldest);
    return fetched;
  }

  async #fetch(id: ObjectId, fresh: boolean, warm: boolean): Promise<Uint8Array> {
    const bytes = await this.#context.backend.get(id, { fresh, warm });
    if (bytes === undefined) throw missingObject(id, CURE);
    if (bytes.length === this.#context.objectSize) return bytes;
    if (!fresh) return this.#fetch(id, true, warm);
    const expected = this.#context.objectSize;
    throw damagedObject(id, undefined, `Object ${id} has ${bytes.length} bytes instead of ${expected}. ${CURE}`);
  }
}

/** Bytes of an object that were sealed as one. */
interface Piece {
  readonly object: ObjectId;
  readonly offset: number;
  readonly length: number;
  /** Whether its object holds what is read again and again: index objects do. */
  readonly warm: boolean;
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

function corrupt({ object, offset }: Piece, what: string): InfinitreeError {
  return damagedObject(object, offset, `Object ${object} is damaged at ${offset}: ${what}. ${CURE}`);
}
