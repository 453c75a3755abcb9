import { corrupt } from './corrupt.js';
import type { CanonicalKey } from './index-key.js';
import { KeyHasher } from './key-hash.js';

/** Bits for each key: of keys that are not there, about three in a thousand pass. */
const BITS_PER_KEY = 12;
/** A line: eight words, in each of which a key has one bit. */
const LINE = 32;
/** One odd factor for each word, as the specification of Apache Parquet has them. */
const SALT = [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31] as const;

const hasher = new KeyHasher();

/** The hashes of some keys, two numbers for each, until there is a filter for them. */
export class KeyHashes {
  #pairs = new Uint32Array(2048);
  #length = 0;
  #last: CanonicalKey | undefined;

  /** How many different keys there are, if they come in order. */
  get count(): number {
    return this.#length / 2;
  }

  add(key: CanonicalKey): void {
    if (key === this.#last) return;
    this.#last = key;
    if (this.#length === this.#pairs.length) {
      const larger = new Uint32Array(2 * this.#length);
      larger.set(this.#pairs);
      this.#pairs = larger;
    }
    hasher.hash(key);
    this.#pairs[this.#length++] = hasher.high;
    this.#pairs[this.#length++] = hasher.low;
  }

  /** A filter that lets all of these keys pass. */
  toFilter(): Uint8Array {
    const lines = Math.max(1, Math.ceil((this.count * BITS_PER_KEY) / (8 * LINE)));
    const words = new Uint32Array(lines * SALT.length);
    for (let i = 0; i < this.#length; i += 2) {
      const first = lineOf(this.#pairs[i] as number, lines) * SALT.length;
      const low = this.#pairs[i + 1] as number;
      for (let word = 0; word < SALT.length; word++) {
        words[first + word] = (words[first + word] as number) | bitOf(low, word);
      }
    }
    // Written apart from being gathered, which goes over each word many times.
    const view = new DataView(new ArrayBuffer(lines * LINE));
    for (let i = 0; i < words.length; i++) view.setUint32(4 * i, words[i] as number, true);
    return new Uint8Array(view.buffer);
  }
}

/**
 * A split block Bloom filter: it says that a key may be there, or that it is not. After Putze, Sanders and Singler,
 * "Cache-, Hash- and Space-Efficient Bloom Filters" (2007), in the form of Apache Parquet, but for the hash.
 */
export class KeyFilter {
  readonly #view: DataView;
  readonly #lines: number;

  /** What is no filter is `CORRUPT`. */
  constructor(bytes: Uint8Array) {
    if (bytes.length === 0 || bytes.length % LINE !== 0) throw corrupt('A filter is not of whole lines');
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#lines = bytes.length / LINE;
  }

  mayHold(key: CanonicalKey): boolean {
    hasher.hash(key);
    const at = lineOf(hasher.high, this.#lines) * LINE;
    for (let word = 0; word < SALT.length; word++) {
      if ((this.#view.getUint32(at + 4 * word, true) & bitOf(hasher.low, word)) === 0) return false;
    }
    return true;
  }
}

/** Which line is that of a key: the hash as a fraction of all lines. */
function lineOf(high: number, lines: number): number {
  return Math.floor((high * lines) / 0x1_0000_0000);
}

function bitOf(low: number, word: number): number {
  return 1 << (Math.imul(low, SALT[word] as number) >>> 27);
}
