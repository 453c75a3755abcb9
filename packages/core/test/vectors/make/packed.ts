import { concat } from '../../../src/bytes/concat.js';
import { toHex } from '../../../src/bytes/hex.js';
import { toUtf8 } from '../../../src/bytes/utf8.js';
import { ByteWriter } from '../../../src/bytes/writer.js';
import { pack } from '../../../src/codec/compression.js';
import { type Fixture } from '../fixture.js';
import { Maker, type Vector } from '../vector.js';

/** Payloads as codecs store them. */
export function packedVectors({ random }: Fixture): Vector[] {
  const maker = new Maker('packed');
  const parts = (codec: number, payload: Uint8Array, maxPlain: number) => ({
    input: { codec, payload: toHex(payload), maxPlain },
  });
  const text = toUtf8('The quick brown fox jumps over the lazy dog. '.repeat(8));
  const noise = random.bytes(80);
  const packed = pack(text);
  if (packed.codec !== 1) throw new Error('The text was not compressed.');
  const length = (bytes: number) => new ByteWriter(4).u32(bytes).bytes;
  const block = packed.bytes.subarray(4);

  maker.good('stored', 'Bytes as they are.', parts(0, noise, 80), { plain: toHex(noise) });
  maker.good('stored-empty', 'No bytes.', parts(0, new Uint8Array(0), 0), { plain: '' });
  maker.good('lz4', 'An LZ4 block behind its length.', parts(1, packed.bytes, text.length), { plain: toHex(text) });
  const literals = concat(length(5), Uint8Array.of(0x50), toUtf8('plain'));
  maker.good('lz4-literals', 'An LZ4 block of literals only.', parts(1, literals, 100), {
    plain: toHex(toUtf8('plain')),
  });
  const overlap = concat(length(21), Uint8Array.of(0x1b, 0x61, 1, 0, 0x50), toUtf8('bcdef'));
  const aaa = toUtf8(`${'a'.repeat(16)}bcdef`);
  maker.good('lz4-overlap', 'A match that overlaps itself.', parts(1, overlap, 100), { plain: toHex(aaa) });

  const add = (name: string, description: string, codec: number, payload: Uint8Array, maxPlain = 4096) => {
    maker.hostile(name, description, parts(codec, payload, maxPlain));
  };
  add('stored-too-long', 'More bytes than may be there.', 0, noise, 79);
  add('unknown-codec', 'A codec that there is not.', 2, noise);
  add('lz4-nothing', 'Not even a length.', 1, new Uint8Array(0));
  add('lz4-only-length', 'A length and no block.', 1, length(5));
  add('lz4-too-long', 'More plain bytes than may be there.', 1, packed.bytes, text.length - 1);
  add('lz4-declares-more', 'It declares one byte more than it holds.', 1, concat(length(text.length + 1), block));
  add('lz4-declares-less', 'It declares one byte less than it holds.', 1, concat(length(text.length - 1), block));
  add('lz4-declares-nothing', 'It declares no bytes and holds some.', 1, concat(length(0), block));
  add(
    'lz4-bomb',
    'It declares 4 GiB, which no block of that length can hold.',
    1,
    concat(length(0xffffffff), block),
    0xffffffff,
  );
  add(
    'lz4-bomb-within-limit',
    'It declares as much as is allowed, but more than 255 bytes for each of its own.',
    1,
    concat(length(1_073_741_824), block),
    1_073_741_824,
  );
  add('lz4-truncated', 'The block ends early.', 1, packed.bytes.subarray(0, -3));
  add('lz4-trailing', 'A byte more behind the block.', 1, concat(packed.bytes, Uint8Array.of(0x10)));
  add(
    'lz4-offset-zero',
    'A match at distance zero.',
    1,
    concat(length(21), Uint8Array.of(0x1b, 0x61, 0, 0, 0x50), toUtf8('bcdef')),
  );
  add(
    'lz4-offset-before',
    'A match that begins before the output.',
    1,
    concat(length(21), Uint8Array.of(0x1b, 0x61, 9, 0, 0x50), toUtf8('bcdef')),
  );
  add('lz4-length-runs-on', 'A length that never ends.', 1, concat(length(300), new Uint8Array(20).fill(0xff)));
  add(
    'lz4-little-endian',
    'The length in little-endian, as LZ4 libraries write it.',
    1,
    concat(length(text.length).reverse(), block),
    1_073_741_824,
  );
  return maker.vectors;
}
