import { sameBytes } from '../bytes/compare.js';
import { pack, unpack } from '../codec/compression.js';
import { pad } from '../crypto/chunk.js';
import { derive } from '../crypto/derive.js';
import { openSalted, sealSalted } from '../crypto/salted-box.js';
import { openHeader, sealHeader } from '../crypto/sealed-header.js';
import type { TreeKeys } from '../crypto/tree-keys.js';
import { InfinitreeError } from '../errors.js';
import { decodeHeadHeader, encodeHeadHeader, type HeadHeader } from '../format/head-header.js';
import { SALTED_BOX_OVERHEAD, SEALED_HEADER_SIZE } from '../format/header-layout.js';
import { idBytes } from '../format/id-bytes.js';
import type { ObjectId } from '../format/ids.js';
import { MAX_PAYLOAD_PLAIN, toPages } from '../format/limits.js';
import type { ObjectContext } from './context.js';
import { damagedObject } from './missing.js';
import { checkVersion } from './version.js';

/** What a head says besides its checkpoint; the rest of its header follows from the tree. */
export interface HeadInput {
  readonly id: ObjectId;
  readonly epoch: number;
  readonly headSequence: number;
  readonly sweepSequence: number;
  readonly writeNonce: Uint8Array;
  readonly previousHash: Uint8Array;
  /** Where the head ends its chain: see the header. */
  readonly successor?: Uint8Array | undefined;
  /** The checkpoint's payload. */
  readonly checkpoint: Uint8Array;
}

/** A head as it was built or read. */
export interface HeadImage {
  readonly id: ObjectId;
  readonly header: HeadHeader;
  readonly hash: Uint8Array;
  readonly checkpoint: Uint8Array;
}

/** Tells the hash of a head from that of a frame. */
const CHAIN_HEAD = Uint8Array.of(1);

/** The largest sealed checkpoint: half of an object, so that a journal has the other half. */
export function checkpointRoom(objectSize: number): number {
  return objectSize / 2 - SEALED_HEADER_SIZE - SALTED_BOX_OVERHEAD;
}

/** A whole head, ready to be stored; `undefined` where its checkpoint does not fit. */
export function buildHead(
  context: ObjectContext,
  input: HeadInput,
): { bytes: Uint8Array; image: HeadImage } | undefined {
  const { keys, entropy, objectSize } = context;
  const packed = pack(input.checkpoint);
  if (packed.bytes.length > checkpointRoom(objectSize)) return undefined;
  const boxLength = packed.bytes.length + SALTED_BOX_OVERHEAD;
  const plain = encodeHeadHeader({
    treeId: keys.treeId,
    keyEpoch: keys.keyEpoch,
    objectSizeLog2: Math.log2(objectSize),
    checkpointCodec: packed.codec,
    epoch: input.epoch,
    headSequence: input.headSequence,
    sweepSequence: input.sweepSequence,
    writeNonce: input.writeNonce,
    previousHash: input.previousHash,
    checkpointLength: boxLength,
    journalStart: toPages(SEALED_HEADER_SIZE + boxLength),
    successor: input.successor,
    storageKey: keys.storage?.publicKey,
  });
  const draw = entropy.draw();
  const boxSalt = draw(plain, packed.bytes);
  const parent = keys.subkey('checkpoint');
  // The header is additional data: storage cannot put the checkpoint of another state behind it.
  const box = sealSalted(keys.suite, parent, 'checkpoint', idBytes(input.id), plain, boxSalt, packed.bytes);
  const salt = draw(plain);
  const sealed = sealHeader(keys.suite, keys.subkey('headHeader'), 'headHeader', input.id, salt, plain);
  const bytes = new Uint8Array(objectSize);
  bytes.set(sealed);
  bytes.set(box, SEALED_HEADER_SIZE);
  pad(keys, idBytes(input.id), salt, bytes.subarray(SEALED_HEADER_SIZE + box.length));
  const header = decodeHeadHeader(plain);
  if (header === undefined) throw new InfinitreeError('INVALID_ARGUMENT', 'The header of this head cannot be written.');
  const hash = headHash(keys, input.id, sealed, box);
  return { bytes, image: { id: input.id, header, hash, checkpoint: input.checkpoint } };
}

/**
 * Reads a head. `undefined` where its bytes are not those of an authentic head of this tree under this id: what that
 * means is the caller's to say. Throws `UNSUPPORTED` for an authentic head of another format version.
 *
 * @param bytes The whole head, or as much of its beginning as `extent` says; `undefined` also where that is too little.
 */
export function parseHead(
  context: ObjectContext,
  id: ObjectId,
  bytes: Uint8Array,
  extent = context.objectSize,
): HeadImage | undefined {
  const { keys, objectSize } = context;
  if (bytes.length !== extent) return undefined;
  const sealed = bytes.subarray(0, SEALED_HEADER_SIZE);
  const plain = openHeader(keys.suite, keys.subkey('headHeader'), 'headHeader', id, sealed);
  const header = plain && decodeHeadHeader(plain);
  if (plain === undefined || header === undefined) return undefined;
  checkVersion('head', id, header, context.readonly !== true);
  const end = SEALED_HEADER_SIZE + header.checkpointLength;
  if (!sameBytes(header.treeId, keys.treeId) || header.keyEpoch !== keys.keyEpoch) return undefined;
  if (!keys.sealsTo(header.storageKey)) throw otherStorageKey(id);
  if (2 ** header.objectSizeLog2 !== objectSize || end > bytes.length || header.journalStart !== toPages(end))
    return undefined;
  const box = bytes.subarray(SEALED_HEADER_SIZE, end);
  const packed = openSalted(keys.suite, keys.subkey('checkpoint'), 'checkpoint', idBytes(id), plain, box);
  if (packed === undefined) return undefined;
  const checkpoint = unpack(header.checkpointCodec, packed, MAX_PAYLOAD_PLAIN);
  return { id, header, hash: headHash(keys, id, sealed, box), checkpoint };
}

/** Made by somebody with the root secret, to whom values would be sealed from then on. */
function otherStorageKey(id: ObjectId): InfinitreeError {
  return damagedObject(
    id,
    undefined,
    `The head ${id} names another storage key than the key object with which the tree was opened. Whoever made it so had a ` +
      'key of the tree. Bring the storage back from a copy, and give the tree new keys.',
  );
}

function headHash(keys: TreeKeys, id: ObjectId, sealed: Uint8Array, box: Uint8Array): Uint8Array {
  return derive(keys.suite, keys.subkey('chain'), 'chain', CHAIN_HEAD, idBytes(id), sealed, box);
}
