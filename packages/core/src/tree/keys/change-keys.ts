import type { Cancel } from '../../backend/backend.js';
import { sameBytes } from '../../bytes/compare.js';
import { toHex } from '../../bytes/hex.js';
import type { Credential, Posed } from '../../crypto/credential.js';
import { credentialsOf, type Key } from '../../crypto/key.js';
import { InfinitreeError, isInfinitreeError, throwIfAborted } from '../../errors.js';
import { KEY_ROLES, type KeyRole } from '../../format/key-record.js';
import { buildKeyObject, type OpenedKeyObject, openKeyObjects } from '../../object/key-object.js';
import type { CredentialEntry } from '../records/credential.js';
import { resealNext } from '../rotation/prepared.js';
import { type Session, usedKeyObject } from '../session.js';
import type { Committer } from '../write/committer.js';
import type { HeadWriter } from '../write/head-writer.js';
import { erase } from './erase-keys.js';
import { entryOf, liveEntry } from './registry.js';
import { otherRole, requireGivable, requireRemovable, requireSameRole } from './roles.js';
import { warnOfWeakPassword } from './weak-password.js';

/** What a key is given with. */
export interface NewKey {
  readonly key: Key;
  readonly label: string | undefined;
}

/**
 * Gives a tree another key. Order of writes: the key object, which is opened once more as the new key's owner will; then the
 * head whose registry names it. Before that head nobody opens the tree with it.
 */
export async function addKey(
  session: Session,
  committer: Committer,
  { key, label = '' }: NewKey,
  options: Cancel,
): Promise<CredentialEntry> {
  session.requireWritable();
  const role = requireGivable(session, key);
  const credential = await derived(session, key, options);
  return committer.exclusively(options, async (writer) => {
    const { credentials } = session.snapshot.care;
    if (known(credentials, credential)?.live === true)
      throw exists(`This key opens the tree already${orFinder(credential)}.`);
    const { entry } = await place(session, credential, { label, role }, options);
    await write(session, writer, [...session.snapshot.care.credentials, entry], options);
    return entry;
  });
}

/**
 * Takes a key from a tree. Order of writes: a head whose registry says so, from when on nobody opens the tree with it; then
 * its key objects go, or at the next opening.
 */
export async function removeKey(session: Session, committer: Committer, id: string, options: Cancel): Promise<void> {
  session.requireWritable();
  await committer.exclusively(options, async (writer) => {
    const { credentials } = session.snapshot.care;
    const entry = credentials.find((one) => toHex(one.id) === id);
    if (entry === undefined) throw new InfinitreeError('NOT_FOUND', 'The tree has no key of this id: see keys.list().');
    if (entry.live) {
      requireRemovable(session, entry);
      if (credentials.filter(({ live }) => live).length === 1) {
        throw new InfinitreeError(
          'INVALID_ARGUMENT',
          'This is the only key of the tree, which nobody could open without it. Add another one first.',
        );
      }
      await write(session, writer, ended(credentials, entry), options);
    }
    await erase(session, [entry], options);
  });
}

/**
 * Puts a key in the place of the one in use. Order of writes: the key object; one head that names the new key and ends the
 * old one; then the old key's objects go, or at the next opening.
 */
export async function reseal(
  session: Session,
  committer: Committer,
  { key, label }: NewKey,
  options: Cancel,
): Promise<CredentialEntry> {
  session.requireWritable();
  const role = requireSameRole(session, key);
  const credential = await derived(session, key, options);
  return committer.exclusively(options, async (writer) => {
    const { credentials } = session.snapshot.care;
    const old = credentials.find(({ id }) => sameBytes(id, session.keyObject.credentialId));
    const there = known(credentials, credential);
    if (there !== undefined && there === old) {
      const same = `This is the key that the tree was opened with${orFinder(credential)}.`;
      throw new InfinitreeError('INVALID_ARGUMENT', same);
    }
    if (there?.live === true && there.role !== KEY_ROLES[role]) throw otherRole();
    // Opened through before the old one ends, whichever it is: nobody is to be left with a key that does not work.
    const { entry, keyObject } =
      there?.live === true
        ? { entry: there, keyObject: await reopen(session, credential, options) }
        : await place(session, credential, { label: label ?? old?.label ?? '', role }, options);
    if (there !== entry || old?.live === true) {
      const others = session.snapshot.care.credentials.filter((one) => one !== entry);
      await write(session, writer, [...(old === undefined ? others : ended(others, old)), entry], options);
    }
    session.credential = credential;
    session.keyObject = keyObject;
    if (session.context.keys.storage !== undefined) session.context.keys.storage.writer = entry.id;
    if (old !== undefined) await erase(session, [old], options);
    return entry;
  });
}

/** A key stands for one credential at least; the first is the one that is given away. */
async function derived({ context }: Session, key: Key, options: Cancel): Promise<Credential> {
  throwIfAborted(options.signal, 'Changing the keys');
  return (credentialsOf(key)[0] as Credential).derive(context.keys.suite);
}

/** The entry of a credential that has its ids, whether or not it is live. */
function known(entries: readonly CredentialEntry[], credential: Credential): CredentialEntry | undefined {
  return entries.find(({ keyObjects }) => keyObjects[0] === credential.keyObjectId(0));
}

