import { keysOf } from '../../crypto/own-ids.js';
import type { TreeKeys } from '../../crypto/tree-keys.js';
import type { InfinitreeError } from '../../errors.js';
import type { ChunkPointer } from '../../format/chunk-pointer.js';
import { idBytes } from '../../format/id-bytes.js';
import { type ObjectId, toObjectId } from '../../format/ids.js';
import type { Piece, Visitor } from '../care/walk.js';
import type { Moves } from '../records/moved-object.js';

/** A chunk as pointers name it, and where it is now. */
export interface OldChunk {
  readonly name: ChunkPointer;
  now: ChunkPointer;
}

/** The chunks that pointers say are in one storage object, by their offsets. */
export type OldObject = ReadonlyMap<number, OldChunk>;

/** Collects all chunks that a state refers to, and finds those that are under the keys of earlier key epochs. */
export class OldChunks implements Visitor {
  readonly #keys: TreeKeys;
  readonly #below: number;
  readonly #objects = new Map<ObjectId, Map<number, OldChunk>>();
  /** Ids that stand somewhere without a place: nobody knows which chunks are meant, so all that is there stays there. */
  readonly #bare = new Set<ObjectId>();
  /** Those that do not open. */
  readonly #damaged = new Set<ObjectId>();
  /** Which of the objects above have chunks in an object. */
  readonly #users = new Map<ObjectId, Set<ObjectId>>();

  /** `below`: the key epoch from which on things were sealed again. */
  constructor(keys: TreeKeys, below: number) {
    this.#keys = keys;
    this.#below = below;
  }

  bare(id: ObjectId): void {
    this.#bare.add(id);
  }

  piece({ pointer, name }: Piece): void {
    if (pointer === undefined || name === undefined) return;
    const id = toObjectId(name.object);
    const chunks = this.#objects.get(id) ?? new Map<number, OldChunk>();
    this.#objects.set(id, chunks);
    if (chunks.has(name.offset)) return;
    // What was decoded around them must not stay in memory for it.
    chunks.set(name.offset, { name: copyOf(name), now: copyOf(pointer) });
    this.#use(id, toObjectId(pointer.object));
  }

  entries(): void {
    // Nobody asks for their number.
  }

  /** Half of the data under new keys would be neither here nor there. */
  fault(error: InfinitreeError): void {
    throw error;
  }

  /** Those that are to be sealed again. */
  due(): ObjectId[] {
    return [...this.#objects.keys()].filter((id) => this.mayMove(id) && !this.#damaged.has(id) && this.#isOld(id));
  }

  /** Whether it is known of each mention of an object which of its chunks is meant. */
  mayMove(id: ObjectId): boolean {
    return !this.#bare.has(id);
  }

  /** How many stay under the keys of before, since their ids stand somewhere without a place. */
  get kept(): number {
    return [...this.#bare].filter((id) => this.#isOld(id)).length;
  }

  /** Takes note of objects of which a chunk is damaged or gone: all that is left of them stays where it is. */
  leave(ids: Iterable<ObjectId>): void {
    for (const id of ids) this.#damaged.add(id);
  }

  /** How many stay for that. */
  get damaged(): number {
    return this.#damaged.size;
  }

  get(id: ObjectId): OldObject {
    return this.#objects.get(id) ?? new Map();
  }

  /** The objects that hold nothing any more once these have moved. */
  leftBy(moves: Moves): ObjectId[] {
    const left = new Set([...moves.keys()].flatMap((id) => [...this.#placesOf(id)]));
    const isLeft = (object: ObjectId) => [...(this.#users.get(object) ?? [])].every((user) => moves.has(user));
    return [...left].filter(isLeft);
  }

  /** Takes note of where chunks are now. */
  move(moves: Moves): void {
    for (const [id, places] of moves) {
      for (const object of this.#placesOf(id)) this.#users.get(object)?.delete(id);
      for (const [offset, chunk] of this.get(id)) {
        const place = places.get(offset);
        if (place !== undefined) chunk.now = { ...chunk.now, ...place };
        this.#use(id, toObjectId(chunk.now.object));
      }
    }
  }

  #placesOf(id: ObjectId): Set<ObjectId> {
    return new Set([...this.get(id).values()].map(({ now }) => toObjectId(now.object)));
  }

  #use(id: ObjectId, object: ObjectId): void {
    const users = this.#users.get(object) ?? new Set();
    this.#users.set(object, users.add(id));
  }

  #isOld(id: ObjectId): boolean {
    const places = this.#objects.has(id) ? [...this.#placesOf(id)] : [id];
    return places.some((object) => {
      // What was written where it is was never sealed again: nobody but its writer has looked at its keys.
      const least = object === id ? this.#keys.keyEpoch : this.#below;
      return keysOf(this.#keys, idBytes(object)).keyEpoch < least;
    });
  }
}

function copyOf({ object, offset, size, tag, codec, seal }: ChunkPointer): ChunkPointer {
  const copy = { object: object.slice(), offset, size, tag: tag.slice(), codec };
  return seal === undefined ? copy : { ...copy, seal: seal.slice() };
}
