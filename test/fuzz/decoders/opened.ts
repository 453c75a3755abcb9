import { concat } from '../../../packages/core/src/bytes/concat.js';
import { ByteWriter } from '../../../packages/core/src/bytes/writer.js';
import { pack } from '../../../packages/core/src/codec/compression.js';
import { keyObjectSecret } from '../../../packages/core/src/crypto/key-pair.js';
import { sealSalted } from '../../../packages/core/src/crypto/salted-box.js';
import { openHeader, sealHeader } from '../../../packages/core/src/crypto/sealed-header.js';
import {
  encodeFrameHeader,
  encodeMark,
  FRAME_HEADER,
  FRAME_HEADER_SIZE,
  MARK,
} from '../../../packages/core/src/format/frame-layout.js';
import { encodeHeadHeader, HEAD_HEADER } from '../../../packages/core/src/format/head-header.js';
import {
  HEADER_PLAIN_SIZE,
  KEY_OBJECT_HEADERS,
  SALTED_BOX_OVERHEAD,
  SEALED_HEADER_SIZE,
} from '../../../packages/core/src/format/header-layout.js';
import { idBytes } from '../../../packages/core/src/format/id-bytes.js';
import { decodeKeyHeader, KEY_HEADER } from '../../../packages/core/src/format/key-header.js';
import { encodeKeyRecord, KEY_RECORD, KEY_ROLES } from '../../../packages/core/src/format/key-record.js';
import { PAGE_SIZE, toPages } from '../../../packages/core/src/format/limits.js';
import { type Decoder, decoder } from '../decoder.js';
import { mutateFields } from '../mutate/bytes.js';
import { mutateCbor } from '../mutate/cbor.js';
import { mutateLz4 } from '../mutate/lz4.js';
import { writeNumber } from '../mutate/numbers.js';
import { readHead, readJournal, readKeyObject, type Scene, withJournal } from './scene.js';

type Mutate = Decoder<Uint8Array>['mutate'];

const SALT = new Uint8Array(32).fill(7);
const NO_AAD = new Uint8Array(0);

/** What stands behind the seals of headers, frames and marks, changed by somebody who has the key and seals it again. */
export function openedDecoders(scene: Scene): Decoder[] {
  return [keyHeaders(scene), keyRecords(scene), heads(scene), frames(scene), marks(scene)];
}

/** The first header of a key object, in front of a second one that opens behind the right one. */
function keyHeaders(scene: Scene): Decoder {
  const { context, credential, keyObject } = scene;
  const { suite } = context.keys;
  const id = credential.keyObjectId(0);
  const sealed = keyObject.subarray(0, SEALED_HEADER_SIZE);
  const plain = openHeader(suite, credential.headerKey(), 'keyObjectHeader', id, sealed);
  if (plain === undefined) throw new Error('The key object does not open.');
  return decoder<Uint8Array>({
    name: 'key header',
    seeds: [plain],
    mutate: mutateFields(KEY_HEADER),
    decode: (input) => {
      const header = sealHeader(suite, credential.headerKey(), 'keyObjectHeader', id, SALT, input);
      return readKeyObject(scene, concat(header, keyObject.subarray(SEALED_HEADER_SIZE)));
    },
  });
}

/** The second one, sealed to the credential by somebody who has its public key. */
function keyRecords(scene: Scene): Decoder {
  const { context, credential, keyObject } = scene;
  const { keys } = context;
  const plain = encodeKeyRecord({
    treeId: keys.treeId,
    keyEpoch: 0,
    credentialKind: 2,
    credentialId: new Uint8Array(16),
    rootSecret: new Uint8Array(32),
    role: KEY_ROLES.all,
    storageKey: new Uint8Array(32),
  });
  const id = credential.keyObjectId(0);
  const first = keyObject.subarray(0, SEALED_HEADER_SIZE);
  const header = decodeKeyHeader(openHeader(keys.suite, credential.headerKey(), 'keyObjectHeader', id, first)!);
  const { secretKey, publicKey } = scene.keyPair;
  const to = { headerKey: credential.headerKey(), publicKey };
  const { ephemeralKey } = header!;
  const secret = keyObjectSecret(keys.suite, id, to, ephemeralKey, { secretKey, other: ephemeralKey })!;
  return decoder<Uint8Array>({
    name: 'key record',
    seeds: [plain],
    mutate: mutateFields(KEY_RECORD),
    decode: (input) => {
      const sealed = sealHeader(keys.suite, secret, 'keyObjectSecret', id, SALT, input);
      return readKeyObject(scene, concat(first, sealed, keyObject.subarray(KEY_OBJECT_HEADERS)));
    },
  });
}

