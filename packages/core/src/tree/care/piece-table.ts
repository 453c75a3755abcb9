import { TAG_SIZE } from '../../crypto/primitives.js';
import type { ChunkPointer } from '../../format/chunk-pointer.js';
import { idBytes } from '../../format/id-bytes.js';
import type { ObjectId } from '../../format/ids.js';
import type { FieldIdentity } from '../records/commit.js';
import { IdTable } from './id-table.js';
import { PieceIndex } from './piece-index.js';
import type { Owner, Piece } from './walk.js';

/** Pieces in a page. */
const PAGE = 1024;
/** What there is of each piece, as numbers. Offsets and sequences are whatever a value says, so any safe integer. */
const COLUMN = { object: 0, next: 1, offset: 2, end: 3, codec: 4, kind: 5, first: 6, last: 7, entries: 8 } as const;
const COLUMNS = 9;

/** What many pieces have in common. */
interface Kind {
  readonly part: Owner['part'];
  readonly field: FieldIdentity | undefined;
  readonly hasPointer: boolean;
}

/**
 * Pieces of objects, each known by its object and offset, as columns of numbers: some 140 bytes for one that has an object
 * to itself, where a record of it would take a kilobyte. Objects come in the order in which they were first told of, and so do
 * the pieces of each.
 */
export class PieceTable {
  readonly #ids = new IdTable();
  readonly #index = new PieceIndex((piece) => [this.#get(piece, 'object'), this.#get(piece, 'offset')]);
  readonly #numbers: Float64Array[] = [];
  readonly #tags: Uint8Array[] = [];
  /** The last piece of each object, which leads to the first. */
  readonly #lastOf: number[] = [];
  readonly #kinds: Kind[] = [];
  readonly #kindOf = new Map<FieldIdentity | undefined, Map<string, number>>();
  /** Of split trees. */
  readonly #seals: Uint8Array[] = [];
  /** Of those that were sealed again. */
  readonly #names: (ChunkPointer | undefined)[] = [];
  #size = 0;

  /** The place of a piece, for `ownerOf` and `give`; `undefined` where there is none. */
  find(object: ObjectId, offset: number): number | undefined {
    const at = this.#ids.find(object);
    return at === undefined ? undefined : this.#index.find(at, offset);
  }

  /** Adds a piece that is not there yet. */
  add({ object, offset, end, codec, pointer, name, owner }: Piece): void {
    const at = this.#ids.add(object);
    const place = this.#size;
    if (place % PAGE === 0) {
      this.#numbers.push(new Float64Array(PAGE * COLUMNS));
      this.#tags.push(new Uint8Array(PAGE * TAG_SIZE));
    }
    this.#size += 1;
    for (const [column, value] of [
      ['object', at],
      ['offset', offset],
      ['end', end],
      ['codec', codec],
    ] as const) {
      this.#set(place, column, value);
    }
    this.#append(at, place);
    this.#index.add(place);
    if (pointer !== undefined) this.#tag(place).set(pointer.tag);
    if (pointer?.seal !== undefined) this.#seals[place] = pointer.seal;
    if (name !== pointer) this.#names[place] = name;
    this.#own(place, owner, pointer !== undefined);
  }

  ownerOf(place: number): Owner {
    const { part, field } = this.#kindAt(place);
    const [first, last] = [this.#get(place, 'first'), this.#get(place, 'last')];
    return { part, field, first, last, entries: this.#get(place, 'entries') };
  }

  /** Gives a piece to another owner. */
  give(place: number, owner: Owner): void {
    this.#own(place, owner, this.#kindAt(place).hasPointer);
  }

  has(object: ObjectId): boolean {
    return this.#ids.find(object) !== undefined;
  }

  *objects(): Generator<ObjectId, void, undefined> {
    for (let at = 0; at < this.#ids.size; at++) yield this.#ids.at(at);
  }

  /** The pieces of an object. */
  *of(object: ObjectId): Generator<Piece, void, undefined> {
    const at = this.#ids.find(object);
    if (at === undefined) return;
    const last = this.#lastOf[at] as number;
    for (let place = this.#get(last, 'next'); ; place = this.#get(place, 'next')) {
      yield this.#piece(object, place);
      if (place === last) return;
    }
  }

  #piece(object: ObjectId, place: number): Piece {
    const [offset, end, codec] = [this.#get(place, 'offset'), this.#get(place, 'end'), this.#get(place, 'codec')];
    const owner = this.ownerOf(place);
    if (!this.#kindAt(place).hasPointer) {
      return { object, offset, end, codec, pointer: undefined, name: undefined, owner };
    }
    const [tag, seal] = [this.#tag(place).slice(), this.#seals[place]];
    const plain = { object: idBytes(object), offset, size: end - offset, tag, codec };
    const pointer = seal === undefined ? plain : { ...plain, seal };
    return { object, offset, end, codec, pointer, name: this.#names[place] ?? pointer, owner };
  }

  #append(at: number, place: number): void {
    const last = this.#lastOf[at];
    this.#set(place, 'next', last === undefined ? place : this.#get(last, 'next'));
    if (last !== undefined) this.#set(last, 'next', place);
    this.#lastOf[at] = place;
  }

  #own(place: number, { part, field, first, last, entries }: Owner, hasPointer: boolean): void {
    const known = this.#kindOf.get(field) ?? new Map<string, number>();
    this.#kindOf.set(field, known);
    const name = hasPointer ? part : `index ${part}`;
    const kind = known.get(name) ?? this.#kinds.push({ part, field, hasPointer }) - 1;
    known.set(name, kind);
    for (const [column, value] of [
      ['kind', kind],
      ['first', first],
      ['last', last],
      ['entries', entries],
    ] as const) {
      this.#set(place, column, value);
    }
  }

  #kindAt(place: number): Kind {
    return this.#kinds[this.#get(place, 'kind')] as Kind;
  }

  #get(place: number, column: keyof typeof COLUMN): number {
    return this.#numbers[Math.floor(place / PAGE)]?.[(place % PAGE) * COLUMNS + COLUMN[column]] as number;
  }

  #set(place: number, column: keyof typeof COLUMN, value: number): void {
    const page = this.#numbers[Math.floor(place / PAGE)] as Float64Array;
    page[(place % PAGE) * COLUMNS + COLUMN[column]] = value;
  }

  #tag(place: number): Uint8Array {
    const at = (place % PAGE) * TAG_SIZE;
    return (this.#tags[Math.floor(place / PAGE)] as Uint8Array).subarray(at, at + TAG_SIZE);
  }
}
