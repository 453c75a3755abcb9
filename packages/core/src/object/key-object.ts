import type { Backend, Cancel } from '../backend/backend.js';
import { sameBytes } from '../bytes/compare.js';
import { toHex } from '../bytes/hex.js';
import type { Asking } from '../crypto/ask.js';
import { pad } from '../crypto/chunk.js';
import type { Credential, Posed } from '../crypto/credential.js';
import { type KeyPair, keyObjectSecret, keyPairOf } from '../crypto/key-pair.js';
import { KEY_SIZE } from '../crypto/primitives.js';
import { openHeader, sealHeader } from '../crypto/sealed-header.js';
import type { Secret } from '../crypto/secret.js';
import { StorageKeys } from '../crypto/storage-keys.js';
import type { Suite } from '../crypto/suite.js';
import { TreeKeys } from '../crypto/tree-keys.js';
import { InfinitreeError, isInfinitreeError } from '../errors.js';
import { isSplit, SPLIT_FEATURE } from '../format/features.js';
import { KEY_OBJECT_HEADERS, SEALED_HEADER_SIZE } from '../format/header-layout.js';
import { idBytes } from '../format/id-bytes.js';
import type { ObjectId } from '../format/ids.js';
import { CREDENTIAL_KINDS, decodeKeyHeader, encodeKeyHeader, type KeyHeader } from '../format/key-header.js';
import { decodeKeyRecord, encodeKeyRecord, KEY_ROLES, type KeyRecord } from '../format/key-record.js';
import { objectSizeLog2 } from '../format/limits.js';
import type { ObjectContext } from './context.js';
import { checkVersion } from './version.js';

/** A key object that was opened. */
export interface OpenedKeyObject {
  readonly id: ObjectId;
  /** Its headers, as they stand in storage. */
  readonly sealed: Uint8Array;
  /** Its secrets are zeroed: `keys` has them. */
  readonly record: KeyRecord;
  readonly objectSizeLog2: number;
  readonly keys: TreeKeys;
  /** What it is sealed to, and what had to be answered for that. */
  readonly publicKey: Uint8Array;
  readonly question: Uint8Array;
}

/** A key object whose first header opens, and says how the second one does. */
export interface FoundKeyObject {
  readonly id: ObjectId;
  readonly sealed: Uint8Array;
  readonly header: KeyHeader;
}

/** To whom a key object is sealed, what that key may do, and what else the first header says. */
export interface Addressee {
  readonly kind: number;
  readonly role: number;
  readonly headerKey: Secret;
  readonly publicKey: Uint8Array;
  readonly question: Uint8Array;
}

/**
 * A key object of the tree, sealed to a credential. Everything about this comes from the registry, so that it takes nothing
 * of the credential that only its owner has. Throws `UNSUPPORTED` for a reader's where these keys are those of a writer.
 */
export function buildKeyObject(
  { keys, entropy, objectSize }: ObjectContext,
  id: ObjectId,
  to: Addressee,
  credentialId: Uint8Array,
): Uint8Array {
  const { suite } = keys;
  const rootSecret = keys.copyRootSecret();
  const { treeId, keyEpoch } = keys;
  const storageKey = storageKeyFor(keys, to.role);
  const record = { treeId, keyEpoch, credentialKind: to.kind, role: to.role, credentialId, rootSecret, storageKey };
  const plain = encodeKeyRecord(record);
  const ephemeral = keyPairOf(suite, entropy.bytes32(plain));
  const ephemeralKey = ephemeral.publicKey;
  const own = { secretKey: ephemeral.secretKey, other: to.publicKey };
  const headerKey = to.headerKey.reveal();
  const secret = keyObjectSecret(suite, id, { headerKey, publicKey: to.publicKey }, ephemeralKey, own);
  if (secret === undefined) throw corrupt(id, 'the public key of its credential is none');
  const header = {
    incompatibleFeatures: keys.storage === undefined ? 0 : SPLIT_FEATURE,
    objectSizeLog2: Math.log2(objectSize),
    credentialKind: to.kind,
    ephemeralKey,
    keyEpoch: keys.keyEpoch,
    question: to.question,
  };
  const salt = entropy.bytes32(ephemeralKey);
  const bytes = new Uint8Array(objectSize);
  bytes.set(sealHeader(suite, headerKey, 'keyObjectHeader', id, salt, encodeKeyHeader(header)));
  const second = sealHeader(suite, secret, 'keyObjectSecret', id, entropy.bytes32(plain), plain);
  bytes.set(second, SEALED_HEADER_SIZE);
  pad(keys, idBytes(id), salt, bytes.subarray(KEY_OBJECT_HEADERS));
  for (const used of [rootSecret, storageKey, plain, ephemeral.secretKey, secret]) used.fill(0);
  return bytes;
}

