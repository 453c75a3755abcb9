import { fromBase32, toBase32 } from '../bytes/base32.js';
import { InfinitreeError } from '../errors.js';
import { KEY_SIZE } from './primitives.js';

/** What a text stands for: what it begins with, and how many bytes it holds. */
export interface TextForm {
  readonly what: string;
  readonly prefix: string;
  readonly size: number;
}

/** The key of a tree: 14 groups of four digits. */
export const KEY_TEXT: TextForm = { what: 'key', prefix: 'ITK1-', size: KEY_SIZE };

const CHECKSUM_SIZE = 3;
const GROUP = 4;

/**
 * A key as a text that can be printed, read out and typed again: groups of four digits, of which the last ones tell
 * mistakes. Not of words: words are of one language, and twice as long.
 */
export function toKeyText(key: Uint8Array, { prefix }: TextForm = KEY_TEXT): string {
  const bytes = new Uint8Array(key.length + CHECKSUM_SIZE);
  bytes.set(key);
  bytes.set(crc24(key), key.length);
  const digits = toBase32(bytes);
  bytes.fill(0);
  return prefix + (digits.match(/.{4}/g) ?? []).join('-');
}

/**
 * The bytes that such a text stands for. Case, white space and hyphens do not matter. Throws `INVALID_ARGUMENT`, which shows
 * nothing of the text, where it is none, or where it was mistyped.
 */
export function fromKeyText(text: unknown, { what, prefix, size }: TextForm = KEY_TEXT): Uint8Array {
  if (typeof text !== 'string') throw invalid(`The text of a ${what} is a string`);
  const plain = text.toUpperCase().replace(/[\s-]/g, '');
  const start = prefix.slice(0, GROUP);
  if (!plain.startsWith(start)) throw invalid(`The text of a ${what} begins with "${prefix}"`);
  const digits = plain.slice(start.length);
  const wanted = ((size + CHECKSUM_SIZE) * 8) / 5;
  const bytes = digits.length === wanted ? fromBase32(digits) : undefined;
  if (bytes === undefined)
    throw invalid(`Behind "${prefix}", the text of a ${what} has ${wanted} digits and letters without U`);
  const key = bytes.slice(0, size);
  if (crc24(key).some((byte, i) => byte !== bytes[size + i])) throw invalid(`The text of the ${what} was mistyped`);
  bytes.fill(0);
  return key;
}

/** CRC-24 (RFC 9580, section 6.1). It is there for mistakes: what holds against malice is the key object. */
function crc24(bytes: Uint8Array): Uint8Array {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ ((crc & 0x800000) === 0 ? 0 : 0x1864cfb);
  }
  return Uint8Array.of(crc >> 16, crc >> 8, crc);
}

function invalid(what: string): InfinitreeError {
  return new InfinitreeError('INVALID_ARGUMENT', `${what}.`);
}
