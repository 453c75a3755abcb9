import { concat } from '../../../src/bytes/concat.js';
import { toHex } from '../../../src/bytes/hex.js';
import { sealChunk } from '../../../src/crypto/chunk.js';
import { newObjectId } from '../../../src/crypto/own-ids.js';
import type { ChunkPlace } from '../../../src/format/chunk-aad.js';
import { type Fixture, turned } from '../fixture.js';
import { type JsonObject, Maker, type Vector } from '../vector.js';

/** Chunks of write-once objects: each opens at its place and nowhere else. */
export function chunkVectors({ random, keys, strangers, members, context }: Fixture): Vector[] {
  const maker = new Maker('chunk');
  const objectId = newObjectId(keys, context.entropy);
  const place: ChunkPlace = { kind: 'index', objectId, offset: 4096, codec: 1 };
  const plain = random.bytes(64);
  const seal = (at: ChunkPlace, content: Uint8Array) => {
    const { ciphertext, tag } = sealChunk(keys, at, content);
    return concat(ciphertext, tag);
  };
  const sealed = seal(place, plain);
  const parts = (at: ChunkPlace, bytes: Uint8Array, owner: JsonObject = members) => ({
    keys: owner,
    input: { objectKind: at.kind, object: at.objectId, offset: at.offset, codec: at.codec, bytes: toHex(bytes) },
  });
  const good = (name: string, description: string, at: ChunkPlace, content: Uint8Array) => {
    maker.good(name, description, parts(at, seal(at, content)), { plain: toHex(content) });
  };
  good('index', 'A chunk of an index object.', place, plain);
  good('storage', 'A chunk of a storage object.', { ...place, kind: 'storage' }, plain);
  good('first', 'The chunk at the beginning of an object, stored as it is.', { ...place, offset: 0, codec: 0 }, plain);
  good('empty', 'A chunk without content.', { ...place, offset: 65_520 }, new Uint8Array(0));
  good('far', 'A chunk far behind in an object of 4 MiB.', { ...place, offset: 4_194_000 }, plain);
  const add = (name: string, description: string, given: ReturnType<typeof parts>) => {
    maker.hostile(name, description, given);
  };
  add('moved', 'Moved to another offset of the same object.', parts({ ...place, offset: 4097 }, sealed));
  add('moved-to-front', 'Moved to the beginning of the same object.', parts({ ...place, offset: 0 }, sealed));
  add(
    'other-object',
    'Moved to another object of the tree.',
    parts({ ...place, objectId: newObjectId(keys, context.entropy) }, sealed),
  );
  add(
    'other-kind',
    'A chunk of an index object, read as one of a storage object.',
    parts({ ...place, kind: 'storage' }, sealed),
  );
  add('other-codec', 'Read with another codec than it was sealed for.', parts({ ...place, codec: 0 }, sealed));
  const otherTree = { ...members, treeId: toHex(strangers.treeId) };
  add('other-tree', 'The same root secret, but another tree id.', parts(place, sealed, otherTree));
  const otherRoot = { ...members, root: toHex(strangers.copyRootSecret()) };
  add('other-root', 'Another root secret.', parts(place, sealed, otherRoot));
  add('truncated', 'The last byte is missing.', parts(place, sealed.subarray(0, -1)));
  add('tag-missing', 'The tag is missing.', parts(place, sealed.subarray(0, -16)));
  add('shorter-than-a-tag', 'Fewer bytes than a tag has.', parts(place, sealed.subarray(0, 15)));
  add('nothing', 'Nothing at all.', parts(place, new Uint8Array(0)));
  add('extended', 'A byte more.', parts(place, concat(sealed, Uint8Array.of(0))));
  add('doubled', 'Its ciphertext twice, and its tag.', parts(place, concat(sealed.subarray(0, 64), sealed)));
  for (const [region, at] of [
    ['ciphertext', 0],
    ['ciphertext-end', 63],
    ['tag', 64],
    ['tag-end', 79],
  ] as const) {
    add(`turned-${region}`, `One bit at ${at} (${region}) is turned over.`, parts(place, turned(sealed, at)));
  }
  return maker.vectors;
}
