import { toHex } from '../bytes/hex.js';
import { fromUtf8 } from '../bytes/utf8.js';
import { corrupt } from './corrupt.js';
import {
  type CanonicalKey,
  COMPOSITE,
  END,
  END_MARK,
  type IndexKey,
  KEY_KIND,
  MAX_KEY_DEPTH,
  MAX_KEY_SIZE,
  ZERO_MARK,
} from './index-key.js';
import { toLatin1 } from './latin1.js';

/** A key read from bytes, and where the next one begins. */
export interface DecodedKey {
  readonly key: CanonicalKey;
  readonly end: number;
}

/**
 * The key encoded at `at`. Accepts exactly what `encodeKey` writes, since two encodings of one key would be two keys;
 * everything else is `CORRUPT`.
 */
export function decodeKey(bytes: Uint8Array, at: number): DecodedKey {
  const { value, end } = readKey(bytes, at);
  if (typeof value !== 'object') return { key: value, end };
  return { key: COMPOSITE + toLatin1(bytes.subarray(at, end)), end };
}

/** As {@link decodeKey}, but the key itself: bytes are a copy, tuples are frozen. */
export function readKey(bytes: Uint8Array, at: number): { value: IndexKey; end: number } {
  // A key that is longer than allowed runs over the end of this window.
  const reader = new KeyReader(bytes.subarray(at, at + MAX_KEY_SIZE), at);
  return { value: reader.key(0), end: at + reader.at };
}

class KeyReader {
  readonly #bytes: Uint8Array;
  readonly #base: number;
  at = 0;

  constructor(bytes: Uint8Array, base: number) {
    this.#bytes = bytes;
    this.#base = base;
  }

  key(depth: number): IndexKey {
    const kind = this.#byte();
    switch (kind) {
      case KEY_KIND.false:
        return false;
      case KEY_KIND.true:
        return true;
      case KEY_KIND.number:
        return this.#number();
      case KEY_KIND.negativeBigint:
        return this.#bigint(0xff);
      case KEY_KIND.bigint:
        return this.#bigint(0);
      case KEY_KIND.string:
        return this.#string();
      case KEY_KIND.bytes:
        return this.#escaped();
      case KEY_KIND.tuple:
        return this.#tuple(depth + 1);
      default:
        throw this.#corrupt('A key is of no known kind');
    }
  }

  #corrupt(what: string): Error {
    return corrupt(what, this.#base + this.at);
  }

  #byte(): number {
    const byte = this.#bytes[this.at];
    if (byte === undefined) throw this.#corrupt('A key has no end');
    this.at += 1;
    return byte;
  }

  /** A copy to work on. Not by `slice`, which copies nothing where the bytes are a Node Buffer. */
  #take(length: number): Uint8Array<ArrayBuffer> {
    if (length > this.#bytes.length - this.at) throw this.#corrupt('A key has no end');
    this.at += length;
    return new Uint8Array(this.#bytes.subarray(this.at - length, this.at));
  }

  #number(): number {
    const bits = this.#take(8);
    const positive = (bits[0] ?? 0) >= 0x80;
    if (positive) bits[0] = (bits[0] ?? 0) ^ 0x80;
    else for (let i = 0; i < 8; i++) bits[i] = ~(bits[i] ?? 0);
    const value = new DataView(bits.buffer).getFloat64(0);
    if (Number.isNaN(value) || Object.is(value, -0)) throw this.#corrupt('A key is a number that no key can be');
    return value;
  }

  #bigint(flip: 0 | 0xff): bigint {
    const length = ((this.#byte() ^ flip) << 8) | (this.#byte() ^ flip);
    const magnitude = this.#take(length);
    if (flip !== 0) for (let i = 0; i < length; i++) magnitude[i] = ~(magnitude[i] ?? 0);
    if (length === 0) {
      if (flip !== 0) throw this.#corrupt('A key is a negative zero');
      return 0n;
    }
    if (magnitude[0] === 0) throw this.#corrupt('A key has a leading zero');
    const value = BigInt(`0x${toHex(magnitude)}`);
    return flip === 0 ? value : -value;
  }

  #string(): string {
    const text = fromUtf8(this.#escaped());
    if (text === undefined) throw this.#corrupt('A key is not valid UTF-8');
    return text;
  }

  #escaped(): Uint8Array {
    const start = this.at;
    let zeros = 0;
    while (true) {
      if (this.#byte() !== END) continue;
      const mark = this.#byte();
      if (mark === END_MARK) break;
      if (mark !== ZERO_MARK) throw this.#corrupt('A key has an unknown escape');
      zeros += 1;
    }
    const escaped = this.#bytes.subarray(start, this.at - 2);
    if (zeros === 0) return new Uint8Array(escaped);
    // Made when its length is known: a tuple may have more than a thousand of these.
    const content = new Uint8Array(escaped.length - zeros);
    for (let at = 0, from = 0; at < content.length; at++) {
      content[at] = escaped[from] ?? 0;
      from += escaped[from] === END ? 2 : 1;
    }
    return content;
  }

  #tuple(depth: number): IndexKey {
    if (depth > MAX_KEY_DEPTH) throw this.#corrupt('A key is nested too deep');
    const elements: IndexKey[] = [];
    while (this.#bytes[this.at] !== END) elements.push(this.key(depth));
    this.at += 1;
    return Object.freeze(elements);
  }
}
