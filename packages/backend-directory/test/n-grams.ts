// Looked up once: in a test runner's sandbox every use of a global takes long.
const { imul } = Math;

/** Bits of the table that tells at once that most of what is looked at is not in the set. */
const TABLE_BITS = 27;

/** All runs of eight bytes in some texts, to be looked for in large files. */
export class NGrams {
  readonly #grams = new Set<string>();
  readonly #table = new Uint8Array(2 ** (TABLE_BITS - 3));

  constructor(texts: Iterable<string>) {
    for (const text of texts) {
      const bytes = Buffer.from(text);
      for (let i = 0; i + 8 <= bytes.length; i++) {
        const gram = bytes.toString('latin1', i, i + 8);
        if (this.#grams.has(gram)) continue;
        this.#grams.add(gram);
        const slot = slotOf(bytes.readUInt32BE(i), bytes.readUInt32BE(i + 4));
        this.#table[slot >>> 3]! |= 1 << (slot & 7);
      }
    }
  }

  get size(): number {
    return this.#grams.size;
  }

  /** The first run of the set that stands in these bytes, at whatever place; `undefined` where there is none. */
  firstIn(bytes: Uint8Array): string | undefined {
    const table = this.#table;
    let older = 0;
    let newer = 0;
    for (let i = 0; i < bytes.length; i++) {
      older = (older << 8) | (newer >>> 24);
      newer = (newer << 8) | bytes[i]!;
      if (i < 7) continue;
      const slot = slotOf(older, newer);
      if ((table[slot >>> 3]! & (1 << (slot & 7))) === 0) continue;
      const gram = Buffer.from(bytes.subarray(i - 7, i + 1)).toString('latin1');
      if (this.#grams.has(gram)) return gram;
    }
    return undefined;
  }
}

function slotOf(first: number, second: number): number {
  return (imul(first, 0x9e3779b1) ^ imul(second, 0x85ebca6b)) >>> (32 - TABLE_BITS);
}
