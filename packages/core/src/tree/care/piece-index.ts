const MIN_SLOTS = 64;
/** How many slots may be in use. */
const LOAD = 0.75;
const GROWTH = 1.5;

/** Finds pieces by the number of their object and their offset, which `keyOf` a piece tells. */
export class PieceIndex {
  readonly #keyOf: (piece: number) => readonly [object: number, offset: number];
  /** One more than a piece; 0 where there is none. */
  #slots = new Uint32Array(MIN_SLOTS);
  #used = 0;

  constructor(keyOf: (piece: number) => readonly [object: number, offset: number]) {
    this.#keyOf = keyOf;
  }

  find(object: number, offset: number): number | undefined {
    const found = this.#slots[this.#slotOf(object, offset)] as number;
    return found === 0 ? undefined : found - 1;
  }

  /** Adds a piece whose key is not there yet. */
  add(piece: number): void {
    this.#used += 1;
    if (this.#used > this.#slots.length * LOAD) {
      const before = this.#slots;
      this.#slots = new Uint32Array(Math.ceil(before.length * GROWTH));
      for (const found of before) if (found !== 0) this.#put(found - 1);
    }
    this.#put(piece);
  }

  #put(piece: number): void {
    this.#slots[this.#slotOf(...this.#keyOf(piece))] = piece + 1;
  }

  /** Where a piece stands, or the free slot where it would. There always is a free one. */
  #slotOf(object: number, offset: number): number {
    const slots = this.#slots;
    let slot = Math.floor((hash(object, offset) / 2 ** 32) * slots.length);
    for (;;) {
      const found = slots[slot] as number;
      if (found === 0) return slot;
      const [itsObject, itsOffset] = this.#keyOf(found - 1);
      if (itsObject === object && itsOffset === offset) return slot;
      slot = slot + 1 < slots.length ? slot + 1 : 0;
    }
  }
}

/** Offsets are often multiples of one another, so all bits of both have to be mixed. */
function hash(object: number, offset: number): number {
  let mixed = Math.imul(object, 0x9e3779b1) ^ Math.imul(offset % 2 ** 32, 0x85ebca6b) ^ Math.floor(offset / 2 ** 32);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0x27d4eb2f);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
