import type { Backend, Cancel } from '../backend/backend.js';
import { pad } from '../crypto/chunk.js';
import type { Credential } from '../crypto/credential.js';
import { openHeader, sealHeader } from '../crypto/sealed-header.js';
import type { Suite } from '../crypto/suite.js';
import { TreeKeys } from '../crypto/tree-keys.js';
import { InfinitreeError } from '../errors.js';
import { SEALED_HEADER_SIZE } from '../format/header-layout.js';
import { idBytes } from '../format/id-bytes.js';
import type { ObjectId } from '../format/ids.js';
import { decodeKeyRecord, encodeKeyRecord, type KeyRecord, type KeyRecordInput } from '../format/key-record.js';
import { objectSizeLog2 } from '../format/limits.js';
import type { ObjectContext } from './context.js';
import { checkVersion } from './version.js';

/** A key object that was opened. */
export interface OpenedKeyObject {
  readonly id: ObjectId;
  /** Its header, as it stands in storage. */
  readonly sealed: Uint8Array;
  readonly record: KeyRecord;
  readonly keys: TreeKeys;
}

/** A credential's key object, sealed; `id` is that of the given slot. */
export function buildKeyObject(
  context: ObjectContext,
  credential: Credential,
  slot: 0 | 1,
  record: KeyRecordInput,
): { id: ObjectId; bytes: Uint8Array } {
  const { keys, entropy, objectSize } = context;
  const id = credential.keyObjectId(slot);
  const plain = encodeKeyRecord(record);
  const salt = entropy.bytes32(plain);
  const bytes = new Uint8Array(objectSize);
  bytes.set(sealHeader(keys.suite, credential.headerKey(), 'keyObjectHeader', id, salt, plain));
  pad(keys, idBytes(id), salt, bytes.subarray(SEALED_HEADER_SIZE));
  plain.fill(0);
  return { id, bytes };
}

/**
 * Opens the key object of a credential; `undefined` where there is none under either of its ids.
 * Throws `CORRUPT` for bytes under such an id that this credential does not open, since nobody else can have put them
 * there, and `UNSUPPORTED` for another format version.
 */
export async function openKeyObject(
  backend: Backend,
  suite: Suite,
  credential: Credential,
  options: Cancel & { readonly readonly?: boolean | undefined },
): Promise<OpenedKeyObject | undefined> {
  for (const slot of [0, 1] as const) {
    const id = credential.keyObjectId(slot);
    const bytes = await backend.keyObjects.get(id, options);
    if (bytes !== undefined) return parseKeyObject(suite, credential, id, bytes, options.readonly !== true);
  }
  return undefined;
}

function parseKeyObject(
  suite: Suite,
  credential: Credential,
  id: ObjectId,
  bytes: Uint8Array,
  writes: boolean,
): OpenedKeyObject {
  const log2 = objectSizeLog2(bytes.length);
  if (log2 === undefined) throw corrupt(id, `it has ${bytes.length} bytes, which is no size of an object`);
  const sealed = bytes.subarray(0, SEALED_HEADER_SIZE);
  const plain = openHeader(suite, credential.headerKey(), 'keyObjectHeader', id, sealed);
  const record = plain && decodeKeyRecord(plain);
  if (record === undefined) throw corrupt(id, 'its header does not carry the right tag');
  try {
    checkVersion('key object', id, record, writes);
    if (record.objectSizeLog2 !== log2) throw corrupt(id, `it has ${bytes.length} bytes, its header says otherwise`);
    const keys = new TreeKeys(suite, record.rootSecret, record.treeId, record.keyEpoch);
    return { id, sealed: sealed.slice(), record, keys };
  } finally {
    plain?.fill(0);
    record.rootSecret.fill(0);
  }
}

function corrupt(id: ObjectId, what: string): InfinitreeError {
  return new InfinitreeError(
    'CORRUPT',
    `The key object ${id} is damaged: ${what}. Bring it back from a copy of this storage; without it this key opens nothing.`,
  );
}
