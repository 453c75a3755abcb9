import type { Backend, Cancel } from '../backend/backend.js';
import { openBackend } from '../backend/registry.js';
import type { Asking } from '../crypto/ask.js';
import type { Credential } from '../crypto/credential.js';
import { Entropy } from '../crypto/entropy.js';
import { credentialsOf, roleOfKey } from '../crypto/key.js';
import { StorageKeys } from '../crypto/storage-keys.js';
import { loadSuite, type Suite } from '../crypto/suite.js';
import { TreeKeys } from '../crypto/tree-keys.js';
import { InfinitreeError, isInfinitreeError, throwIfAborted } from '../errors.js';
import { KEY_OBJECT_HEADERS } from '../format/header-layout.js';
import { KEY_ROLES, type KeyRole } from '../format/key-record.js';
import { OBJECT_SIZE_LOG2_DEFAULT, objectSizeLog2 } from '../format/limits.js';
import type { ObjectContext } from '../object/context.js';
import { buildKeyObject, findKeyObject, type OpenedKeyObject, openKeyObject } from '../object/key-object.js';
import { ObjectReader } from '../object/object-reader.js';
import { type Environment, systemEnvironment } from '../platform/environment.js';
import { loadLz4 } from '../platform/lz4.js';
import { checkTreeOptions } from './check-tree-options.js';
import type { HeadStore } from './heads/head-store.js';
import { headStoreOf } from './heads/head-store-of.js';
import { eraseEnded } from './keys/erase-keys.js';
import { entryOf, liveEntry } from './keys/registry.js';
import { requireRole } from './keys/roles.js';
import { warnOfWeakPassword } from './keys/weak-password.js';
import { WriterLock } from './lock.js';
import type { CreateOptions, OpenOptions, TreeOptions } from './options.js';
import { EMPTY_BASE, encodeCheckpoint } from './records/checkpoint.js';
import type { CredentialEntry } from './records/credential.js';
import { checkExpectedHead } from './rollback.js';
import { Session, type SessionParts } from './session.js';
import { emptySnapshot, type Snapshot } from './snapshot.js';
import { requireGoesOn } from './succession.js';

/** A session and, for writers, the note that it is there. */
export interface Opened {
  readonly session: Session;
  readonly lock: WriterLock | undefined;
}

/** Objects that the smallest tree consists of. */
const COMPLETE_TREE = 2;

interface Ground {
  readonly backend: Backend;
  readonly ownsBackend: boolean;
  readonly suite: Suite;
  readonly environment: Environment;
  readonly entropy: Entropy;
}

/** Creates a tree. Order of writes: the first head, and only when it is durable the key object that leads to it. */
export async function createTree(options: CreateOptions): Promise<Opened> {
  checkTreeOptions(options);
  const log2 = options.objectSize === undefined ? OBJECT_SIZE_LOG2_DEFAULT : objectSizeLog2(options.objectSize);
  if (log2 === undefined) {
    throw new InfinitreeError('INVALID_ARGUMENT', 'objectSize is a power of two from 65536 to 4194304 bytes.');
  }
  if (!['all', 'reader'].includes(roleOfKey(options.key))) {
    throw new InfinitreeError(
      'INVALID_ARGUMENT',
      'A tree is created by a key that reads it. Create a split tree with Key.splitReader(), then add this key.',
    );
  }
  return withGround(options, async (ground) => {
    const credentials = await deriveAll(ground.suite, options);
    for (const credential of credentials) {
      const there = await findKeyObject(ground.backend, ground.suite, credential, options);
      if (there !== undefined) throw exists();
    }
    // A key stands for one credential at least; the first is the one that new trees are given.
    const credential = credentials[0] as Credential;
    const posed = await credential.pose(ground.suite, ground.entropy, asking(ground, options));
    posed.secretKey.fill(0);
    const secret = ground.entropy.bytes32();
    const [treeId, credentialId] = [ground.entropy.bytes32().slice(0, 16), ground.entropy.bytes32().slice(0, 16)];
    const role = roleOfKey(options.key);
    const keys = new TreeKeys(ground.suite, secret, treeId, 0, newStorageKeys(ground, role, credentialId));
    const context = { backend: ground.backend, keys, entropy: ground.entropy, objectSize: 2 ** log2 };
    const reader = new ObjectReader(context);
    const heads = headStoreOf(context, reader);
    let lock: WriterLock | undefined;
    try {
      lock = await WriterLock.acquire(context, options);
      const created = Math.trunc(ground.environment.clock.now());
      const entry = entryOf(credential, posed, { id: credentialId, created, label: '', role: KEY_ROLES[role] });
      const { snapshot, keyObject } = await writeFirst(ground, context, heads, entry, options);
      warnOfWeakPassword(credential);
      return { session: makeSession(ground, { context, reader, heads, snapshot, keyObject }), lock };
    } catch (error) {
      // What went wrong first is what is told; a note that stays is known to be abandoned.
      await lock?.release().catch(() => undefined);
      keys.wipe();
      throw error;
    } finally {
      secret.fill(0);
    }
  });
}

