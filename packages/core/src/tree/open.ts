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
import { buildKeyObject, findKeyObjects, type OpenedKeyObject, openKeyObjects } from '../object/key-object.js';
import { type Environment, systemEnvironment } from '../platform/environment.js';
import { loadLz4 } from '../platform/lz4.js';
import { type Chain, chainOf } from './chain.js';
import { checkTreeOptions } from './check-tree-options.js';
import { eraseEnded } from './keys/erase-keys.js';
import { keepEarlier } from './keys/kept-keys.js';
import { entryOf, liveEntry } from './keys/registry.js';
import { requireRole } from './keys/roles.js';
import { warnOfWeakPassword } from './keys/weak-password.js';
import { WriterLock } from './lock.js';
import type { CreateOptions, MemoryBudget, OpenOptions, TreeOptions } from './options.js';
import { EMPTY_BASE } from './records/base.js';
import { encodeCheckpoint } from './records/checkpoint.js';
import type { CredentialEntry } from './records/credential.js';
import { checkExpectedHead } from './rollback.js';
import { chainOfKeyObject, chooseChain, type EndedChain, notKept } from './rotation/choose-chain.js';
import { finishRotation } from './rotation/finish.js';
import { Session, type SessionParts, usedKeyObject } from './session.js';
import { emptySnapshot, type Snapshot } from './snapshot.js';
import { goesOnUnderNewKeys, requireGoesOn } from './succession.js';

/** Objects that the smallest tree consists of. */
const COMPLETE_TREE = 2;

interface Ground {
  readonly backend: Backend;
  readonly ownsBackend: boolean;
  readonly suite: Suite;
  readonly environment: Environment;
  readonly entropy: Entropy;
  readonly memory: MemoryBudget | undefined;
}