/** A head's header with the checkpoint behind it. */
function heads(scene: Scene): Decoder {
  const { context, head, headBytes, checkpoint } = scene;
  const { keys } = context;
  const ends = [undefined, new Uint8Array(32), new Uint8Array(32).fill(0xa5)];
  const seeds = bothCodecs(checkpoint).flatMap(({ codec, bytes }) =>
    ends.map((successor) => {
      const header = { ...head.header, checkpointCodec: codec, checkpointLength: 0, journalStart: 0, successor };
      return withLengths(concat(encodeHeadHeader(header), bytes));
    }),
  );
  function withLengths(input: Uint8Array): Uint8Array {
    const length = input.length - HEADER_PLAIN_SIZE + SALTED_BOX_OVERHEAD;
    writeNumber(input, HEAD_HEADER.checkpointLength[0], 4, BigInt(length));
    writeNumber(input, HEAD_HEADER.journalStart[0], 4, BigInt(toPages(SEALED_HEADER_SIZE + length)));
    return input;
  }
  return decoder<Uint8Array>({
    name: 'head',
    seeds,
    mutate: mutateEither(HEAD_HEADER, HEADER_PLAIN_SIZE, HEAD_HEADER.checkpointCodec[0], withLengths),
    decode: (input) => {
      const plain = input.subarray(0, HEADER_PLAIN_SIZE);
      const { suite } = keys;
      const payload = input.subarray(HEADER_PLAIN_SIZE);
      const box = sealSalted(suite, keys.subkey('checkpoint'), 'checkpoint', idBytes(head.id), plain, SALT, payload);
      const sealed = sealHeader(suite, keys.subkey('headHeader'), 'headHeader', head.id, SALT, plain);
      const bytes = headBytes.slice();
      bytes.set(sealed);
      bytes.set(box.subarray(0, bytes.length - sealed.length), sealed.length);
      return readHead(scene, head.id, bytes);
    },
  });
}

/** A frame's header with the body behind it. */
function frames(scene: Scene): Decoder {
  const { context, head, frameBody } = scene;
  const { epoch, headSequence } = head.header;
  const header = { epoch, headSequence: headSequence + 1, writeNonce: new Uint8Array(16), previousHash: head.hash };
  const seeds = bothCodecs(frameBody).map(({ codec, bytes }) =>
    withLength(concat(encodeFrameHeader({ ...header, bodyCodec: codec, bodyLength: 0 }), bytes)),
  );
  function withLength(input: Uint8Array): Uint8Array {
    const length = input.length - FRAME_HEADER_SIZE + SALTED_BOX_OVERHEAD;
    writeNumber(input, FRAME_HEADER.bodyLength[0], 4, BigInt(length));
    return input;
  }
  return decoder<Uint8Array>({
    name: 'frame',
    seeds,
    mutate: mutateEither(FRAME_HEADER, FRAME_HEADER_SIZE, FRAME_HEADER.bodyCodec[0], withLength),
    decode: (input) => {
      const plain = input.subarray(0, FRAME_HEADER_SIZE);
      const { journalStart } = head.header;
      const headerBox = sealAt(scene, 'frame', journalStart, 1, NO_AAD, plain);
      const bodyBox = sealAt(scene, 'frame', journalStart, 2, plain, input.subarray(FRAME_HEADER_SIZE));
      return readJournal(context, head, withJournal(scene, concat(headerBox, bodyBox)));
    },
  });
}

/** The mark of the first frame. */
function marks(scene: Scene): Decoder {
  const { context, head, journal } = scene;
  const { epoch, headSequence, journalStart } = head.header;
  const plain = encodeMark({
    frameOffset: journalStart,
    epoch,
    headSequence: headSequence + 1,
    frameHash: new Uint8Array(32),
  });
  return decoder<Uint8Array>({
    name: 'mark',
    seeds: [plain],
    mutate: mutateFields(MARK),
    decode: (input) => {
      const changed = journal.slice();
      changed.set(sealAt(scene, 'mark', journalStart + PAGE_SIZE, 0, NO_AAD, input), PAGE_SIZE);
      return readJournal(context, head, withJournal(scene, changed));
    },
  });
}

/** Seals for a place in the journal, as `docs/format/cryptography.md` tells. */
function sealAt(
  { context, head }: Scene,
  label: 'frame' | 'mark',
  offset: number,
  part: number,
  aad: Uint8Array,
  plain: Uint8Array,
): Uint8Array {
  const { keys } = context;
  const place = concat(idBytes(head.id), new ByteWriter(5).u32(offset).u8(part).bytes);
  return sealSalted(keys.suite, keys.subkey(label), label, place, aad, SALT, plain);
}

function bothCodecs(payload: Uint8Array): { codec: number; bytes: Uint8Array }[] {
  return [{ codec: 0, bytes: payload }, pack(payload)];
}

/** Changes fields of the layout in front, or the payload behind it; then what tells the payload's length is set right. */
function mutateEither(
  layout: Parameters<typeof mutateFields>[0],
  size: number,
  codecAt: number,
  withLength: (input: Uint8Array) => Uint8Array,
): Mutate {
  const mutateFront = mutateFields(layout);
  return (random, input, other) => {
    if (random.int(3) === 0) return mutateFront(random, input, other);
    const mutatePayload = input[codecAt] === 1 ? mutateLz4 : mutateCbor;
    const payload = mutatePayload(random, input.subarray(size), other.subarray(size));
    return withLength(concat(input.subarray(0, size), payload));
  };
}
