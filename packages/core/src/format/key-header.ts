import { ByteReader } from '../bytes/reader.js';
import { ByteWriter } from '../bytes/writer.js';
import { SUITE } from './chunk-aad.js';
import { RECORD_KEY_OBJECT } from './head-header.js';
import { HEADER_PLAIN_SIZE } from './header-layout.js';
import { FORMAT_VERSION } from './limits.js';

/** Kinds of credentials, by what they are called. */
export const CREDENTIAL_KINDS = { password: 1, raw: 2, kms: 3, 'challenge-response': 4 } as const;

export type CredentialKind = keyof typeof CREDENTIAL_KINDS;

/** Where each field of a key object's first header stands; `docs/format/layout.md` has the same table. */
export const KEY_HEADER = {
  formatVersion: [0, 2],
  suite: [2, 1],
  record: [3, 1],
  incompatibleFeatures: [4, 4],
  readonlyFeatures: [8, 4],
  objectSizeLog2: [12, 1],
  credentialKind: [13, 1],
  questionLength: [14, 2],
  ephemeralKey: [16, 32],
  keyEpoch: [48, 4],
  question: [52, 380],
} as const;

/** The longest question that a credential can be asked, in bytes. */
export const MAX_QUESTION = KEY_HEADER.question[1];

/** How the second header of a key object opens. */
export interface KeyHeader {
  readonly formatVersion: number;
  readonly suite: number;
  readonly incompatibleFeatures: number;
  readonly readonlyFeatures: number;
  readonly objectSizeLog2: number;
  readonly credentialKind: number;
  /** The X25519 public key that was made for this writing, 32 bytes. */
  readonly ephemeralKey: Uint8Array;
  /** As in the second header. Here also those see it who have the tree, and not the credential. */
  readonly keyEpoch: number;
  /** What has to be answered to get at the credential's secret key; empty where it is there without. */
  readonly question: Uint8Array;
}

export type KeyHeaderInput = Omit<
  KeyHeader,
  'formatVersion' | 'suite' | 'incompatibleFeatures' | 'readonlyFeatures'
> & {
  readonly incompatibleFeatures?: number;
};

export function encodeKeyHeader(header: KeyHeaderInput): Uint8Array {
  const { incompatibleFeatures = 0, objectSizeLog2, credentialKind, ephemeralKey, keyEpoch, question } = header;
  const writer = new ByteWriter(HEADER_PLAIN_SIZE);
  writer.u16(FORMAT_VERSION).u8(SUITE).u8(RECORD_KEY_OBJECT).u32(incompatibleFeatures).u32(0);
  writer.u8(objectSizeLog2).u8(credentialKind).u16(question.length);
  return writer.raw(ephemeralKey).u32(keyEpoch).raw(question).bytes;
}

/** Reads an authenticated header; `undefined` where it is none of a key object. */
export function decodeKeyHeader(plain: Uint8Array): KeyHeader | undefined {
  const reader = new ByteReader(plain);
  const formatVersion = reader.u16();
  const suite = reader.u8();
  if (reader.u8() !== RECORD_KEY_OBJECT) return undefined;
  const incompatibleFeatures = reader.u32();
  const readonlyFeatures = reader.u32();
  const objectSizeLog2 = reader.u8();
  const credentialKind = reader.u8();
  const questionLength = reader.u16();
  if (questionLength > MAX_QUESTION) return undefined;
  const ephemeralKey = reader.raw(32);
  const keyEpoch = reader.u32();
  const question = reader.raw(questionLength);
  const versions = { formatVersion, suite, incompatibleFeatures, readonlyFeatures };
  return { ...versions, objectSizeLog2, credentialKind, ephemeralKey, keyEpoch, question };
}
