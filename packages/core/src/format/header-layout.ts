/** Offset and size in bytes of each part of a sealed header. `docs/format/cryptography.md` has the same table. */
export const SEALED_HEADER = {
  salt: [0, 32],
  commitment: [32, 32],
  ciphertext: [64, 432],
  tag: [496, 16],
} as const;

/** Bytes in a sealed header. */
export const SEALED_HEADER_SIZE = 512;

/** Bytes that the two headers of a key object take. */
export const KEY_OBJECT_HEADERS = 2 * SEALED_HEADER_SIZE;

/** Bytes in a header before it is sealed; always exactly this many. */
export const HEADER_PLAIN_SIZE = 432;

/** Bytes in the salt of a header or a salted box. */
export const SALT_SIZE = 32;

/** Bytes that sealing into a salted box adds: the salt in front and the tag behind. */
export const SALTED_BOX_OVERHEAD = 48;
