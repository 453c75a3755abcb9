import { corrupt } from './corrupt.js';
import { ESCAPE_TAGS } from './escape-tags.js';
import { validUtf8 } from './valid-utf8.js';

/** The longest magnitude of a bigint, in bytes. */
export const MAX_BIGINT_SIZE = 4096;

/** What decoding may cost. Each has a default. */
export interface CborLimits {
  /** How deep arrays, maps and tags may be nested. */
  readonly maxDepth?: number;
  /** How many items, map keys included, there may be in all. */
  readonly maxItems?: number;
}

export const DEFAULT_MAX_DEPTH = 64;
export const DEFAULT_MAX_ITEMS = 16_777_216;

/** What a scan saw, so that callers know whether what is decoded needs a second look. */
export interface Scan {
  /** Whether there is an escape tag. */
  readonly escaped: boolean;
  /** Whether there is a byte string that is not the magnitude of a bigint. */
  readonly bytes: boolean;
}

/**
 * Walks CBOR without decoding it and throws `CORRUPT` for everything that this library never writes: the decoder behind
 * it would accept much of that, spend memory or time on it, or change it silently. Recursion is bounded by the depth.
 */
export function prescan(bytes: Uint8Array, limits: CborLimits = {}): Scan {
  const scanner = new Scanner(bytes, limits.maxDepth ?? DEFAULT_MAX_DEPTH, limits.maxItems ?? DEFAULT_MAX_ITEMS);
  scanner.item(0);
  scanner.end();
  return { escaped: scanner.escaped, bytes: scanner.bytes };
}

const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6 } as const;
const TAG_BIGNUM = 2;
const TAG_NEGATIVE_BIGNUM = 3;
const PROTO = '__proto__';

class Scanner {
  readonly #bytes: Uint8Array;
  readonly #maxDepth: number;
  readonly #maxItems: number;
  #itemsLeft: number;
  #at = 0;
  escaped = false;
  bytes = false;

  constructor(bytes: Uint8Array, maxDepth: number, maxItems: number) {
    this.#bytes = bytes;
    this.#maxDepth = maxDepth;
    this.#maxItems = maxItems;
    this.#itemsLeft = maxItems;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw corrupt('There are bytes behind the CBOR', this.#at);
  }

  item(depth: number): void {
    if (--this.#itemsLeft < 0)
      throw corrupt(`The CBOR has more than the ${this.#maxItems} items that are read at most`, this.#at);
    const head = this.#head();
    const major = head >> 5;
    const info = head & 0x1f;
    if (major < MAJOR.bytes) this.#skip(sizeOfArgument(info, this.#at));
    else if (major === MAJOR.bytes) {
      this.bytes = true;
      this.#skip(this.#argument(info));
    } else if (major === MAJOR.text) this.#text(this.#argument(info));
    else if (major === MAJOR.array) this.#array(this.#argument(info), depth + 1);
    else if (major === MAJOR.map) this.#map(this.#argument(info), depth + 1);
    else if (major === MAJOR.tag) this.#tag(this.#argument(info), depth + 1);
    else this.#simple(info);
  }

  #head(): number {
    const head = this.#bytes[this.#at];
    if (head === undefined) throw corrupt('The CBOR ends too early', this.#at);
    this.#at += 1;
    return head;
  }

  #skip(length: number): void {
    if (length > this.#bytes.length - this.#at) throw corrupt('The CBOR ends too early', this.#at);
    this.#at += length;
  }

  /** A length, count or tag number: at most 32 bits, always definite. */
  #argument(info: number): number {
    if (info < 24) return info;
    const size = sizeOfArgument(info, this.#at);
    if (size > 4) throw corrupt('The CBOR has a length of 64 bits', this.#at);
    this.#skip(size);
    let value = 0;
    for (let i = this.#at - size; i < this.#at; i++) value = value * 256 + (this.#bytes[i] ?? 0);
    return value;
  }

  #text(length: number): void {
    const start = this.#at;
    this.#skip(length);
    if (!validUtf8(this.#bytes, start, this.#at)) throw corrupt('The CBOR has text that is not UTF-8', start);
  }

  #nest(count: number, bytesEach: number, depth: number): void {
    if (depth > this.#maxDepth) throw corrupt('The CBOR is nested too deep', this.#at);
    // Every item takes at least a byte, so a count beyond what is left is known to be wrong before anything is made.
    if (count * bytesEach > this.#bytes.length - this.#at) throw corrupt('The CBOR ends too early', this.#at);
  }

  #array(count: number, depth: number): void {
    this.#nest(count, 1, depth);
    for (let i = 0; i < count; i++) this.item(depth);
  }

  #map(count: number, depth: number): void {
    this.#nest(count, 2, depth);
    for (let i = 0; i < count; i++) {
      this.#mapKey();
      this.item(depth);
    }
  }

  /** Map keys are text; an object with the key `__proto__` is escaped, since the decoder would rename that key. */
  #mapKey(): void {
    if (--this.#itemsLeft < 0)
      throw corrupt(`The CBOR has more than the ${this.#maxItems} items that are read at most`, this.#at);
    const head = this.#head();
    if (head >> 5 !== MAJOR.text) throw corrupt('The CBOR has a map key that is not text', this.#at - 1);
    const length = this.#argument(head & 0x1f);
    this.#text(length);
    if (length !== PROTO.length) return;
    for (let i = 0; i < length; i++) if (this.#bytes[this.#at - length + i] !== PROTO.charCodeAt(i)) return;
    throw corrupt('The CBOR has a map key that is reserved', this.#at - length);
  }

  #tag(tag: number, depth: number): void {
    this.#nest(1, 1, depth);
    if (tag === TAG_BIGNUM || tag === TAG_NEGATIVE_BIGNUM) {
      const head = this.#head();
      const length = head >> 5 === MAJOR.bytes ? this.#argument(head & 0x1f) : Number.POSITIVE_INFINITY;
      if (length > MAX_BIGINT_SIZE) throw corrupt('The CBOR has a bigint of no valid length', this.#at);
      this.#skip(length);
      return;
    }
    if (!ESCAPE_TAGS.has(tag)) throw corrupt('The CBOR has an unknown tag', this.#at);
    this.escaped = true;
    this.item(depth);
  }

  /** false, true, null and undefined are 20 to 23; of floating point there is only the 64-bit form. */
  #simple(info: number): void {
    if (info === 27) this.#skip(8);
    else if (info < 20 || info > 23) throw corrupt('The CBOR has an unknown simple value', this.#at - 1);
  }
}

function sizeOfArgument(info: number, at: number): number {
  if (info < 24) return 0;
  if (info > 27) throw corrupt('The CBOR has an item of indefinite or reserved length', at - 1);
  return 1 << (info - 24);
}