/** A credential of two stages is known by its finder alone. */
function orFinder({ asks }: Credential): string {
  return asks ? ', or one that is found alike: give it a finder of its own, such as one with a locator' : '';
}

interface Placed {
  /** What is to get into the registry. */
  readonly entry: CredentialEntry;
  readonly keyObject: Session['keyObject'];
}

/** Stores the key object of a new credential, and opens it once more. Whoever has to be asked for it is asked once. */
async function place(
  session: Session,
  credential: Credential,
  { label, role }: { readonly label: string; readonly role: KeyRole },
  options: Cancel,
): Promise<Placed> {
  const { context, environment } = session;
  const limit = context.objectSize / 2048;
  if (session.snapshot.care.credentials.length >= limit) {
    throw new InfinitreeError(
      'UNSUPPORTED',
      `A tree of objects this size has at most ${limit} keys. Remove one first.`,
    );
  }
  // One that was taken from the tree and is given back: what is left of it goes first.
  const before = known(session.snapshot.care.credentials, credential);
  if (before !== undefined) await erase(session, [before], options);
  const [id, created] = [context.entropy.bytes32().slice(0, 16), Math.trunc(environment.clock.now())];
  const details = { id, created, label, role: KEY_ROLES[role] };
  const { own, others } = await stored(session, credential, options);
  if (own !== undefined) {
    if (own.record.role !== details.role) throw exists('This key is being given to the tree in another role.');
    // Of a call that did not get to its head. Put anew it would have to be deleted, perhaps from under another writer.
    const entry = entryOf(credential, own, { ...details, id: own.record.credentialId });
    return { entry, keyObject: usedKeyObject(own) };
  }
  if (others.some(({ record }) => !sameBytes(record.treeId, context.keys.treeId))) {
    throw exists('This key opens another tree in this storage. Give it a locator, or take another key.');
  }
  // Of such a call in an earlier key epoch.
  for (const { id } of others) await context.backend.keyObjects.delete(id, options);
  const posed = await credential.pose(context.keys.suite, context.entropy, session.asking(options));
  try {
    const entry = entryOf(credential, posed, details);
    return { entry, keyObject: await put(session, credential, entry, posed, options) };
  } finally {
    posed.secretKey.fill(0);
  }
}

async function put(
  session: Session,
  credential: Credential,
  entry: CredentialEntry,
  posed: Posed,
  options: Cancel,
): Promise<Session['keyObject']> {
  const { context } = session;
  const [id] = entry.keyObjects;
  const taken = 'Somebody is giving a tree this very key. Call again.';
  try {
    await context.backend.keyObjects.put(id, buildKeyObject(context, id, entry, entry.id), options);
  } catch (error) {
    if (isInfinitreeError(error, 'EXISTS')) throw exists(taken);
    throw error;
  }
  const keyObject = await reopen(session, credential, options, posed);
  if (!sameBytes(keyObject.credentialId, entry.id)) throw exists(taken);
  warnOfWeakPassword(credential);
  return keyObject;
}

/** Opens the key object of a credential as its owner will. */
async function reopen(
  session: Session,
  credential: Credential,
  options: Cancel,
  posed?: Posed,
): Promise<Session['keyObject']> {
  const { own } = await stored(session, credential, options, posed);
  if (own !== undefined) return usedKeyObject(own);
  throw new InfinitreeError(
    'BACKEND',
    'The storage does not show the key object that it took a moment ago. The keys are as they were; call again.',
    { retryable: true },
  );
}

/** The key object of a credential that leads to what this session has open, and what else is in its place; without keys. */
async function stored(
  session: Session,
  credential: Credential,
  options: Cancel,
  posed?: Posed,
): Promise<{ readonly own: OpenedKeyObject | undefined; readonly others: readonly OpenedKeyObject[] }> {
  const { backend, keys } = session.context;
  const opened = await openKeyObjects(backend, keys.suite, credential, session.asking(options), posed);
  const own = opened.find((one) => keys.equals(one.keys));
  for (const one of opened) one.keys.wipe();
  return { own, others: opened.filter((one) => one !== own) };
}

function ended(entries: readonly CredentialEntry[], entry: CredentialEntry): CredentialEntry[] {
  return entries.map((one) => (one === entry ? { ...one, live: false } : one));
}

async function write(
  session: Session,
  writer: HeadWriter,
  credentials: readonly CredentialEntry[],
  options: Cancel,
): Promise<void> {
  const rotation = await resealNext(session, credentials, options);
  const before = session.snapshot.care;
  const isTaken = before.credentials.some(({ id, live }) => live && liveEntry(credentials, id) === undefined);
  // What was sealed again so far, and will be under these keys, is known to whoever is shut out by the next rotation.
  const below = session.context.keys.keyEpoch + 1;
  const history = isTaken && before.history ? { ...before.history, below } : before.history;
  session.snapshot = await writer.writeCare(session.snapshot, { credentials, rotation, history }, options);
}

function exists(message: string): InfinitreeError {
  return new InfinitreeError('EXISTS', message);
}
