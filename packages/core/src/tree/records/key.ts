import type { CanonicalKey } from '../../codec/index-key.js';
import { decodeKey } from '../../codec/key-decode.js';
import { encodeKey } from '../../codec/key-encode.js';
import { bytes, malformed } from './shape.js';

export function writeKey(key: CanonicalKey): Uint8Array {
  return encodeKey(key);
}

export function readKey(value: unknown): CanonicalKey {
  const encoded = bytes(value);
  const { key, end } = decodeKey(encoded, 0);
  if (end !== encoded.length) throw malformed('a key has bytes behind it');
  return key;
}
