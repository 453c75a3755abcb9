import { concat } from '../bytes/concat.js';
import { objectOf, openChunk, pad, sealChunk } from '../crypto/chunk.js';
import { newObjectId } from '../crypto/own-ids.js';
import { TAG_SIZE } from '../crypto/primitives.js';
import type { SealedObject } from '../crypto/storage-keys.js';
import { throwIfAborted } from '../errors.js';
import type { ChunkKind } from '../format/chunk-aad.js';
import type { ChunkPointer } from '../format/chunk-pointer.js';
import type { Extent, Segment } from '../format/extent.js';
import { idBytes } from '../format/id-bytes.js';
import { type ObjectId, toObjectId } from '../format/ids.js';
import type { ObjectContext } from './context.js';
import { Uploads } from './uploads.js';

/** A new object is begun rather than a small remainder filled, so that most extents have one segment. */
const MIN_REMAINDER = 1024;
/** Write-once objects have none: their ids are never written again. */
const NO_SALT = new Uint8Array(0);

interface WrittenExtent extends Extent {
  /** In storage objects each with its tag, which does not stand in the object; in split trees with the object's seal, too. */
  readonly segments: readonly (Segment & { readonly tag?: Uint8Array; readonly seal?: Uint8Array })[];
}

export interface ObjectWriterOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether others may hold pointers before `flush`, so that a failed upload has to be sent again. */
  readonly keepFailed?: boolean;
  /** Told of each object before anything of it is in storage. */
  readonly onBegin?: (id: ObjectId) => void;
}

interface OpenObject {
  readonly id: ObjectId;
  readonly bytes: Uint8Array;
  /** Of a storage object of a split tree. */
  readonly sealed: SealedObject | undefined;
  used: number;
}

/**
 * Packs extents into write-once objects. A place in an object is sealed once, and an object whose upload failed is
 * thrown away with its id: nothing is ever sealed twice under one key and nonce.
 *
 * Nothing may refer to what was written before `flush` resolved: only then is it durable.
 */
export class ObjectWriter {
  /** Ids of all index objects begun, in order. Storage objects may be without number, and nobody asks for them. */
  readonly objects: ObjectId[] = [];
  readonly #context: ObjectContext;
  readonly #kind: ChunkKind;
  readonly #signal: AbortSignal | undefined;
  readonly #uploads: Uploads;
  readonly #onBegin: ObjectWriterOptions['onBegin'];
  #open: OpenObject | undefined;
  #written = 0;

  constructor(context: ObjectContext, kind: ChunkKind, options: ObjectWriterOptions = {}) {
    const { signal, keepFailed = false, onBegin } = options;
    this.#context = context;
    this.#kind = kind;
    this.#signal = signal;
    this.#onBegin = onBegin;
    this.#uploads = new Uploads(context.backend, { signal, keepFailed, warm: kind === 'index' });
  }

  /** Bytes of content and tags written so far. */
  get written(): number {
    return this.#written;
  }

  /** The object that is being filled, where there is one. */
  get filling(): ObjectId | undefined {
    return this.#open?.id;
  }

  /** Whether the object, or a part of it, may not be in storage before the next flush. */
  holds(object: ObjectId): boolean {
    return this.#open?.id === object || this.#uploads.has(object);
  }

