import type { Backend, Cancel } from '../../backend/backend.js';
import { sameBytes } from '../../bytes/compare.js';
import { InfinitreeError, isInfinitreeError, throwIfAborted } from '../../errors.js';
import type { ObjectId } from '../../format/ids.js';
import { damagedObject, missingObject } from '../../object/missing.js';
import { isAuthentic, type SealedPiece } from '../care/authentic.js';
import type { Session } from '../session.js';
import { Slices } from '../slices.js';

/** Objects under way at once: enough to hide the way to a bucket, at twice 4 MiB of memory each. */
const AT_ONCE = 8;

type Objects = ReadonlyMap<ObjectId, readonly SealedPiece[]>;

/** What is to be brought. */
interface Cargo {
  readonly objects: Objects;
  /** Those that have to be there although no piece of them is known. */
  readonly named: ReadonlySet<ObjectId>;
}

/** Brings objects from one storage to another, byte for byte, and looks at every tag on the way. */
export class Transfer {
  /** Objects that are in the target, as this call has seen. */
  readonly done = new Set<ObjectId>();
  copied = 0;
  /** What only a reader of a split tree could have checked. */
  readonly unchecked = { chunks: 0, bytes: 0 };
  readonly #session: Session;
  readonly #target: Backend;
  readonly #options: Cancel;
  readonly #onObject: () => void;

  constructor(session: Session, target: Backend, options: Cancel, onObject: () => void) {
    this.#session = session;
    this.#target = target;
    this.#options = options;
    this.#onObject = onObject;
  }

  /** Ends with what is under way, also where one of them fails: nothing is written behind the back of the caller. */
  async bring({ objects, named }: Cargo): Promise<void> {
    const missing = [...objects].filter(([id]) => !this.done.has(id));
    if (missing.length === 0) return;
    const there = await this.#found(objects);
    let next = 0;
    const worker = async (): Promise<void> => {
      try {
        for (let i = next++; i < missing.length; i = next++) {
          const [id, pieces] = missing[i] as [ObjectId, readonly SealedPiece[]];
          await this.#one(id, pieces, { listed: there.has(id), named: named.has(id) });
          this.#count(pieces);
          this.done.add(id);
          this.#onObject();
        }
      } finally {
        next = missing.length;
      }
    };
    const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
    const failed = ended.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (failed !== undefined) throw failed.reason;
  }

  /** What an earlier call has brought, as the target lists it. */
  async #found(objects: Objects): Promise<Set<ObjectId>> {
    const found = new Set<ObjectId>();
    const slices = new Slices('Copying the tree', this.#options.signal);
    for await (const id of this.#target.list(this.#options)) {
      // A listing may have no end.
      await slices.pause();
      if (objects.has(id)) found.add(id);
    }
    return found;
  }

  #count(pieces: readonly SealedPiece[]): void {
    if (this.#session.context.keys.readsStorage) return;
    for (const { tag, offset, end } of pieces) {
      if (tag === undefined) continue;
      this.unchecked.chunks += 1;
      this.unchecked.bytes += end - offset;
    }
  }

  /**
   * `listed`: it may be there already. That it is, and is whole, only reading it tells. `named`: it has to be somewhere, although
   * no piece of it is known.
   */
  async #one(
    id: ObjectId,
    pieces: readonly SealedPiece[],
    { listed, named }: { readonly listed: boolean; readonly named: boolean },
  ): Promise<void> {
    const { signal } = this.#options;
    this.#session.requireOpen();
    throwIfAborted(signal, 'Copying the tree');
    const there = listed ? await this.#target.get(id, { fresh: true, signal }) : undefined;
    if (there !== undefined) {
      if (!this.#isWhole(id, pieces, there)) throw damagedCopy(id);
      return;
    }
    const bytes = await this.#session.context.backend.get(id, { fresh: true, signal });
    if (bytes === undefined) {
      // A value may name an object that never was.
      if (pieces.length === 0 && !named) return;
      throw missingObject(id, 'A damaged tree is not copied. See tree.verify() and tree.repair().');
    }
    if (!this.#isWhole(id, pieces, bytes)) throw damagedSource(id);
    await this.#put(id, bytes, pieces);
    this.copied += 1;
  }

  async #put(id: ObjectId, bytes: Uint8Array, pieces: readonly SealedPiece[]): Promise<void> {
    const { signal } = this.#options;
    try {
      // Index objects are those that carry their own tags.
      await this.#target.put(id, bytes, { signal, warm: pieces.some(({ tag }) => tag === undefined) });
    } catch (error) {
      if (!isInfinitreeError(error, 'EXISTS')) throw error;
      const found = await this.#target.get(id, { fresh: true, signal });
      if (found === undefined || !sameBytes(found, bytes)) throw damagedCopy(id, error);
    }
  }

  #isWhole(id: ObjectId, pieces: readonly SealedPiece[], bytes: Uint8Array): boolean {
    const { keys, objectSize } = this.#session.context;
    return bytes.length === objectSize && pieces.every((piece) => isAuthentic(keys, id, piece, bytes) !== false);
  }
}

function damagedSource(id: ObjectId): InfinitreeError {
  return damagedObject(
    id,
    undefined,
    `Object ${id} is damaged: it does not carry the tags that the tree names. A damaged tree is not copied. See ` +
      'tree.verify({ readData: true }) and tree.repair().',
  );
}

function damagedCopy(id: ObjectId, cause?: unknown): InfinitreeError {
  return new InfinitreeError(
    'CORRUPT',
    `Object ${id} stands in the target already, and is not what it is in the source. Nothing was overwritten. Delete it ` +
      'there, or copy into another place.',
    { cause },
  );
}
