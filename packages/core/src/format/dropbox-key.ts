import { ByteReader } from '../bytes/reader.js';
import { ByteWriter } from '../bytes/writer.js';

/** Where each field of a dropbox's key stands; `docs/format/layout.md` has the same table. */
export const DROPBOX_KEY = {
  objectSizeLog2: [0, 1],
  treeId: [1, 16],
  dropboxId: [17, 16],
  recipient: [33, 32],
  seed: [65, 32],
} as const;

export const DROPBOX_KEY_SIZE = 97;

/** What the worker of a dropbox is given. */
export interface DropboxKey {
  readonly objectSizeLog2: number;
  readonly treeId: Uint8Array;
  readonly dropboxId: Uint8Array;
  /** The X25519 public key that content is sealed to. */
  readonly recipient: Uint8Array;
  /** Secret: what the worker signs with and what it shares with the owners come from it. */
  readonly seed: Uint8Array;
}

export function encodeDropboxKey({ objectSizeLog2, treeId, dropboxId, recipient, seed }: DropboxKey): Uint8Array {
  return new ByteWriter(DROPBOX_KEY_SIZE).u8(objectSizeLog2).raw(treeId).raw(dropboxId).raw(recipient).raw(seed).bytes;
}

export function decodeDropboxKey(bytes: Uint8Array): DropboxKey {
  const reader = new ByteReader(bytes);
  return {
    objectSizeLog2: reader.u8(),
    treeId: reader.raw(16),
    dropboxId: reader.raw(16),
    recipient: reader.raw(32),
    seed: reader.raw(32),
  };
}
