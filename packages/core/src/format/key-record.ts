import { ByteReader } from '../bytes/reader.js';
import { ByteWriter } from '../bytes/writer.js';
import { HEADER_PLAIN_SIZE } from './header-layout.js';

/** What a key may do, by what it is called: in a tree that is not split everything, in one that is as its name says. */
export const KEY_ROLES = { all: 0, reader: 1, writer: 2 } as const;

export type KeyRole = keyof typeof KEY_ROLES;

/** The role of a number; `undefined` where it is none. */
export function roleOf(code: number): KeyRole | undefined {
  return (Object.keys(KEY_ROLES) as KeyRole[]).find((role) => KEY_ROLES[role] === code);
}

/** Where each field of a key object's second header stands; `docs/format/layout.md` has the same table. */
export const KEY_RECORD = {
  treeId: [0, 16],
  keyEpoch: [16, 4],
  credentialKind: [20, 1],
  role: [21, 1],
  zero: [22, 2],
  credentialId: [24, 16],
  rootSecret: [40, 32],
  storageKey: [72, 32],
  zeroTail: [104, 328],
} as const;

/** What a key object carries. */
export interface KeyRecord {
  readonly treeId: Uint8Array;
  readonly keyEpoch: number;
  readonly credentialKind: number;
  /** Names the credential in the head's registry. */
  readonly credentialId: Uint8Array;
  readonly rootSecret: Uint8Array;
  readonly role: number;
  /** Of a reader the secret half of the tree's storage key pair, of a writer the public one, of others zeros; 32 bytes. */
  readonly storageKey: Uint8Array;
}

export function encodeKeyRecord(record: KeyRecord): Uint8Array {
  const writer = new ByteWriter(HEADER_PLAIN_SIZE);
  writer.raw(record.treeId).u32(record.keyEpoch).u8(record.credentialKind).u8(record.role).u16(0);
  return writer.raw(record.credentialId).raw(record.rootSecret).raw(record.storageKey).bytes;
}

/** Reads an authenticated header. */
export function decodeKeyRecord(plain: Uint8Array): KeyRecord {
  const reader = new ByteReader(plain);
  const treeId = reader.raw(16);
  const keyEpoch = reader.u32();
  const credentialKind = reader.u8();
  const role = reader.u8();
  reader.u16();
  const [credentialId, rootSecret, storageKey] = [reader.raw(16), reader.raw(32), reader.raw(32)];
  return { treeId, keyEpoch, credentialKind, credentialId, rootSecret, role, storageKey };
}