/** The storage key pair of a new tree, where it is to be split. */
function newStorageKeys({ suite, entropy }: Ground, role: KeyRole, writer: Uint8Array): StorageKeys | undefined {
  if (role === 'all') return undefined;
  const secret = entropy.bytes32();
  const keys = StorageKeys.ofReader(suite, writer, secret);
  secret.fill(0);
  return keys;
}

async function writeFirst(
  ground: Ground,
  context: ObjectContext,
  heads: HeadStore,
  entry: CredentialEntry,
  options: Cancel,
): Promise<Pick<SessionParts, 'snapshot' | 'keyObject'>> {
  const care = {
    credentials: [entry],
    olderHeads: [],
    replaced: [],
    sweepSequence: 0,
    fork: undefined,
    ended: undefined,
    dropboxes: [],
  };
  const checkpoint = encodeCheckpoint({ base: EMPTY_BASE, tail: [], ...care });
  const writeNonce = ground.entropy.bytes32().slice(0, 16);
  const position = await heads.create({ checkpoint, writeNonce, sweepSequence: care.sweepSequence }, options);
  const [id] = entry.keyObjects;
  const bytes = buildKeyObject(context, id, entry, entry.id);
  try {
    await ground.backend.keyObjects.put(id, bytes, options);
  } catch (error) {
    // Who loses this put has made a head that nothing leads to; so has who surely did not get it through. Where nobody
    // knows, the head stays: a key object without a head would be a tree that nobody can open or make.
    const lost = isInfinitreeError(error, 'EXISTS');
    const absent = async () => (await ground.backend.keyObjects.get(id)) === undefined;
    if (lost || (await absent().catch(() => false))) await heads.withdraw();
    throw lost ? exists() : error;
  }
  const keyObject = { id, sealed: bytes.slice(0, KEY_OBJECT_HEADERS), credentialId: entry.id };
  return { snapshot: emptySnapshot(position, care), keyObject };
}

/** Opens a tree: its key object, then its newest head. No field is loaded. */
export async function openTree(options: OpenOptions): Promise<Opened> {
  checkTreeOptions(options);
  if (options.acceptOlderHead === true && options.readonly !== true) {
    throw new InfinitreeError('INVALID_ARGUMENT', 'acceptOlderHead is for looking only: give readonly: true with it.');
  }
  return withGround(options, async (ground) => {
    const opened = await openAny(ground, options);
    return opened ?? openAfterLooking(ground, options);
  });
}

/** Opens the tree by the first of the credentials that a key may stand for; `undefined` where none has a key object. */
async function openAny(ground: Ground, options: OpenOptions): Promise<Opened | undefined> {
  let refusal: InfinitreeError | undefined;
  for (const credential of credentialsOf(options.key)) {
    throwIfAborted(options.signal, 'Opening the tree');
    await credential.derive(ground.suite);
    try {
      const found = await openKeyObject(ground.backend, ground.suite, credential, asking(ground, options));
      if (found !== undefined) return await openFound(ground, found, options);
    } catch (error) {
      // Where a key is being changed, and the new one has a key object that no head lists yet, the old one still opens.
      if (!isInfinitreeError(error, 'WRONG_KEY')) throw error;
      refusal ??= error;
    }
  }
  if (refusal !== undefined) throw refusal;
  return undefined;
}

