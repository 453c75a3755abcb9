import type { Cancel } from '../../backend/backend.js';
import { pack, unpack } from '../../codec/compression.js';
import { TAG_SIZE } from '../../crypto/primitives.js';
import { cannotRead } from '../../crypto/storage-keys.js';
import { InfinitreeError, throwIfAborted } from '../../errors.js';
import type { ChunkPointer } from '../../format/chunk-pointer.js';
import { ID_SIZE, toObjectId } from '../../format/ids.js';
import { OBJECT_SEAL_SIZE } from '../../format/object-seal.js';
import { ObjectWriter } from '../../object/object-writer.js';
import { checkOptions } from '../check-options.js';
import type { OpenWriter, Session } from '../session.js';

/** Writes raw chunks into storage objects. */
export interface StorageWriter extends AsyncDisposable {
  /**
   * Stores a chunk and gives its place, to be kept in a field. It is durable once `flush` or a commit has resolved, or it
   * was read; what no commit refers to is garbage. Throws `INVALID_ARGUMENT` for more bytes than an object holds.
   */
  write(bytes: Uint8Array, options?: Cancel): Promise<ChunkPointer>;
  /** Makes all that was written durable. May be called again after a rejection. */
  flush(options?: Cancel): Promise<void>;
}

/** Reads raw chunks. */
export interface StorageReader {
  /** The bytes of a chunk. Throws `CORRUPT` where they are not those that were written. */
  read(pointer: ChunkPointer, options?: Cancel): Promise<Uint8Array>;
}

/** Makes a writer that commits of the session flush. */
export function makeStorageWriter(session: Session): StorageWriter {
  session.requireWritable();
  const { begun } = session;
  const begin = () =>
    new ObjectWriter(session.context, 'storage', {
      keepFailed: true,
      onBegin: (object) => begun.begin(object, session.snapshot.position.headSequence),
    });
  let { context } = session;
  let objects = begin();
  // One chunk after the other: they share the object that is being filled.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };
  const finish = (): Promise<void> => objects.flush();
  const flush = async (options: Cancel = {}): Promise<void> => {
    checkOptions(options);
    throwIfAborted(options.signal, 'Flushing a storage writer');
    return inTurn(finish);
  };
  const registered: OpenWriter = {
    flush,
    holds: (object) => objects.holds(object),
    isFilling: (object) => objects.filling === object,
    peek: (pointer) => objects.peek(pointer),
  };
  session.openWriters.add(registered);
  return {
    async write(bytes, options = {}) {
      session.requireOpen();
      checkOptions(options);
      throwIfAborted(options.signal, 'Writing a chunk');
      const { objectSize } = session.context;
      if (!(bytes instanceof Uint8Array) || bytes.length > objectSize) {
        throw new InfinitreeError('INVALID_ARGUMENT', `A chunk is a Uint8Array of at most ${objectSize} bytes.`);
      }
      // Packed at once, so that the caller may use its buffer again; stored bytes are copied for the same reason.
      const packed = pack(bytes);
      const content = packed.bytes === bytes ? bytes.slice() : packed.bytes;
      const pointer = await inTurn(async () => {
        // Nothing more goes into an object that a sweep may have taken for an orphan. Nothing goes into others anyway.
        const { filling } = objects;
        if (filling !== undefined && begun.isSwept(filling, session.snapshot.care.sweepSequence)) await finish();
        // Nor into one of an earlier key epoch.
        if (session.context !== context) {
          await finish();
          context = session.context;
          objects = begin();
        }
        const written = await objects.writeWhole(packed.codec, content);
        if (written !== undefined) begun.wrote(written);
        return written;
      });
      if (pointer === undefined) throw new InfinitreeError('INVALID_ARGUMENT', 'The chunk has no place.');
      return Object.freeze(pointer);
    },
    flush,
    async [Symbol.asyncDispose]() {
      await flush();
      session.openWriters.delete(registered);
    },
  };
}

export function makeStorageReader(session: Session): StorageReader {
  return {
    async read(pointer, options = {}) {
      session.requireOpen();
      checkOptions(options);
      return session.pinned(() => readPiece(session, pointer, options.signal));
    },
  };
}

/**
 * A chunk. If it waits in a writer of this handle for its object to fill, it is written out first. Through a handle that only
 * writes to a split tree it can be read only while it waits. Throws `UNSUPPORTED`.
 */
export async function readPiece(session: Session, pointer: ChunkPointer, signal?: AbortSignal): Promise<Uint8Array> {
  checkPointer(pointer);
  const { objectSize, keys } = session.context;
  if (!keys.readsStorage) {
    const waiting = peek(session, pointer);
    if (waiting === undefined) throw cannotRead();
    return unpack(pointer.codec, waiting, objectSize);
  }
  const object = toObjectId(pointer.object);
  for (const writer of session.openWriters) if (writer.holds(object)) await writer.flush();
  return session.readDetached([pointer], objectSize, signal);
}

/** Refuses at once to read what cannot be read through this handle. Throws `UNSUPPORTED`. */
export function requireReadable(session: Session, pointers: readonly ChunkPointer[]): void {
  if (session.context.keys.readsStorage) return;
  for (const pointer of pointers) {
    checkPointer(pointer);
    const object = toObjectId(pointer.object);
    if (![...session.openWriters].some((writer) => writer.isFilling(object))) throw cannotRead();
  }
}

function peek(session: Session, pointer: ChunkPointer): Uint8Array | undefined {
  for (const writer of session.openWriters) {
    const waiting = writer.peek(pointer);
    if (waiting !== undefined) return waiting;
  }
  return undefined;
}

function checkPointer(pointer: ChunkPointer): void {
  const { object, tag, offset, size, codec, seal }: Partial<Record<keyof ChunkPointer, unknown>> = Object(
    pointer,
  ) as object;
  const isBytes = (bytes: unknown, size: number) => bytes instanceof Uint8Array && bytes.length === size;
  const isNumber = (number: unknown) => Number.isSafeInteger(number) && (number as number) >= 0;
  const isSealed = seal === undefined || isBytes(seal, OBJECT_SEAL_SIZE);
  if (isBytes(object, ID_SIZE) && isBytes(tag, TAG_SIZE) && isSealed && [offset, size, codec].every(isNumber)) return;
  throw new InfinitreeError('INVALID_ARGUMENT', 'That is no pointer to a chunk, such as a storage writer gives.');
}
