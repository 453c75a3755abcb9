import { type Backend, type ChunkPointer, isInfinitreeError, MemoryBackend } from '@infinitree/core';
import { decodeBlock } from '../../../packages/core/src/codec/block.js';
import { decodeCbor, encodeCbor } from '../../../packages/core/src/codec/cbor.js';
import { decodeValue } from '../../../packages/core/src/codec/value-codec.js';
import { idBytes } from '../../../packages/core/src/format/id-bytes.js';
import { ObjectReader } from '../../../packages/core/src/object/object-reader.js';
import { ObjectWriter } from '../../../packages/core/src/object/object-writer.js';
import { decodeBase } from '../../../packages/core/src/tree/records/base.js';
import { decodeCheckpoint } from '../../../packages/core/src/tree/records/checkpoint.js';
import { type CommitBody, decodeCommitBody, decodeFrameBody } from '../../../packages/core/src/tree/records/commit.js';
import { readExtent, writeExtent } from '../../../packages/core/src/tree/records/extent.js';
import { decodeLogNode } from '../../../packages/core/src/tree/records/log-node.js';
import { readMovedObject } from '../../../packages/core/src/tree/records/moved-object.js';
import { decodeRunIndex } from '../../../packages/core/src/tree/records/run-index.js';
import { readChunk, readPointer, writeChunk } from '../../../packages/core/src/tree/records/sparse-pointer.js';
import type { Fixture } from '../../../packages/core/test/vectors/fixture.js';
import { type Decoder, decoder } from '../decoder.js';
import { mutateCbor } from '../mutate/cbor.js';
import { mutateText } from '../mutate/text.js';
import type { Seeds } from '../seeds.js';

/** Records of heads, frames and index objects, as whoever holds the key may have sealed them. */
export async function recordDecoders(fixture: Fixture, seeds: Seeds): Promise<Decoder[]> {
  const checkpoints = seeds.vectors('checkpoint');
  const bases = checkpoints.flatMap((checkpoint) => baseOf(checkpoint) ?? []);
  const { extents, chunks, reader } = await stored(fixture);
  const readAll = (input: Uint8Array) => reader.read(readExtent(decodeCbor(input)), LONGEST);
  const records: [string, Uint8Array[], (input: Uint8Array) => unknown][] = [
    ['checkpoint', checkpoints, (input) => decodeCheckpoint(input).tail.map(readContents)],
    ['base', bases, decodeBase],
    ['commit body', seeds.vectors('commit-body'), (input) => readContents(decodeCommitBody(input))],
    ['frame body', seeds.vectors('frame-body'), (input) => decodeFrameBody(input).map(readContents)],
    ['log node', seeds.vectors('log-node'), decodeLogNode],
    ['run index', seeds.vectors('run-index'), decodeRunIndex],
    ['moved object', seeds.vectors('moved-object'), (input) => readMovedObject(decodeCbor(input)).find(0)],
    ['extent', extents, readAll],
    ['sparse pointer', chunks.map((chunk) => encodeCbor({ chunk, at: 1 })), (input) => readPointer(decodeCbor(input))],
  ];
  const chunkText = decoder<string>({
    name: 'place of a chunk',
    seeds: [...chunks, ...seeds.texts('place of a chunk')],
    mutate: mutateText,
    decode: (input) => reader.readDetached(readChunk(input), LONGEST),
  });
  return [
    ...records.map(([name, own, decode]) =>
      decoder({ name, seeds: [...own, ...seeds.bytes(name)], mutate: mutateCbor, decode }),
    ),
    chunkText,
  ];
}

/** As a head's payloads are bounded. */
const LONGEST = 16 * 1024 * 1024;

/** What a commit carries with it is decoded when it is first asked for. */
function readContents({ commit, changes }: CommitBody): unknown {
  const blocks = changes.map(({ inline }) => inline && decodeBlock(inline));
  return [commit.data && decodeValue(commit.data), blocks];
}

/** The base in a checkpoint that is one. */
function baseOf(checkpoint: Uint8Array): Uint8Array | undefined {
  try {
    const [base] = decodeCbor(checkpoint) as unknown[];
    return base === null ? undefined : encodeCbor(base);
  } catch (error) {
    if (!isInfinitreeError(error)) throw error;
    return undefined;
  }
}

/** Objects with some content, and what names pieces of them. */
async function stored({ context }: Fixture) {
  const backend: Backend = new MemoryBackend();
  const own = { ...context, backend };
  const [index, storage] = [new ObjectWriter(own, 'index'), new ObjectWriter(own, 'storage')];
  const contents = [new Uint8Array(100), new Uint8Array(90_000), new Uint8Array(0)];
  const extents = [];
  const chunks: ChunkPointer[][] = [];
  for (const content of contents) {
    extents.push(await index.write(0, content));
    chunks.push(await storage.writeDetached(0, content));
  }
  await index.flush();
  await storage.flush();
  return {
    reader: new ObjectReader(own),
    extents: [...extents.map((extent) => encodeCbor(writeExtent(extent))), encodeCbor([0, manySegments(extents[0]!)])],
    chunks: [...chunks.map(writeChunk), writeChunk(Array.from({ length: 200 }, () => chunks[0]![0]!))],
  };
}

/** The same piece very often. */
function manySegments({ segments }: { readonly segments: Parameters<typeof writeExtent>[0]['segments'] }): unknown[] {
  const [{ object, offset, length }] = segments as [(typeof segments)[number]];
  return Array.from({ length: 200 }, () => [idBytes(object), offset, length]);
}
