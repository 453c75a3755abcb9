import { ByteReader } from '../bytes/reader.js';
import { ByteWriter } from '../bytes/writer.js';
import { SUITE } from './chunk-aad.js';
import { HEADER_PLAIN_SIZE } from './header-layout.js';
import { FORMAT_VERSION } from './limits.js';

/** The kind of sealed header that batches have. */
export const RECORD_BATCH = 3;

/** Where each field of a batch's header stands; `docs/format/layout.md` has the same table. */
export const BATCH_HEADER = {
  formatVersion: [0, 2],
  suite: [2, 1],
  record: [3, 1],
  incompatibleFeatures: [4, 4],
  readonlyFeatures: [8, 4],
  treeId: [12, 16],
  dropboxId: [28, 16],
  objectSizeLog2: [44, 1],
  first: [45, 1],
  last: [46, 1],
  contentCodec: [47, 1],
  chain: [48, 8],
  counter: [56, 8],
  time: [64, 8],
  contentLength: [72, 4],
  zero: [76, 4],
  previousHash: [80, 32],
  ephemeralKey: [112, 32],
  contentHash: [144, 32],
  signature: [176, 64],
  zeroTail: [240, 192],
} as const;

const SIGNED = BATCH_HEADER.signature[0];
const SIGNATURE_END = BATCH_HEADER.zeroTail[0];

/** What a worker says of a batch, and signs. */
export interface BatchHeader {
  readonly formatVersion: number;
  readonly suite: number;
  readonly incompatibleFeatures: number;
  readonly readonlyFeatures: number;
  readonly treeId: Uint8Array;
  readonly dropboxId: Uint8Array;
  readonly objectSizeLog2: number;
  /** Whether it begins what belongs together, and whether it ends that. */
  readonly first: boolean;
  readonly last: boolean;
  readonly contentCodec: number;
  readonly chain: number;
  readonly counter: number;
  /** When it was made by the worker's clock, in milliseconds since 1970. */
  readonly time: number;
  /** Of the sealed content behind the header, its tag included. */
  readonly contentLength: number;
  /** Hash of the manifest of the batch before it in the chain; zeros for the first of all. */
  readonly previousHash: Uint8Array;
  /** The X25519 public key that was made for this batch. */
  readonly ephemeralKey: Uint8Array;
  /** SHA-256 of the sealed content. */
  readonly contentHash: Uint8Array;
  readonly signature: Uint8Array;
}

export type BatchHeaderInput = Omit<
  BatchHeader,
  'formatVersion' | 'suite' | 'incompatibleFeatures' | 'readonlyFeatures' | 'signature'
>;

/** The header without its signature. */
export function encodeBatchHeader(header: BatchHeaderInput): Uint8Array {
  const writer = new ByteWriter(HEADER_PLAIN_SIZE);
  writer.u16(FORMAT_VERSION).u8(SUITE).u8(RECORD_BATCH).u32(0).u32(0);
  writer.raw(header.treeId).raw(header.dropboxId).u8(header.objectSizeLog2);
  writer
    .u8(header.first ? 1 : 0)
    .u8(header.last ? 1 : 0)
    .u8(header.contentCodec);
  writer.u64(header.chain).u64(header.counter).u64(header.time).u32(header.contentLength).u32(0);
  return writer.raw(header.previousHash).raw(header.ephemeralKey).raw(header.contentHash).bytes;
}

/** Puts the signature into a header. */
export function setSignature(plain: Uint8Array, signature: Uint8Array): void {
  plain.set(signature, SIGNED);
}

/** What is signed of a header. */
export function signedPart(plain: Uint8Array): Uint8Array {
  return plain.subarray(0, SIGNED);
}

/** The manifest: what is signed, and the signature. Batches are chained by its hash. */
export function manifestOf(plain: Uint8Array): Uint8Array {
  return plain.subarray(0, SIGNATURE_END);
}

/** Reads an authenticated header; `undefined` where it is none of a batch. */
export function decodeBatchHeader(plain: Uint8Array): BatchHeader | undefined {
  const reader = new ByteReader(plain);
  const formatVersion = reader.u16();
  const suite = reader.u8();
  if (reader.u8() !== RECORD_BATCH) return undefined;
  const incompatibleFeatures = reader.u32();
  const readonlyFeatures = reader.u32();
  const treeId = reader.raw(16);
  const dropboxId = reader.raw(16);
  const objectSizeLog2 = reader.u8();
  const [first, last, contentCodec] = [reader.u8(), reader.u8(), reader.u8()];
  const [chain, counter, time] = [reader.u64(), reader.u64(), reader.u64()];
  const contentLength = reader.u32();
  reader.u32();
  if (first > 1 || last > 1 || chain === undefined || counter === undefined || time === undefined) return undefined;
  const versions = { formatVersion, suite, incompatibleFeatures, readonlyFeatures };
  const place = { chain, counter, time, first: first === 1, last: last === 1 };
  const hashes = { previousHash: reader.raw(32), ephemeralKey: reader.raw(32), contentHash: reader.raw(32) };
  const signature = reader.raw(64);
  return {
    ...versions,
    treeId,
    dropboxId,
    objectSizeLog2,
    contentCodec,
    contentLength,
    ...place,
    ...hashes,
    signature,
  };
}
