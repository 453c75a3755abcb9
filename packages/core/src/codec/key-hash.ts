import { type CanonicalKey, END, END_MARK, KEY_KIND } from './index-key.js';
import { encodeKey } from './key-encode.js';

const NUMBER = new DataView(new ArrayBuffer(8));

/**
 * Two hashes of 32 bits of the encoding of a key: MurmurHash3_x86_32 (Appleby, 2011) with the seeds 0 and 1. It need not
 * resist anybody: whoever chooses keys that collide makes lookups read a block for naught.
 */
export class KeyHasher {
  high = 0;
  low = 0;
  #word = 0;
  #length = 0;

  /** Sets `high` and `low`. Kept in the hasher, as there are millions of keys. */
  hash(key: CanonicalKey): void {
    this.high = 0;
    this.low = 1;
    this.#word = 0;
    this.#length = 0;
    if (typeof key === 'number') this.#number(key);
    else if (typeof key !== 'string' || !this.#ascii(key)) this.#bytes(encodeKey(key));
    this.#finish();
  }

  /** As `encodeKey` writes it, word by word, with nothing allocated. */
  #number(key: number): void {
    NUMBER.setFloat64(0, key + 0);
    let high = NUMBER.getUint32(0);
    let low = NUMBER.getUint32(4);
    if (high >= 0x80000000) {
      high = ~high;
      low = ~low;
    } else {
      high += 0x80000000;
    }
    // Bytes of the kind, `high` and `low`, the first one lowest in its word.
    this.#mix(KEY_KIND.number | (swapped(high) << 8));
    this.#mix((high & 0xff) | (swapped(low) << 8));
    this.#word = low & 0xff;
    this.#length = 9;
  }

  /** The same of a string that is encoded as it stands; false, and nothing done, for any other. */
  #ascii(key: string): boolean {
    for (let i = 0; i < key.length; i++) {
      const code = key.charCodeAt(i);
      if (code === END || code >= 0x80) return false;
    }
    this.#push(KEY_KIND.string);
    for (let i = 0; i < key.length; i++) this.#push(key.charCodeAt(i));
    this.#push(END);
    this.#push(END_MARK);
    return true;
  }

  #bytes(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) this.#push(bytes[i] as number);
  }

  #push(byte: number): void {
    this.#word |= byte << (8 * (this.#length & 3));
    this.#length += 1;
    if ((this.#length & 3) !== 0) return;
    this.#mix(this.#word);
    this.#word = 0;
  }

  #mix(word: number): void {
    const scrambledWord = scrambled(word);
    this.high = mixed(this.high, scrambledWord);
    this.low = mixed(this.low, scrambledWord);
  }

  #finish(): void {
    const rest = scrambled(this.#word);
    this.high = finished(this.high ^ rest ^ this.#length);
    this.low = finished(this.low ^ rest ^ this.#length);
  }
}

/** The bytes of a word in the other order. */
function swapped(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

function scrambled(word: number): number {
  const product = Math.imul(word, 0xcc9e2d51);
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593);
}

function mixed(hash: number, word: number): number {
  const sum = hash ^ word;
  return (Math.imul((sum << 13) | (sum >>> 19), 5) + 0xe6546b64) | 0;
}

function finished(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