  /** Seals packed content into one or more segments. */
  async write(codec: number, packed: Uint8Array): Promise<WrittenExtent> {
    throwIfAborted(this.#signal, 'Writing objects');
    this.#uploads.check();
    const segments: WrittenExtent['segments'][number][] = [];
    let at = 0;
    do {
      const target = this.#open ?? this.#begin(packed.subarray(at, at + this.#context.objectSize));
      const room = this.#context.objectSize - target.used - this.#overhead;
      const length = Math.min(packed.length - at, room);
      segments.push(this.#seal(target, codec, packed.subarray(at, at + length)));
      at += length;
      if (this.#context.objectSize - target.used < MIN_REMAINDER) await this.#finish();
    } while (at < packed.length);
    return { codec, segments };
  }

  /**
   * Seals packed content whose tags are kept by whoever refers to it: the index vouches for the data, and an object of
   * data shows no place where a chunk ends.
   */
  async writeDetached(codec: number, packed: Uint8Array): Promise<ChunkPointer[]> {
    const { segments } = await this.write(codec, packed);
    return segments.map(({ object, offset, length, tag = NO_SALT, seal }) => {
      const pointer = { object: idBytes(object), offset, size: length, tag, codec };
      return seal === undefined ? pointer : { ...pointer, seal };
    });
  }

  /** As `writeDetached`, in one piece: for content that is no larger than an object. */
  async writeWhole(codec: number, packed: Uint8Array): Promise<ChunkPointer | undefined> {
    const left = this.#context.objectSize - (this.#open?.used ?? 0);
    if (packed.length > left) await this.#finish();
    const [pointer] = await this.writeDetached(codec, packed);
    return pointer;
  }

  /**
   * The packed content of a chunk that waits in the object being filled; `undefined` for any other. For who writes to a split
   * tree nothing else of it can be read.
   */
  peek({ object, offset, size, tag, codec, seal }: ChunkPointer): Uint8Array | undefined {
    const open = this.#open;
    if (open?.id !== toObjectId(object) || offset + size > open.used) return undefined;
    const place = { kind: this.#kind, objectId: open.id, offset, codec, seal };
    return openChunk(
      this.#context.keys,
      place,
      concat(open.bytes.subarray(offset, offset + size), tag),
      open.sealed?.key,
    );
  }

  /** Gives up what was not flushed: it is in no storage, and never will be. */
  abandon(): void {
    this.#forgetKey(this.#open);
    this.#open = undefined;
  }

  /** Makes all that was written durable. Rejects with the first failure of any upload. */
  async flush(): Promise<void> {
    await this.#finish();
    await this.#uploads.drain();
  }

  get #overhead(): number {
    return this.#kind === 'storage' ? 0 : TAG_SIZE;
  }

  /** `first`: the beginning of what it will hold, so that copies of one process that go on apart have keys of their own. */
  #begin(first: Uint8Array): OpenObject {
    const { keys, entropy, objectSize } = this.#context;
    const id = newObjectId(keys, entropy, first);
    if (this.#kind === 'index') this.objects.push(id);
    this.#onBegin?.(id);
    const storage = this.#kind === 'storage' ? keys.storage : undefined;
    const sealed = storage?.begin(objectOf(keys, id), entropy.bytes32(keys.suite.sha256(first)));
    this.#open = { id, bytes: new Uint8Array(objectSize), sealed, used: 0 };
    return this.#open;
  }

  #seal(target: OpenObject, codec: number, content: Uint8Array): WrittenExtent['segments'][number] {
    const place = { kind: this.#kind, objectId: target.id, offset: target.used, codec };
    const { ciphertext, tag } = sealChunk(this.#context.keys, place, content, target.sealed?.key);
    const detached = this.#kind === 'storage';
    target.bytes.set(ciphertext, target.used);
    if (!detached) target.bytes.set(tag, target.used + ciphertext.length);
    const segment = { object: target.id, offset: target.used, length: content.length };
    const stored = ciphertext.length + this.#overhead;
    // Content that takes no room would leave its place, and with it its nonce, to what comes next.
    target.used += Math.max(1, stored);
    this.#written += stored;
    if (!detached) return segment;
    return target.sealed === undefined ? { ...segment, tag } : { ...segment, tag, seal: target.sealed.seal };
  }

  async #finish(): Promise<void> {
    const target = this.#open;
    if (target === undefined) return;
    this.#open = undefined;
    this.#forgetKey(target);
    pad(this.#context.keys, idBytes(target.id), NO_SALT, target.bytes.subarray(target.used));
    await this.#uploads.add(target.id, target.bytes);
  }

  #forgetKey(target: OpenObject | undefined): void {
    if (target?.sealed !== undefined) this.#context.keys.storage?.forget(target.sealed.key);
  }
}