/** Creates a tree. Order of writes: the first head, and only when it is durable the key object that leads to it. */
export async function createTree(options: CreateOptions): Promise<Session> {
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
    // Whoever creates a tree goes on to write, and waits for the disk meanwhile.
    const lz4 = loadLz4();
    const credentials = await deriveAll(ground.suite, options);
    for (const credential of credentials) {
      const there = await findKeyObjects(ground.backend, ground.suite, credential, options);
      if (there.length > 0) throw exists();
    }
    // A key stands for one credential at least; the first is the one that new trees are given.
    const credential = credentials[0] as Credential;
    const posed = await credential.pose(ground.suite, ground.entropy, asking(ground, options));
    posed.secretKey.fill(0);
    const secret = ground.entropy.bytes32();
    const [treeId, credentialId] = [ground.entropy.bytes32().slice(0, 16), ground.entropy.bytes32().slice(0, 16)];
    const role = roleOfKey(options.key);
    const keys = new TreeKeys(ground.suite, secret, treeId, 0, newStorageKeys(ground, role, credentialId));
    const chain = chainOf({ backend: ground.backend, keys, entropy: ground.entropy, objectSize: 2 ** log2 });
    let lock: WriterLock | undefined;
    try {
      lock = await WriterLock.acquire(chain.context, options);
      const created = Math.trunc(ground.environment.clock.now());
      const entry = entryOf(credential, posed, { id: credentialId, created, label: '', role: KEY_ROLES[role] });
      const first = await writeFirst(ground, chain, entry, options);
      warnOfWeakPassword(credential);
      await lz4;
      return makeSession(ground, { ...chain, ...first, credential, lock });
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
  { context, heads }: Chain,
  entry: CredentialEntry,
  options: Cancel,
): Promise<Pick<SessionParts, 'snapshot' | 'keyObject'>> {
  const care = {
    credentials: [entry],
    olderHeads: [],
    replaced: [],
    sweepSequence: 0,
    fork: undefined,
    history: undefined,
    rotation: undefined,
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

/** How often a tree is looked up again that was given new keys at that very moment. */
const ATTEMPTS = 8;

/** Opens a tree: its key object, then its newest head. No field is loaded. */
export async function openTree(options: OpenOptions): Promise<Session> {
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
async function openAny(ground: Ground, options: OpenOptions): Promise<Session | undefined> {
  let refusal: InfinitreeError | undefined;
  for (const credential of credentialsOf(options.key)) {
    throwIfAborted(options.signal, 'Opening the tree');
    await credential.derive(ground.suite);
    try {
      const session = await openBy(ground, credential, options);
      if (session !== undefined) return session;
    } catch (error) {
      // Where a key is being changed, and the new one has a key object that no head lists yet, the old one still opens.
      if (!isInfinitreeError(error, 'WRONG_KEY')) throw error;
      refusal ??= error;
    }
  }
  if (refusal !== undefined) throw refusal;
  return undefined;
}

async function openBy(ground: Ground, credential: Credential, options: OpenOptions): Promise<Session | undefined> {
  for (let attempt = 1; ; attempt++) {
    const [first, second] = await openKeyObjects(ground.backend, ground.suite, credential, asking(ground, options));
    if (first === undefined) return undefined;
    const session = await openFound(ground, { credential, first, second }, options);
    if (session !== undefined) return session;
    if (attempt === ATTEMPTS) throw notKept();
  }
}

/** The session of what was found; `undefined` where the tree has gone on under other keys meanwhile. */
async function openFound(ground: Ground, found: Found, options: OpenOptions): Promise<Session | undefined> {
  const isWriter = options.readonly !== true;
  let lock: WriterLock | undefined;
  let held: readonly TreeKeys[] = [found.first, ...(found.second === undefined ? [] : [found.second])].map(
    ({ keys }) => keys,
  );
  try {
    requireRole(found.first, options.key);
    const { chain, keyObject, before, ...chosen } = await chainOfFound(ground, found, options);
    held = [chain.context.keys, ...(before === undefined ? [] : [before.chain.context.keys])];
    if (isWriter) lock = await WriterLock.acquire(chain.context, options);
    const isKnown = chosen.snapshot !== undefined && lock === undefined;
    const snapshot = isKnown ? chosen.snapshot : await chain.heads.newest(options);
    if (snapshot === undefined) throw headless(keyObject);
    if (goesOnUnderNewKeys(snapshot)) {
      await release(lock, held);
      return undefined;
    }
    checkExpectedHead(options.expectHead, snapshot);
    if (isWriter) requireGoesOn(snapshot);
    checkCredential(keyObject, snapshot);
    if (snapshot.care.rotation?.stage === 'first' && before === undefined) throw lowerMissing(keyObject);
    keepEarlier(chain.context.keys, snapshot.care.history, before === undefined ? [] : [before.chain.context.keys]);
    const parts = { ...chain, snapshot, credential: found.credential, keyObject: usedKeyObject(keyObject), lock };
    const session = makeSession(ground, parts, options);
    session.before = before;
    if (session.readonly === undefined) {
      session.snapshot = await finishRotation(session, session.snapshot, options);
      await eraseEnded(session, options);
    }
    return session;
  } catch (error) {
    // What went wrong first is what is told; a note that stays is known to be abandoned.
    await release(lock, held).catch(() => undefined);
    throw error;
  }
}

async function release(lock: WriterLock | undefined, held: readonly TreeKeys[]): Promise<void> {
  try {
    await lock?.release();
  } finally {
    for (const keys of held) keys.wipeAll();
  }
}

/** What a key object was found to lead to. Where there is one, its heads are not read yet: a writer leaves its note first. */
async function chainOfFound(
  { backend, entropy }: Ground,
  { first, second }: Found,
  options: OpenOptions,
): Promise<{
  chain: Chain;
  keyObject: OpenedKeyObject;
  snapshot: Snapshot | undefined;
  before: EndedChain | undefined;
}> {
  const ground = { backend, entropy, readonly: options.readonly === true };
  if (second !== undefined) return chooseChain(ground, [first, second], options);
  return { chain: chainOfKeyObject(ground, first), keyObject: first, snapshot: undefined, before: undefined };
}

/** The key objects of the credential that opens the tree, that of the highest key epoch first. */
interface Found {
  readonly credential: Credential;
  readonly first: OpenedKeyObject;
  readonly second: OpenedKeyObject | undefined;
}

/** Says why no key object was found, once it was looked for again. */
async function openAfterLooking(ground: Ground, options: OpenOptions): Promise<Session> {
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

async function withGround(options: TreeOptions, open: (ground: Ground) => Promise<Session>): Promise<Session> {
  throwIfAborted(options.signal, 'Opening the tree');
  const suite = await loadSuite();
  const ownsBackend = typeof options.backend === 'string' || options.backend instanceof URL;
  const backend = ownsBackend ? await openBackend(options.backend, options) : options.backend;
  const environment = { ...systemEnvironment, ...options.environment };
  try {
    const { memory } = options;
    return await open({ backend, ownsBackend, suite, environment, entropy: new Entropy(suite, environment), memory });
  } catch (error) {
    if (ownsBackend) await backend.close();
    throw error;
  }
}

function makeSession(
  { ownsBackend, environment, memory }: Ground,
  parts: Omit<SessionParts, 'ownsBackend' | 'environment' | 'memory' | 'readonly' | 'acceptsOlderHead'>,
  options: Pick<OpenOptions, 'readonly' | 'acceptOlderHead'> = {},
): Session {
  const acceptsOlderHead = options.acceptOlderHead === true;
  const readonly = readonlyReason(options);
  return new Session({ ...parts, environment, memory, ownsBackend, readonly, acceptsOlderHead });
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

/** Where what leads to a first head is all that is left: whether that head counts, only the chain before could tell. */
function lowerMissing({ id }: OpenedKeyObject): InfinitreeError {
  return new InfinitreeError(
    'CORRUPT',
    `The key object ${id} is of a tree that was being given new keys, and the one is missing with which the tree was opened ` +
      'until then. Nothing was changed. Bring it back from a copy of this storage, or open the tree with another key and call ' +
      'repair().',
  );
}

function exists(): InfinitreeError {
  return new InfinitreeError('EXISTS', 'A tree of this key stands in this storage already. Call open() instead.');
}
