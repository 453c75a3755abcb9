import { ByteReader } from '../bytes/reader.js';
import { ByteWriter } from '../bytes/writer.js';
import { HEADER_PLAIN_SIZE } from './header-layout.js';

/** Where each field of a key object's second header stands; `docs/format/layout.md` has the same table. */
export const KEY_RECORD = {
  treeId: [0, 16],
  keyEpoch: [16, 4],
  credentialKind: [20, 1],
  zero: [21, 3],
  credentialId: [24, 16],
  rootSecret: [40, 32],
  zeroTail: [72, 360],
} as const;

/** What a key object carries. */
export interface KeyRecord {
  readonly treeId: Uint8Array;
  readonly keyEpoch: number;
  readonly credentialKind: number;
  /** Names the credential in the head's registry. */
  readonly credentialId: Uint8Array;
  readonly rootSecret: Uint8Array;
}

export function encodeKeyRecord(record: KeyRecord): Uint8Array {
  const writer = new ByteWriter(HEADER_PLAIN_SIZE);
  writer.raw(record.treeId).u32(record.keyEpoch).u8(record.credentialKind).u8(0).u16(0);
  return writer.raw(record.credentialId).raw(record.rootSecret).bytes;
}

/** Reads an authenticated header. */
export function decodeKeyRecord(plain: Uint8Array): KeyRecord {
  const reader = new ByteReader(plain);
  const treeId = reader.raw(16);
  const keyEpoch = reader.u32();
  const credentialKind = reader.u8();
  reader.raw(3);
  return { treeId, keyEpoch, credentialKind, credentialId: reader.raw(16), rootSecret: reader.raw(32) };
}
