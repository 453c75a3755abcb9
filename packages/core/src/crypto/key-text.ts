import { fromBase32, toBase32 } from '../bytes/base32.js';
import { InfinitreeError } from '../errors.js';
import { KEY_SIZE } from './primitives.js';

/** What says that a text is a key, and in which form. */
const PREFIX = 'ITK1-';
const CHECKSUM_SIZE = 3;
const GROUP = 4;
/** 35 bytes are 56 digits of five bits. */
const DIGITS = 56;

/**
 * A key as a text that can be printed, read out and typed again: 14 groups of four digits, of which the last ones tell
 * mistakes. Not of words: words are of one language, and twice as long.
 */
export function toKeyText(key: Uint8Array): string {
  const bytes = new Uint8Array(KEY_SIZE + CHECKSUM_SIZE);
  bytes.set(key);
  bytes.set(crc24(key), KEY_SIZE);
  const digits = toBase32(bytes);
  bytes.fill(0);
  return PREFIX + (digits.match(/.{4}/g) ?? []).join('-');
}

/**
 * The 32 bytes that such a text stands for. Case, white space and hyphens do not matter. Throws `INVALID_ARGUMENT`, which shows
 * nothing of the text, where it is none, or where it was mistyped.
 */
export function fromKeyText(text: unknown): Uint8Array {
  if (typeof text !== 'string') throw invalid('The text of a key is a string');
  const plain = text.toUpperCase().replace(/[\s-]/g, '');
  const prefix = PREFIX.slice(0, GROUP);
  if (!plain.startsWith(prefix)) throw invalid(`The text of a key begins with "${PREFIX}"`);
  const digits = plain.slice(prefix.length);
  const bytes = digits.length === DIGITS ? fromBase32(digits) : undefined;
  if (bytes === undefined)
    throw invalid(`Behind "${PREFIX}", the text of a key has ${DIGITS} digits and letters without U`);
  const key = bytes.slice(0, KEY_SIZE);
  if (crc24(key).some((byte, i) => byte !== bytes[KEY_SIZE + i])) throw invalid('The text of the key was mistyped');
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
