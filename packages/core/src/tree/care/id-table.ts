import { idBytes } from '../../format/id-bytes.js';
import { ID_SIZE, type ObjectId, toObjectId } from '../../format/ids.js';

/** Ids in a page of records. */
const PAGE = 1024;
const MIN_SLOTS = 4;
/** How many of a shard's slots may be in use. */
const LOAD = 0.75;
const GROWTH = 1.5;
/**
 * What ids are told apart by first. The second half of an id of the tree is a MAC, so nobody without its keys chooses
 * ids that meet in one slot.
 */
const HASH_AT = 16;
const SHARD_AT = 20;

interface Shard {
  /** One more than the place of an id; 0 where there is none. */
  slots: Uint32Array;
  used: number;
}

/**
 * Gives ids their places: 0, 1, 2 and so on, in the order in which they come. Takes some 40 bytes for each, outside of the
 * heap, where a Set of strings takes 150, and has room for 2^32 where a Set has for 2^24. Exact: whole ids are compared.
 */
export class IdTable {
  readonly #pages: Uint8Array[] = [];
  /** By a byte of the id, so that no table of slots has to be made anew for all ids at once. */
  readonly #shards: Shard[] = [];
  #size = 0;

  /** How many ids have a place. */
  get size(): number {
    return this.#size;
  }

  /** The place of an id; `undefined` where it has none. */
  find(id: ObjectId): number | undefined {
    const bytes = idBytes(id);
    const shard = this.#shards[bytes[SHARD_AT] as number];
    if (shard === undefined) return undefined;
    const slot = this.#slotOf(shard.slots, bytes);
    const found = shard.slots[slot] as number;
    return found === 0 ? undefined : found - 1;
  }

  /** The place of an id, which has one from now on. */
  add(id: ObjectId): number {
    const bytes = idBytes(id);
    const number = bytes[SHARD_AT] as number;
    const shard = (this.#shards[number] ??= { slots: new Uint32Array(MIN_SLOTS), used: 0 });
    let slot = this.#slotOf(shard.slots, bytes);
    const found = shard.slots[slot] as number;
    if (found !== 0) return found - 1;
    if (shard.used + 1 > shard.slots.length * LOAD) {
      this.#grow(shard);
      slot = this.#slotOf(shard.slots, bytes);
    }
    const place = this.#size;
    this.#pages[Math.floor(place / PAGE)] ??= new Uint8Array(PAGE * ID_SIZE);
    this.#record(place).set(bytes);
    this.#size += 1;
    shard.used += 1;
    shard.slots[slot] = place + 1;
    return place;
  }

  /** The id that has a place below the size. */
  at(place: number): ObjectId {
    return toObjectId(this.#record(place));
  }

  #record(place: number): Uint8Array {
    const at = (place % PAGE) * ID_SIZE;
    return (this.#pages[Math.floor(place / PAGE)] as Uint8Array).subarray(at, at + ID_SIZE);
  }

  /** Where the id stands, or the free slot where it would. There always is a free one. */
  #slotOf(slots: Uint32Array, bytes: Uint8Array): number {
    let slot = Math.floor((hashOf(bytes) / 2 ** 32) * slots.length);
    for (;;) {
      const found = slots[slot] as number;
      if (found === 0 || this.#isAt(found - 1, bytes)) return slot;
      slot = slot + 1 < slots.length ? slot + 1 : 0;
    }
  }

  #isAt(place: number, bytes: Uint8Array): boolean {
    const page = this.#pages[Math.floor(place / PAGE)] as Uint8Array;
    const at = (place % PAGE) * ID_SIZE;
    for (let i = 0; i < ID_SIZE; i++) if (page[at + i] !== bytes[i]) return false;
    return true;
  }

  #grow(shard: Shard): void {
    const before = shard.slots;
    shard.slots = new Uint32Array(Math.ceil(before.length * GROWTH));
    for (const found of before) {
      if (found !== 0) shard.slots[this.#slotOf(shard.slots, this.#record(found - 1))] = found;
    }
  }
}

function hashOf(bytes: Uint8Array): number {
  const at = HASH_AT;
  const [a, b, c, d] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]] as [number, number, number, number];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