async function openFound(ground: Ground, found: OpenedKeyObject, options: OpenOptions): Promise<Opened> {
  const { keys, record } = found;
  const context = {
    backend: ground.backend,
    keys,
    entropy: ground.entropy,
    objectSize: 2 ** found.objectSizeLog2,
    readonly: options.readonly === true,
  };
  const reader = new ObjectReader(context);
  const heads = headStoreOf(context, reader);
  let lock: WriterLock | undefined;
  try {
    requireRole(found, options.key);
    if (options.readonly !== true) lock = await WriterLock.acquire(context, options);
    const snapshot = await heads.newest(options);
    if (snapshot === undefined) throw headless(found);
    checkExpectedHead(options.expectHead, snapshot);
    if (options.readonly !== true) requireGoesOn(snapshot);
    checkCredential(found, snapshot);
    const keyObject = { id: found.id, sealed: found.sealed, credentialId: record.credentialId };
    const parts = { context, reader, heads, snapshot, keyObject };
    const session = makeSession(ground, parts, options);
    if (session.readonly === undefined) await eraseEnded(session, options);
    return { session, lock };
  } catch (error) {
    // What went wrong first is what is told; a note that stays is known to be abandoned.
    await lock?.release().catch(() => undefined);
    keys.wipe();
    throw error;
  }
}

/** Says why no key object was found, once it was looked for again. */
async function openAfterLooking(ground: Ground, options: OpenOptions): Promise<Opened> {
  // Nothing tells a wrong key from a tree that is not there, but whether there is enough for any tree at all: a head and
  // a key object. Less is what a creation that did not end has left, and must not be in the way of the next one.
  let seen = 0;
  for await (const id of ground.backend.list(options)) {
    seen += 1;
    if (seen < COMPLETE_TREE) continue;
    // Object stores now and then do not find what is there, and a wrong key would be a bad name for that.
    const opened = await openAny(ground, options);
    if (opened !== undefined) return opened;
    throw new InfinitreeError(
      'WRONG_KEY',
      `No tree in this storage opens with this key, although there are objects in it (${id.slice(0, 8)}…). Check user ` +
        'name, password and profile, and the kind of key. If you mean to make a new tree beside those of others, call create().',
    );
  }
  throw new InfinitreeError(
    'NOT_FOUND',
    'There is no tree in this storage: it holds nothing that could be one. Check the path or URL, or call create() or openOrCreate().',
  );
}

function asking<T extends Cancel>({ environment: { timer } }: Ground, options: T): T & Asking {
  return { ...options, timer };
}

async function deriveAll(suite: Suite, options: TreeOptions): Promise<readonly Credential[]> {
  const credentials = credentialsOf(options.key);
  for (const credential of credentials) {
    throwIfAborted(options.signal, 'Creating the tree');
    await credential.derive(suite);
  }
  return credentials;
}

async function withGround(options: TreeOptions, open: (ground: Ground) => Promise<Opened>): Promise<Opened> {
  throwIfAborted(options.signal, 'Opening the tree');
  const [suite] = await Promise.all([loadSuite(), loadLz4()]);
  const ownsBackend = typeof options.backend === 'string' || options.backend instanceof URL;
  const backend = ownsBackend ? await openBackend(options.backend, options) : options.backend;
  const environment = { ...systemEnvironment, ...options.environment };
  try {
    return await open({ backend, ownsBackend, suite, environment, entropy: new Entropy(suite, environment) });
  } catch (error) {
    if (ownsBackend) await backend.close();
    throw error;
  }
}

function makeSession(
  { ownsBackend, environment }: Ground,
  parts: Omit<SessionParts, 'ownsBackend' | 'environment' | 'readonly' | 'acceptsOlderHead'>,
  options: Pick<OpenOptions, 'readonly' | 'acceptOlderHead'> = {},
): Session {
  const acceptsOlderHead = options.acceptOlderHead === true;
  return new Session({ ...parts, environment, ownsBackend, readonly: readonlyReason(options), acceptsOlderHead });
}

function readonlyReason({ readonly }: Pick<OpenOptions, 'readonly'>): string | undefined {
  return readonly === true ? 'The tree was opened with readonly: true. Open it without to change it.' : undefined;
}

function checkCredential({ id, record }: OpenedKeyObject, { care }: Snapshot): void {
  if (liveEntry(care.credentials, record.credentialId) !== undefined) return;
  throw new InfinitreeError(
    'WRONG_KEY',
    `The key of the key object ${id} was removed from this tree. Use another key.`,
  );
}

function headless({ id }: OpenedKeyObject): InfinitreeError {
  return new InfinitreeError(
    'CORRUPT',
    `The key object ${id} opens, but the tree has no head. Either it was lost, or a copy of the tree into this storage was ` +
      'not finished. Nothing was changed. Call copyTree() again to finish it, or bring the storage back from a copy.',
  );
}

function exists(): InfinitreeError {
  return new InfinitreeError('EXISTS', 'A tree of this key stands in this storage already. Call open() instead.');
}
