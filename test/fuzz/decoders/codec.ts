import { InfinitreeError } from '@infinitree/core';
import fc from 'fast-check';
import { compareBytes } from '../../../packages/core/src/bytes/compare.js';
import { decodeBlock, encodeBlock } from '../../../packages/core/src/codec/block.js';
import { fromCanonical, toCanonical } from '../../../packages/core/src/codec/canonical-key.js';
import { decodeCbor } from '../../../packages/core/src/codec/cbor.js';
import { CODEC_LZ4, unpack } from '../../../packages/core/src/codec/compression.js';
import type { IndexKey } from '../../../packages/core/src/codec/index-key.js';
import { decodeKey, readKey } from '../../../packages/core/src/codec/key-decode.js';
import { encodeKey } from '../../../packages/core/src/codec/key-encode.js';
import { KeyFilter, KeyHashes } from '../../../packages/core/src/codec/key-filter.js';
import { prescan } from '../../../packages/core/src/codec/prescan.js';
import { decodeValue, encodeValue } from '../../../packages/core/src/codec/value-codec.js';
import { admitLoaded, release } from '../../../packages/core/src/fields/values.js';
import { portableLz4 } from '../../../packages/core/src/platform/lz4.js';
import { anyBlock } from '../../../packages/core/test/codec/block-arbitraries.js';
import { anyKey } from '../../../packages/core/test/codec/key-arbitraries.js';
import { anyValue } from '../../../packages/core/test/codec/value-arbitraries.js';
import { blockBombs, valueBombs } from '../bombs.js';
import { type Decoder, decoder } from '../decoder.js';
import { mutateBytes } from '../mutate/bytes.js';
import { mutateCbor } from '../mutate/cbor.js';
import { mutateLz4 } from '../mutate/lz4.js';
import type { Seeds } from '../seeds.js';

/** What a tree of the smallest objects allows a frame to hold once it is unpacked. */
const MOST_PLAIN = 16 * 1024 * 1024;

/** Keys, values, blocks and compressed bytes: what whoever holds the key may have put behind any seal. */
export function codecDecoders(seeds: Seeds): Decoder[] {
  const blocks = [...sample(anyBlock, 150).map(encodeBlock), ...blockBombs()];
  const values = sample(anyValue, 100).map(encodeValue);
  const keys = sample(anyKey, 100).map((key) => encodeKey(toCanonical(key)));
  const cbor = [...seeds.vectors('cbor'), ...seeds.vectors('value'), ...values, ...valueBombs()];
  const packed = seeds.vectors('packed', 'payload').map((payload) => payload.subarray(0, 8192));
  return [
    bytes('cbor prescan', { seeds: [...cbor, ...blocks], mutate: mutateCbor, decode: (input) => prescan(input) }),
    bytes('cbor', { seeds: [...cbor, ...blocks], mutate: mutateCbor, decode: (input) => decodeCbor(input) }),
    bytes('value', { seeds: cbor, mutate: mutateCbor, decode: readValue }),
    bytes('block', { seeds: [...seeds.vectors('block'), ...blocks], mutate: mutateCbor, decode: readBlock }),
    bytes('key', { seeds: [...seeds.vectors('key'), ...keys], mutate: mutateBytes, decode: readStrictly }),
    bytes('key filter', { seeds: [filterOf(sample(anyKey, 100))], mutate: mutateBytes, decode: askFilter }),
    bytes('lz4', { seeds: packed, mutate: mutateLz4, decode: (input) => unpack(CODEC_LZ4, input, MOST_PLAIN) }),
    bytes('lz4 portable', { seeds: packed, mutate: mutateLz4, decode: unpackPortably }),
  ].map((made) => ({ ...made, seeds: [...made.seeds, ...seeds.bytes(made.name)] }));
}

function bytes(name: string, parts: Omit<Decoder<Uint8Array>, 'name'>): Decoder {
  return decoder({ name, ...parts });
}

function sample<T>(arbitrary: fc.Arbitrary<T>, numRuns: number): T[] {
  return fc.sample(arbitrary, { seed: 1, numRuns });
}

function filterOf(keys: readonly IndexKey[]): Uint8Array {
  const hashes = new KeyHashes();
  for (const key of keys) hashes.add(toCanonical(key));
  return hashes.toFilter();
}

function askFilter(input: Uint8Array): boolean[] {
  const filter = new KeyFilter(input);
  return ['', 'key', 0, 7, -1.5].map((key) => filter.mayHold(key));
}

/** As loading a field does it, up to what its reader gets. */
function readValue(input: Uint8Array): unknown {
  const { value, plain } = decodeValue(input);
  return release(admitLoaded(value, plain));
}

function readBlock(input: Uint8Array): unknown {
  const { values, plain } = decodeBlock(input);
  return values.map((value) => release(admitLoaded(value, plain)));
}

/** Two encodings of one key would be two keys: whatever decodes must encode to the same bytes again. */
function readStrictly(input: Uint8Array): unknown {
  const { key, end } = decodeKey(input, 0);
  if (compareBytes(encodeKey(key), input.subarray(0, end)) !== 0) throw new Error('The key encodes to other bytes.');
  const { value } = readKey(input, 0);
  if (toCanonical(value) !== key || toCanonical(fromCanonical(key)) !== key) throw new Error('The key has two forms.');
  return value;
}

/** The library that is there without the native one, asked as the codec asks it. */
function unpackPortably(input: Uint8Array): unknown {
  const prefixed = input.slice();
  prefixed.subarray(0, 4).reverse();
  const length = prefixed.length > 4 ? new DataView(prefixed.buffer).getUint32(0, true) : Number.POSITIVE_INFINITY;
  if (length > Math.min(MOST_PLAIN, 255 * (input.length - 4) + 64)) throw refused();
  let plain: Uint8Array;
  try {
    plain = portableLz4.decompress(prefixed);
  } catch (cause) {
    throw refused(cause);
  }
  if (plain.length !== length) throw refused();
  if (compareBytes(plain, unpack(CODEC_LZ4, input, MOST_PLAIN)) !== 0) throw new Error('The libraries differ.');
  return plain;
}

function refused(cause?: unknown): InfinitreeError {
  return new InfinitreeError('CORRUPT', 'The library refuses it.', { cause });
}
