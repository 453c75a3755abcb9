import { fromHex } from '../bytes/hex.js';
import { toUtf8 } from '../bytes/utf8.js';
import { isWellFormed } from '../bytes/well-formed.js';
import { InfinitreeError } from '../errors.js';
import {
  type CanonicalKey,
  END,
  END_MARK,
  type IndexKey,
  isComposite,
  KEY_KIND,
  MAX_KEY_DEPTH,
  MAX_KEY_SIZE,
  ZERO_MARK,
} from './index-key.js';
import { fromLatin1 } from './latin1.js';

/** Written to by one writer at a time, since writing is synchronous; what is taken is copied. */
const scratch = new Uint8Array(MAX_KEY_SIZE);
const scratchView = new DataView(scratch.buffer);

/** The encoding of a canonical key: `memcmp` orders encodings as keys are ordered, and none is a prefix of another. */
export function encodeKey(key: CanonicalKey): Uint8Array {
  if (isComposite(key)) return fromLatin1(key, 1);
  const writer = new KeyWriter((why) => new InfinitreeError('INVALID_ARGUMENT', `This cannot be a key: ${why}.`));
  writer.write(key);
  return writer.taken();
}

/** Writes one key; `refused` makes the error for what cannot be one. */
export class KeyWriter {
  readonly #refused: (why: string) => Error;
  #at = 0;

  constructor(refused: (why: string) => Error) {
    this.#refused = refused;
  }

  /** A copy of what was written. */
  taken(): Uint8Array {
    return scratch.slice(0, this.#at);
  }

  write(key: IndexKey, depth = 0): void {
    if (typeof key === 'number') this.#number(key);
    else if (typeof key === 'string') this.#string(key);
    else if (typeof key === 'boolean') this.#byte(key ? KEY_KIND.true : KEY_KIND.false);
    else if (typeof key === 'bigint') this.#bigint(key);
    else if (key instanceof Uint8Array) this.#escaped(KEY_KIND.bytes, key);
    else if (Array.isArray(key)) this.#tuple(key as readonly IndexKey[], depth + 1);
    else throw this.#refused(`it must be a boolean, number, bigint, string, Uint8Array or tuple, not ${nameOf(key)}`);
  }

  #byte(byte: number): void {
    this.#reserve(1);
    scratch[this.#at++] = byte;
  }

  #reserve(length: number): void {
    if (this.#at + length > MAX_KEY_SIZE) throw this.#refused(`its encoding is longer than ${MAX_KEY_SIZE} bytes`);
  }

  #number(key: number): void {
    if (Number.isNaN(key)) throw this.#refused('NaN has no place in an order');
    this.#reserve(9);
    const at = this.#at;
    scratch[at] = KEY_KIND.number;
    scratchView.setFloat64(at + 1, key + 0);
    // The bits of positive numbers are in order below one another; those of negative ones are in reverse order.
    const high = scratchView.getUint32(at + 1);
    if (high >= 0x80000000) {
      scratchView.setUint32(at + 1, ~high);
      scratchView.setUint32(at + 5, ~scratchView.getUint32(at + 5));
    } else {
      scratchView.setUint32(at + 1, high + 0x80000000);
    }
    this.#at += 9;
  }

  #bigint(key: bigint): void {
    const negative = key < 0n;
    const digits = (negative ? -key : key).toString(16);
    const magnitude = key === 0n ? new Uint8Array(0) : fromHex(digits.length % 2 === 0 ? digits : `0${digits}`);
    if (magnitude === undefined) throw new Error('unreachable: toString(16) writes hex digits');
    this.#reserve(3 + magnitude.length);
    // More digits are further from zero. Complemented, everything of a negative number sorts the other way round.
    const flip = negative ? 0xff : 0;
    scratch[this.#at++] = negative ? KEY_KIND.negativeBigint : KEY_KIND.bigint;
    scratch[this.#at++] = (magnitude.length >> 8) ^ flip;
    scratch[this.#at++] = (magnitude.length & 0xff) ^ flip;
    for (const byte of magnitude) scratch[this.#at++] = byte ^ flip;
  }

  #string(key: string): void {
    if (!isWellFormed(key)) throw this.#refused('a string with a lone surrogate cannot be stored');
    if (key.length > MAX_KEY_SIZE) this.#reserve(key.length);
    this.#escaped(KEY_KIND.string, toUtf8(key));
  }

  #escaped(kind: number, content: Uint8Array): void {
    this.#reserve(content.length + 3);
    scratch[this.#at++] = kind;
    for (const byte of content) {
      this.#byte(byte);
      if (byte === END) this.#byte(ZERO_MARK);
    }
    this.#byte(END);
    this.#byte(END_MARK);
  }

  #tuple(key: readonly IndexKey[], depth: number): void {
    if (depth > MAX_KEY_DEPTH) throw this.#refused(`its tuples are nested deeper than ${MAX_KEY_DEPTH}`);
    this.#byte(KEY_KIND.tuple);
    for (const element of key) this.write(element, depth);
    this.#byte(END);
  }
}

function nameOf(key: unknown): string {
  if (key === null) return 'null';
  return typeof key === 'object' ? 'an object' : `a value of type ${typeof key}`;
}
