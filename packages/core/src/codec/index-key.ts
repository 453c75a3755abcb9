/** What a key of a map or set may be. */
export type IndexKey = boolean | number | bigint | string | Uint8Array | readonly IndexKey[];

/**
 * A key in memory: what a `Map` compares as this library compares keys. Primitives stand for themselves; bytes and
 * tuples are {@link COMPOSITE} and their encoding, a character a byte. No string key begins like that, since keys are
 * free of lone surrogates. Not an object, because a `Map` would compare it by identity.
 */
export type CanonicalKey = boolean | number | bigint | string;

/** The longest encoding of a key, in bytes. */
export const MAX_KEY_SIZE = 4096;

/** How deep tuples may be nested; a tuple of primitives has depth 1. */
export const MAX_KEY_DEPTH = 32;

/** Begins every canonical key that stands for bytes or a tuple: a surrogate that has no second half. */
export const COMPOSITE = '\uD800';

/** Whether a canonical key stands for bytes or a tuple. U+D800 also begins real strings, but never before Latin-1. */
export function isComposite(key: CanonicalKey): key is string {
  return typeof key === 'string' && key.charCodeAt(0) === 0xd800 && key.charCodeAt(1) < 0x100;
}

/**
 * The first byte of an encoded key, in the order of kinds. None is zero, so that a zero can end a tuple before every
 * element that could follow. The gaps are for kinds yet to come.
 */
export const KEY_KIND = {
  false: 0x08,
  true: 0x09,
  number: 0x10,
  negativeBigint: 0x18,
  bigint: 0x19,
  string: 0x20,
  bytes: 0x28,
  tuple: 0x30,
} as const;

/** Ends a tuple. Ends a string and bytes too, with {@link END_MARK} behind it. */
export const END = 0x00;

/** Behind a zero: it ends the string or bytes. Below {@link ZERO_MARK}, so that a prefix comes before what it begins. */
export const END_MARK = 0x01;

/** Behind a zero: it is a zero of the string or bytes itself. */
export const ZERO_MARK = 0xff;
