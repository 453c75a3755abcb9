import type { Cancel } from '../../backend/backend.js';
import { toCanonical } from '../../codec/canonical-key.js';
import { derive } from '../../crypto/derive.js';
import { InfinitreeError, throwIfAborted } from '../../errors.js';
import { FieldStore } from '../../fields/field-store.js';
import type { ChunkPointer } from '../../format/chunk-pointer.js';
import { toObjectId } from '../../format/ids.js';
import type { BoundField } from '../bind.js';
import { isLeftBehind } from '../care/staged-references.js';
import { checkOptions } from '../check-options.js';
import { FieldReader } from '../read/field-reader.js';
import { readChunk, writeChunk } from '../records/sparse-pointer.js';
import type { Session } from '../session.js';
import type { Progress } from '../types.js';
import { BlobBound } from './blob-bound.js';
import { type BlobReading, readBlob } from './blob-reading.js';
import { type BlobRef, checkBlobRef } from './blob-ref.js';
import { type ByteSource, pieces, sizeOfSource } from './byte-source.js';
import { makeStorageWriter, type StorageWriter } from './storage-io.js';

export interface PutOptions extends Cancel, Progress {
  /** Stores chunks that this tree has already only once. It is told by a keyed hash, which storage never sees. */
  readonly dedup?: boolean | undefined;
}

/** Bytes of any length, stored apart from the fields that refer to them. */
export class Blobs {
  readonly #session: Session;
  readonly #reader: FieldReader;
  readonly #contents: BoundField;
  #writer: StorageWriter | undefined;

  constructor(session: Session) {
    this.#session = session;
    this.#reader = new FieldReader(session);
    const identity = { name: '\0contents', type: 'versioned-map', strategy: 'local' };
    this.#contents = {
      property: '(contents of blobs)',
      identity,
      kind: 'map',
      store: new FieldStore(),
      from: undefined,
      migrate: undefined,
      strategy: undefined,
    };
  }

  /** Which chunks there are, by content id; a field like others, that no user sees. */
  get contents(): BoundField {
    return this.#contents;
  }

  /**
   * Stores a blob from a Buffer, a Node or web stream, a Blob or any async iterable of bytes, in constant memory. The
   * reference is to be put into a field; the next commit makes both durable. What no commit refers to is garbage.
   *
   * `done` of the progress counts bytes. Throws `ABORTED`, `READONLY`, `BACKEND`, `INVALID_ARGUMENT` for what gives no
   * bytes or too many for one reference, and whatever the source throws, as the cause of `INVALID_ARGUMENT`.
   */
  async put(source: ByteSource, options: PutOptions = {}): Promise<BlobRef> {
    const session = this.#session;
    session.requireWritable();
    checkOptions(options);
    this.#writer ??= makeStorageWriter(session);
    const { signal, onProgress, dedup = false } = options;
    throwIfAborted(signal, 'Storing a blob');
    const total = sizeOfSource(source);
    const { objectSize, keys } = session.context;
    const bound = new BlobBound(objectSize, keys.storage !== undefined);
    const { chunkSize } = bound;
    bound.check(total ?? 0);
    const chunks: ChunkPointer[] = [];
    let size = 0;
    for await (const piece of guarded(pieces(source, chunkSize, signal))) {
      throwIfAborted(signal, 'Storing a blob');
      // Before the chunk is stored, as all that came before it is garbage then.
      bound.check(size + piece.length);
      chunks.push(dedup ? await this.#once(piece, options) : await this.#writer.write(piece, { signal }));
      size += piece.length;
      onProgress?.({ done: size, ...(total === undefined ? {} : { total }) });
    }
    return Object.freeze({ size, chunkSize, chunks: Object.freeze(chunks) });
  }

  /**
   * The bytes of a blob, or of its part from the offset `start` up to but without `end`, chunk by chunk. What lies behind
   * the end of the blob is left out, so a `start` there gives nothing. To read one that is not committed yet writes it
   * out first, with the rest of its object left empty.
   *
   * Throws `INVALID_ARGUMENT` for offsets that are no non-negative integers or of which `start` is the larger one; while
   * it is gone through `CORRUPT`, `BACKEND`, `ABORTED` and `CLOSED`.
   */
  get(ref: BlobRef, options: Cancel & { readonly start?: number; readonly end?: number } = {}): BlobReading {
    this.#session.requireOpen();
    checkOptions(options);
    checkBlobRef(ref);
    return readBlob(this.#session, ref, options);
  }

  /** The chunk of these bytes that there is, or else a new one. */
  async #once(piece: Uint8Array, options: Cancel): Promise<ChunkPointer> {
    const { keys } = this.#session.context;
    const key = toCanonical(derive(keys.suite, keys.subkey('contentId'), 'contentId', piece));
    const known = await this.#reader.find(this.#contents, key, this.#session.snapshot);
    const [pointer] = typeof known?.value === 'string' ? readChunk(known.value) : [];
    if (pointer !== undefined && !this.#isSwept(pointer) && !(await this.#isLeftBehind(pointer)))
      return Object.freeze(pointer);
    this.#writer ??= makeStorageWriter(this.#session);
    const written = await this.#writer.write(piece, options);
    this.#contents.store.set(key, () => writeChunk([written]));
    return written;
  }

  /** Whether it was not committed when its object was sealed again under later keys. */
  #isLeftBehind(pointer: ChunkPointer): Promise<boolean> {
    return isLeftBehind(this.#session.moved, { objects: [], pointers: [pointer] }, () => false);
  }

  /** Whether a sweep may have taken a chunk that this handle has stored. */
  #isSwept({ object }: ChunkPointer): boolean {
    const { begun, snapshot } = this.#session;
    return begun.isSwept(toObjectId(object), snapshot.care.sweepSequence);
  }
}

/** What a source throws is the user's; it comes as the cause of an error of ours. */
async function* guarded(
  source: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* source;
  } catch (cause) {
    if (cause instanceof InfinitreeError) throw cause;
    throw new InfinitreeError('INVALID_ARGUMENT', 'The source of a blob failed while it was read.', { cause });
  }
}