/** Whether these keys are enough to make the key object of a key of this role. */
export function canGive(keys: TreeKeys, role: number): boolean {
  return role !== KEY_ROLES.reader || keys.storage?.opens === true;
}

/**
 * What a key of this role is given of the storage key pair, for the caller to zero; zeros where the tree is not split. Throws
 * `UNSUPPORTED` where these keys do not have it.
 */
export function storageKeyFor({ storage }: TreeKeys, role: number): Uint8Array {
  if (role === KEY_ROLES.writer && storage !== undefined) return storage.publicKey.slice();
  const secretKey = role === KEY_ROLES.reader ? storage?.copySecretKey() : undefined;
  if (secretKey !== undefined) return secretKey;
  if (role === KEY_ROLES.all && storage === undefined) return new Uint8Array(KEY_SIZE);
  throw new InfinitreeError(
    'UNSUPPORTED',
    'The tree was opened with Key.splitWriter(), which has nothing to give to a key that reads. Open it with ' +
      'Key.splitReader() to do that.',
  );
}

/**
 * Looks for the key objects of a credential, and gives those that open as far as nobody has to be asked, that of the highest key
 * epoch first. There is one; two while the tree is given new keys, or while a damaged one is made anew; none where the
 * credential opens no tree.
 *
 * Throws where there is something under its ids and none of it opens that far: `CORRUPT` for what this credential does not open,
 * since nobody else can have put it there, `WRONG_KEY` for a key object of another kind, and `UNSUPPORTED` for another format
 * version.
 */
export async function findKeyObjects(
  backend: Backend,
  suite: Suite,
  credential: Credential,
  options: Cancel & { readonly readonly?: boolean | undefined },
): Promise<FoundKeyObject[]> {
  const ids = ([0, 1] as const).map((slot) => credential.keyObjectId(slot));
  const range = [0, KEY_OBJECT_HEADERS] as const;
  const stored = await Promise.all(ids.map((id) => backend.keyObjects.get(id, { ...options, range })));
  const found = whole(ids, (id, i) => {
    const bytes = stored[i];
    return bytes && parseKeyObject(suite, credential, id, bytes, options.readonly !== true);
  });
  return found.sort((a, b) => b.header.keyEpoch - a.header.keyEpoch);
}

/**
 * Finds the key objects of a credential and opens them. Whoever has to be asked is asked once for all that have one question.
 * Rejects as finding them does, with `CORRUPT` where none of their second headers opens, and as who is asked does.
 *
 * @param posed What the credential was given to the tree with, where that is known: then nobody is asked again.
 */
export async function openKeyObjects(
  backend: Backend,
  suite: Suite,
  credential: Credential,
  options: Cancel & Asking & { readonly readonly?: boolean | undefined },
  posed?: Posed,
): Promise<OpenedKeyObject[]> {
  const found = await findKeyObjects(backend, suite, credential, options);
  const answers = new Map<string, KeyPair>();
  try {
    for (const { header } of found) {
      const { question } = header;
      const isKnown = answers.has(toHex(question)) || (posed !== undefined && sameBytes(posed.question, question));
      if (!isKnown) answers.set(toHex(question), await credential.answer(suite, question, options));
    }
    return whole(found, (one) => {
      const keyPair = answers.get(toHex(one.header.question)) ?? posed;
      return keyPair && openFound(suite, credential, one, keyPair);
    });
  } finally {
    for (const { secretKey } of answers.values()) secretKey.fill(0);
  }
}

/** What is made of those that are whole. Throws the first damage where nothing is. */
function whole<T, R>(items: readonly T[], open: (item: T, i: number) => R | undefined): R[] {
  const opened: R[] = [];
  let damage: InfinitreeError | undefined;
  for (const [i, item] of items.entries()) {
    try {
      const one = open(item, i);
      if (one !== undefined) opened.push(one);
    } catch (error) {
      if (!isInfinitreeError(error)) throw error;
      damage ??= error;
    }
  }
  if (opened.length === 0 && damage !== undefined) throw damage;
  return opened;
}

/** What others than its owner can tell of the key object of a credential: its first header, where that opens. */
export function keyHeaderOf(
  { keys, objectSize }: ObjectContext,
  { headerKey }: Pick<Addressee, 'headerKey'>,
  id: ObjectId,
  bytes: Uint8Array,
): KeyHeader | undefined {
  if (bytes.length !== objectSize) return undefined;
  const sealed = bytes.subarray(0, SEALED_HEADER_SIZE);
  const plain = openHeader(keys.suite, headerKey.reveal(), 'keyObjectHeader', id, sealed);
  return plain && decodeKeyHeader(plain);
}

