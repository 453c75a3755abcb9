import { toHex } from '../../../src/bytes/hex.js';
import { decodeBlock } from '../../../src/codec/block.js';
import { fromCanonical, toCanonical } from '../../../src/codec/canonical-key.js';
import { unpack } from '../../../src/codec/compression.js';
import type { IndexKey } from '../../../src/codec/index-key.js';
import { readKey } from '../../../src/codec/key-decode.js';
import { encodeKey } from '../../../src/codec/key-encode.js';
import { prescan } from '../../../src/codec/prescan.js';
import { decodeValue } from '../../../src/codec/value-codec.js';
import { InfinitreeError } from '../../../src/errors.js';
import { keyFromNotation, toNotation } from '../notation.js';
import { bytesOf, type Check, type Json, listOf, numberOf } from '../vector.js';

const encoded = (key: Json | undefined) => toHex(encodeKey(toCanonical(keyFromNotation(key ?? null) as IndexKey)));

export const ENCODING_CHECKS: Readonly<Record<string, Check>> = {
  cbor: ({ input }) => prescan(bytesOf(input, 'bytes')),
  value: ({ input }) => ({ value: toNotation(decodeValue(bytesOf(input, 'bytes')).value) }),
  key: ({ input }) => {
    const bytes = bytesOf(input, 'bytes');
    const { value, end } = readKey(bytes, 0);
    if (end !== bytes.length) throw new InfinitreeError('CORRUPT', 'There are bytes behind the key.');
    const key = toNotation(value);
    return encoded(key) === toHex(bytes) ? { key } : { key, 'encoded again': encoded(key) };
  },
  'key-order': ({ input }) => {
    const encodings = listOf(input, 'keys').map(encoded);
    return { encodings: encodings.toSorted() };
  },
  'key-refused': ({ input }) => ({ encoding: encoded(input['key']) }),
  block: ({ input }) => {
    const { keys, values, kinds, sequences } = decodeBlock(bytesOf(input, 'bytes'));
    const entries = keys.map((key, i) => ({
      key: toNotation(fromCanonical(key)),
      kind: kinds?.[i] ?? 0,
      sequence: sequences?.[i] ?? null,
      ...(kinds?.[i] === 1 ? {} : { value: toNotation(values[i]) }),
    }));
    return { entries };
  },
  packed: ({ input }) => {
    return { plain: toHex(unpack(numberOf(input, 'codec'), bytesOf(input, 'payload'), numberOf(input, 'maxPlain'))) };
  },
};
