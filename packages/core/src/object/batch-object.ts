import { concat } from '../bytes/concat.js';
import { type ContentKeys, openContent, sealContent } from '../crypto/batch-content.js';
import type { BatchKeys, BatchPlace } from '../crypto/batch-keys.js';
import { encodedLabel } from '../crypto/derive.js';
import type { Entropy } from '../crypto/entropy.js';
import { keyPairOf } from '../crypto/key-pair.js';
import { TAG_SIZE } from '../crypto/primitives.js';
import { openHeader, sealHeader } from '../crypto/sealed-header.js';
import type { Suite } from '../crypto/suite.js';
import { InfinitreeError } from '../errors.js';
import {
  type BatchHeader,
  decodeBatchHeader,
  encodeBatchHeader,
  manifestOf,
  setSignature,
  signedPart,
} from '../format/batch-header.js';
import { SALT_SIZE, SEALED_HEADER_SIZE } from '../format/header-layout.js';
import type { ObjectId } from '../format/ids.js';

/** What everything that one worker sends has in common. */
export interface BatchOrigin {
  readonly keys: BatchKeys;
  readonly entropy: Entropy;
  readonly treeId: Uint8Array;
  readonly dropboxId: Uint8Array;
  readonly recipient: Uint8Array;
  /** The seed of the worker's Ed25519 key. */
  readonly signing: Uint8Array;
  readonly objectSize: number;
}

export interface BatchPart
  extends BatchPlace,
    Pick<BatchHeader, 'first' | 'last' | 'contentCodec' | 'time' | 'previousHash'> {
  readonly content: Uint8Array;
}

/** A batch that is ready to be stored. */
export interface SealedBatch extends BatchPlace {
  readonly id: ObjectId;
  readonly bytes: Uint8Array;
  /** Hash of its manifest, which the next one names. */
  readonly hash: Uint8Array;
}

/** A batch whose outside opened. */
export interface OpenedBatch {
  readonly id: ObjectId;
  readonly header: BatchHeader;
  readonly hash: Uint8Array;
  /** What the worker signed. */
  readonly signed: Uint8Array;
  /** Still sealed. */
  readonly content: Uint8Array;
}

/** How much content one batch holds. */
export function batchRoom(objectSize: number): number {
  return objectSize - SEALED_HEADER_SIZE - TAG_SIZE;
}

/** Seals content to the owners of the tree and signs it. What makes its key is wiped: the worker cannot open it again. */
export function sealBatch(origin: BatchOrigin, part: BatchPart): SealedBatch {
  const { keys, entropy, treeId, dropboxId, recipient, signing, objectSize } = origin;
  const { suite } = keys;
  const { content, chain, counter } = part;
  const id = keys.id(part);
  const headerKey = keys.headerKey();
  const ephemeral = keyPairOf(suite, entropy.bytes32(content));
  const ephemeralKey = ephemeral.publicKey;
  const own = { secretKey: ephemeral.secretKey, other: recipient };
  const sealed = sealContent(suite, { id, headerKey, ephemeralKey, recipient, ...own }, content);
  ephemeral.secretKey.fill(0);
  if (sealed === undefined)
    throw new InfinitreeError('INVALID_ARGUMENT', 'The key of the dropbox holds no public key.');
  const plain = encodeBatchHeader({
    ...part,
    treeId,
    dropboxId,
    objectSizeLog2: Math.log2(objectSize),
    contentLength: sealed.length,
    ephemeralKey,
    contentHash: suite.sha256(sealed),
  });
  setSignature(plain, suite.sign(signing, toSign(plain)));
  const salt = entropy.bytes32(plain);
  const bytes = new Uint8Array(objectSize);
  bytes.set(sealHeader(suite, headerKey, 'batchHeader', id, salt, plain));
  bytes.set(sealed, SEALED_HEADER_SIZE);
  keys.pad(id, salt, bytes.subarray(SEALED_HEADER_SIZE + sealed.length));
  headerKey.fill(0);
  return { id, bytes, chain, counter, hash: suite.sha256(manifestOf(plain)) };
}

/** Opens the outside of a batch, under the id it was found under; `undefined` where it is none of this dropbox. */
export function openBatch(keys: BatchKeys, id: ObjectId, bytes: Uint8Array): OpenedBatch | undefined {
  if (bytes.length < SEALED_HEADER_SIZE) return undefined;
  const headerKey = keys.headerKey();
  const plain = openHeader(keys.suite, headerKey, 'batchHeader', id, bytes.subarray(0, SEALED_HEADER_SIZE));
  headerKey.fill(0);
  const header = plain && decodeBatchHeader(plain);
  if (plain === undefined || header === undefined) return undefined;
  const end = SEALED_HEADER_SIZE + header.contentLength;
  if (bytes.length !== 2 ** header.objectSizeLog2 || end > bytes.length) return undefined;
  const content = bytes.subarray(SEALED_HEADER_SIZE, end);
  return { id, header, hash: keys.suite.sha256(manifestOf(plain)), signed: toSign(plain), content };
}

/** Whether the worker has signed this batch, with this content. */
export function isSigned(suite: Suite, verificationKey: Uint8Array, { header, signed, content }: OpenedBatch): boolean {
  if (!suite.equal(suite.sha256(content), header.contentHash)) return false;
  return suite.verify(verificationKey, signed, header.signature);
}

/** The content of a batch, by the owners' key pair; `undefined` where it was not sealed to them. */
export function openBatchContent(
  keys: BatchKeys,
  { secretKey, publicKey }: { readonly secretKey: Uint8Array; readonly publicKey: Uint8Array },
  { id, header, content }: OpenedBatch,
): Uint8Array | undefined {
  const { ephemeralKey } = header;
  const headerKey = keys.headerKey();
  const sides: ContentKeys = { id, headerKey, ephemeralKey, recipient: publicKey, secretKey, other: ephemeralKey };
  const opened = openContent(keys.suite, sides, content);
  headerKey.fill(0);
  return opened;
}

/** What fills a batch behind its content, to be compared. */
export function batchPadding(keys: BatchKeys, { id, content }: OpenedBatch, bytes: Uint8Array): Uint8Array {
  const stream = new Uint8Array(bytes.length - SEALED_HEADER_SIZE - content.length);
  keys.pad(id, bytes.subarray(0, SALT_SIZE), stream);
  return stream;
}

function toSign(plain: Uint8Array): Uint8Array {
  return concat(encodedLabel('batchSignature'), signedPart(plain));
}
