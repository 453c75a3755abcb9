import { ByteReader } from '../bytes/reader.js';
import { ByteWriter } from '../bytes/writer.js';
import { SUITE } from './chunk-aad.js';
import { RECORD_KEY_OBJECT } from './head-header.js';
import { HEADER_PLAIN_SIZE } from './header-layout.js';
import { FORMAT_VERSION } from './limits.js';

/** Kinds of credentials. */
export const CREDENTIAL_PASSWORD = 1;
export const CREDENTIAL_RAW = 2;

/** Where each field of a key object's header stands; `docs/format/layout.md` has the same table. */
export const KEY_RECORD = {
  formatVersion: [0, 2],
  suite: [2, 1],
  record: [3, 1],
  incompatibleFeatures: [4, 4],
  readonlyFeatures: [8, 4],
  treeId: [12, 16],
  keyEpoch: [28, 4],
  objectSizeLog2: [32, 1],
  credentialKind: [33, 1],
  zero: [34, 2],
  credentialId: [36, 16],
  rootSecret: [52, 32],
  zeroTail: [84, 348],
} as const;

/** What a key object carries. */
export interface KeyRecord {
  readonly formatVersion: number;
  readonly suite: number;
  readonly incompatibleFeatures: number;
  readonly readonlyFeatures: number;
  readonly treeId: Uint8Array;
  readonly keyEpoch: number;
  readonly objectSizeLog2: number;
  readonly credentialKind: number;
  /** Names the credential in the head's registry. */
  readonly credentialId: Uint8Array;
  readonly rootSecret: Uint8Array;
}

export type KeyRecordInput = Omit<KeyRecord, 'formatVersion' | 'suite' | 'incompatibleFeatures' | 'readonlyFeatures'>;

export function encodeKeyRecord(record: KeyRecordInput): Uint8Array {
  const writer = new ByteWriter(HEADER_PLAIN_SIZE);
  writer.u16(FORMAT_VERSION).u8(SUITE).u8(RECORD_KEY_OBJECT).u32(0).u32(0);
  writer.raw(record.treeId).u32(record.keyEpoch).u8(record.objectSizeLog2).u8(record.credentialKind).u16(0);
  return writer.raw(record.credentialId).raw(record.rootSecret).bytes;
}

/** Reads an authenticated header; `undefined` where it is none of a key object. */
export function decodeKeyRecord(plain: Uint8Array): KeyRecord | undefined {
  const reader = new ByteReader(plain);
  const formatVersion = reader.u16();
  const suite = reader.u8();
  if (reader.u8() !== RECORD_KEY_OBJECT) return undefined;
  const incompatibleFeatures = reader.u32();
  const readonlyFeatures = reader.u32();
  const treeId = reader.raw(16);
  const keyEpoch = reader.u32();
  const objectSizeLog2 = reader.u8();
  const credentialKind = reader.u8();
  reader.u16();
  const credentialId = reader.raw(16);
  const rootSecret = reader.raw(32);
  return {
    formatVersion,
    suite,
    incompatibleFeatures,
    readonlyFeatures,
    treeId,
    keyEpoch,
    objectSizeLog2,
    credentialKind,
    credentialId,
    rootSecret,
  };
}
