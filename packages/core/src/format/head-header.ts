import { ByteReader } from '../bytes/reader.js';
import { ByteWriter } from '../bytes/writer.js';
import { SUITE } from './chunk-aad.js';
import { isSplit, SPLIT_FEATURE } from './features.js';
import { HEADER_PLAIN_SIZE } from './header-layout.js';
import { FORMAT_VERSION } from './limits.js';

/** Kinds of sealed headers. */
export const RECORD_KEY_OBJECT = 1;
export const RECORD_HEAD = 2;

/** Where each field of a head's header stands; `docs/format/layout.md` has the same table. */
export const HEAD_HEADER = {
  formatVersion: [0, 2],
  suite: [2, 1],
  record: [3, 1],
  incompatibleFeatures: [4, 4],
  readonlyFeatures: [8, 4],
  treeId: [12, 16],
  keyEpoch: [28, 4],
  objectSizeLog2: [32, 1],
  checkpointCodec: [33, 1],
  terminal: [34, 1],
  zero: [35, 1],
  epoch: [36, 8],
  headSequence: [44, 8],
  sweepSequence: [52, 8],
  writeNonce: [60, 16],
  previousHash: [76, 32],
  checkpointLength: [108, 4],
  journalStart: [112, 4],
  successor: [116, 32],
  storageKey: [148, 32],
  zeroTail: [180, 252],
} as const;

export interface HeadHeader {
  readonly formatVersion: number;
  readonly suite: number;
  readonly record: number;
  readonly incompatibleFeatures: number;
  readonly readonlyFeatures: number;
  readonly treeId: Uint8Array;
  readonly keyEpoch: number;
  readonly objectSizeLog2: number;
  readonly checkpointCodec: number;
  readonly epoch: number;
  readonly headSequence: number;
  /** Head sequence of the last sweep of orphans. */
  readonly sweepSequence: number;
  readonly writeNonce: Uint8Array;
  readonly previousHash: Uint8Array;
  /** Length of the sealed checkpoint behind the header. */
  readonly checkpointLength: number;
  /** Where the first frame begins: the page behind the checkpoint. */
  readonly journalStart: number;
  /**
   * Where the head ends its chain: the hash of the first head of the chain that goes on, or zeros where that is in
   * another storage. Undefined in all other heads.
   */
  readonly successor: Uint8Array | undefined;
  /** Public half of the storage key pair; undefined in a tree that is not split. */
  readonly storageKey: Uint8Array | undefined;
}

const HASH_SIZE = HEAD_HEADER.successor[1];
const NO_KEY = new Uint8Array(HEAD_HEADER.storageKey[1]);

export type HeadHeaderInput = Omit<
  HeadHeader,
  'formatVersion' | 'suite' | 'record' | 'incompatibleFeatures' | 'readonlyFeatures' | 'successor' | 'storageKey'
> & { readonly successor?: Uint8Array | undefined; readonly storageKey?: Uint8Array | undefined };

export function encodeHeadHeader(header: HeadHeaderInput): Uint8Array {
  const writer = new ByteWriter(HEADER_PLAIN_SIZE);
  writer.u16(FORMAT_VERSION).u8(SUITE).u8(RECORD_HEAD).u32(featuresOf(header)).u32(0);
  writer.raw(header.treeId).u32(header.keyEpoch).u8(header.objectSizeLog2).u8(header.checkpointCodec);
  writer.u8(header.successor === undefined ? 0 : 1).u8(0);
  writer.u64(header.epoch).u64(header.headSequence).u64(header.sweepSequence);
  writer.raw(header.writeNonce).raw(header.previousHash);
  writer.u32(header.checkpointLength).u32(header.journalStart);
  return writer.raw(header.successor ?? new Uint8Array(HASH_SIZE)).raw(header.storageKey ?? NO_KEY).bytes;
}

function featuresOf({ storageKey }: Pick<HeadHeaderInput, 'storageKey'>): number {
  return storageKey === undefined ? 0 : SPLIT_FEATURE;
}

/** Reads an authenticated header; `undefined` where it is none of a head. Versions and features are the caller's to judge. */
export function decodeHeadHeader(plain: Uint8Array): HeadHeader | undefined {
  const reader = new ByteReader(plain);
  const formatVersion = reader.u16();
  const suite = reader.u8();
  const record = reader.u8();
  if (record !== RECORD_HEAD) return undefined;
  const incompatibleFeatures = reader.u32();
  const readonlyFeatures = reader.u32();
  const treeId = reader.raw(16);
  const keyEpoch = reader.u32();
  const objectSizeLog2 = reader.u8();
  const checkpointCodec = reader.u8();
  const terminal = reader.u8();
  reader.u8();
  const epoch = reader.u64();
  const headSequence = reader.u64();
  const sweepSequence = reader.u64();
  if (epoch === undefined || headSequence === undefined || sweepSequence === undefined) return undefined;
  const writeNonce = reader.raw(16);
  const previousHash = reader.raw(32);
  const checkpointLength = reader.u32();
  const journalStart = reader.u32();
  const hash = reader.raw(HASH_SIZE);
  const storageKey = reader.raw(NO_KEY.length);
  // Whether a chain goes on must not be told by one byte that is neither.
  if (terminal > 1 || (terminal === 0 && hash.some((byte) => byte !== 0))) return undefined;
  return {
    formatVersion,
    suite,
    record,
    incompatibleFeatures,
    readonlyFeatures,
    treeId,
    keyEpoch,
    objectSizeLog2,
    checkpointCodec,
    epoch,
    headSequence,
    sweepSequence,
    writeNonce,
    previousHash,
    checkpointLength,
    journalStart,
    successor: terminal === 1 ? hash : undefined,
    storageKey: isSplit(incompatibleFeatures) ? storageKey : undefined,
  };
}
