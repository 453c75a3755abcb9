import type { ObjectId } from '../../format/ids.js';
import { IdTable } from './id-table.js';

/** Places in a page of bits. */
const PAGE = 65_536;

/**
 * A set of ids: a bit for each place of a table. Several sets over one table cost little more than one, as the ids stand
 * there but once. An id is gone through at its place in the table.
 */
export class IdSet implements Iterable<ObjectId> {
  readonly #table: IdTable;
  readonly #pages: (Uint8Array | undefined)[] = [];
  #size = 0;

  constructor(table = new IdTable()) {
    this.#table = table;
  }

  get size(): number {
    return this.#size;
  }

  has(id: ObjectId): boolean {
    const place = this.#table.find(id);
    return place !== undefined && this.#isIn(place);
  }

  /** Whether it was not in the set before. */
  add(id: ObjectId): boolean {
    const place = this.#table.add(id);
    if (this.#isIn(place)) return false;
    this.#flip(place);
    this.#size += 1;
    return true;
  }

  /** Whether it was in the set before. */
  delete(id: ObjectId): boolean {
    const place = this.#table.find(id);
    if (place === undefined || !this.#isIn(place)) return false;
    this.#flip(place);
    this.#size -= 1;
    return true;
  }

  *[Symbol.iterator](): Generator<ObjectId, void, undefined> {
    for (let place = 0; place < this.#table.size; place++) if (this.#isIn(place)) yield this.#table.at(place);
  }

  #isIn(place: number): boolean {
    const byte = this.#pages[Math.floor(place / PAGE)]?.[(place % PAGE) >> 3] ?? 0;
    return (byte & (1 << (place & 7))) !== 0;
  }

  #flip(place: number): void {
    const page = (this.#pages[Math.floor(place / PAGE)] ??= new Uint8Array(PAGE / 8));
    const at = (place % PAGE) >> 3;
    page[at] = (page[at] as number) ^ (1 << (place & 7));
  }
}