/** Whether these are the headers of a key object, as they are known. */
export function hasHeaders(bytes: Uint8Array, known: Uint8Array): boolean {
  return sameBytes(bytes.subarray(0, KEY_OBJECT_HEADERS), known);
}

function parseKeyObject(
  suite: Suite,
  credential: Credential,
  id: ObjectId,
  bytes: Uint8Array,
  writes: boolean,
): FoundKeyObject {
  if (bytes.length < KEY_OBJECT_HEADERS) throw corrupt(id, `it has only ${bytes.length} bytes`);
  const sealed = bytes.slice(0, KEY_OBJECT_HEADERS);
  const first = sealed.subarray(0, SEALED_HEADER_SIZE);
  const plain = openHeader(suite, credential.headerKey(), 'keyObjectHeader', id, first);
  const header = plain && decodeKeyHeader(plain);
  if (header === undefined) throw corrupt(id, 'its header does not carry the right tag');
  checkVersion('key object', id, header, writes);
  if (header.credentialKind !== CREDENTIAL_KINDS[credential.kind]) {
    // What a key of one kind needs must not be had by saying that it is of another.
    throw wrongKey(`The key object ${id} is for a key of kind ${header.credentialKind}, and this is no such key`);
  }
  if (objectSizeLog2(2 ** header.objectSizeLog2) === undefined)
    throw corrupt(id, 'its header names no size of an object');
  return { id, sealed, header };
}

function openFound(
  suite: Suite,
  credential: Credential,
  { id, sealed, header }: FoundKeyObject,
  keyPair: KeyPair,
): OpenedKeyObject {
  const { credentialKind, objectSizeLog2, keyEpoch, question } = header;
  const record = openRecord(suite, credential, id, header, sealed.subarray(SEALED_HEADER_SIZE), keyPair);
  try {
    if (record.credentialKind !== credentialKind) throw corrupt(id, 'its headers name two kinds of keys');
    if (record.keyEpoch !== keyEpoch) throw corrupt(id, 'its headers name two key epochs');
    const storage = storageKeysOf(suite, id, header, record);
    const keys = new TreeKeys(suite, record.rootSecret, record.treeId, record.keyEpoch, storage);
    return { id, sealed, record, objectSizeLog2, keys, publicKey: keyPair.publicKey, question };
  } finally {
    record.rootSecret.fill(0);
    record.storageKey.fill(0);
  }
}

/** The storage key pair, or the half of it, that a record hands over; undefined where the tree is not split. */
function storageKeysOf(
  suite: Suite,
  id: ObjectId,
  { incompatibleFeatures }: KeyHeader,
  { role, storageKey, credentialId }: KeyRecord,
): StorageKeys | undefined {
  if (isSplit(incompatibleFeatures) !== (role !== KEY_ROLES.all)) throw corrupt(id, `its key has the role ${role}`);
  const given = storageKeysFor(suite, role, credentialId, storageKey);
  if (given === undefined && role !== KEY_ROLES.all) throw corrupt(id, `its key has the role ${role}`);
  return given;
}

/** What `storageKeyFor` has given to a credential of this role; `undefined` where that is nothing. */
export function storageKeysFor(
  suite: Suite,
  role: number,
  credentialId: Uint8Array,
  storageKey: Uint8Array,
): StorageKeys | undefined {
  if (role === KEY_ROLES.reader) return StorageKeys.ofReader(suite, credentialId, storageKey);
  if (role === KEY_ROLES.writer) return StorageKeys.ofWriter(suite, credentialId, storageKey);
  return undefined;
}

function openRecord(
  suite: Suite,
  credential: Credential,
  id: ObjectId,
  { ephemeralKey }: KeyHeader,
  sealed: Uint8Array,
  { secretKey, publicKey }: KeyPair,
): KeyRecord {
  const to = { headerKey: credential.headerKey(), publicKey };
  const secret = keyObjectSecret(suite, id, to, ephemeralKey, { secretKey, other: ephemeralKey });
  const plain = secret && openHeader(suite, secret, 'keyObjectSecret', id, sealed);
  secret?.fill(0);
  if (plain === undefined) {
    if (!credential.asks) throw corrupt(id, 'its second header does not carry the right tag');
    throw wrongKey(
      `The key object ${id} was found, and does not open with the answer to its question. Either that came from another ` +
        'device or service than this tree was given, or the key object is damaged, which verify() tells to whoever opens the tree',
    );
  }
  const record = decodeKeyRecord(plain);
  plain.fill(0);
  return record;
}

function wrongKey(what: string): InfinitreeError {
  return new InfinitreeError('WRONG_KEY', `${what}.`);
}

function corrupt(id: ObjectId, what: string): InfinitreeError {
  return new InfinitreeError(
    'CORRUPT',
    `The key object ${id} is damaged: ${what}. Bring it back from a copy of this storage; without it this key opens nothing.`,
  );
}
