import type { Cancel } from '../../backend/backend.js';
import { sameBytes } from '../../bytes/compare.js';
import { concat } from '../../bytes/concat.js';
import type { Entropy } from '../../crypto/entropy.js';
import { NEXT_SECRET_SIZE, openNextSecret, sealNextSecret } from '../../crypto/next-secret.js';
import { KEY_SIZE } from '../../crypto/primitives.js';
import { StorageKeys } from '../../crypto/storage-keys.js';
import { TreeKeys } from '../../crypto/tree-keys.js';
import { InfinitreeError } from '../../errors.js';
import { storageKeyFor, storageKeysFor } from '../../object/key-object.js';
import { liveEntry } from '../keys/registry.js';
import type { CredentialEntry } from '../records/credential.js';
import type { NextSecret, NextSecretCopy, Rotation } from '../records/rotation.js';
import type { Session } from '../session.js';

type Entries = readonly CredentialEntry[];

/** The next keys of a tree, of secrets that nobody has seen. A split tree gets another storage key pair as well. */
export function drawNext({ suite, treeId, keyEpoch, storage }: TreeKeys, entropy: Entropy): TreeKeys {
  const [secret, storageSecret] = [entropy.bytes32(), entropy.bytes32()];
  try {
    const next = storage && StorageKeys.ofReader(suite, storage.writer, storageSecret);
    return new TreeKeys(suite, secret, treeId, keyEpoch + 1, next);
  } finally {
    secret.fill(0);
    storageSecret.fill(0);
  }
}

/** The next keys with a copy of their secrets for each key that is live, so that each can finish what was begun. */
export function sealNext(next: TreeKeys, entropy: Entropy, entries: Entries): Rotation {
  const copies = live(entries).map((entry) => copyFor(next, entropy, entry));
  return { stage: 'prepared', next: { keyEpoch: next.keyEpoch, copies, exposed: false } };
}

/** What is prepared, with copies for these keys and no others. */
export async function resealNext(session: Session, entries: Entries, options: Cancel): Promise<Rotation | undefined> {
  const { rotation } = session.snapshot.care;
  if (rotation?.stage !== 'prepared') return rotation;
  const { next } = rotation;
  const kept = next.copies.filter(({ credentialId }) => liveEntry(entries, credentialId) !== undefined);
  const lacking = live(entries).filter((entry) => copyOf(next, entry.id) === undefined);
  const added = lacking.length === 0 ? [] : await copiesFor(session, next, lacking, options);
  return { stage: 'prepared', next: { ...next, copies: [...kept, ...added], exposed: isExposed(next, entries) } };
}

/** Whether somebody may know the next secrets who is not to open the tree with them. */
export function isExposed({ copies, exposed }: NextSecret, entries: Entries): boolean {
  return exposed || copies.some(({ credentialId }) => liveEntry(entries, credentialId) === undefined);
}

/** The keys that were prepared, as the key of this handle opens them. Rejects as whoever has to be asked for it does. */
export async function openNext(session: Session, next: NextSecret, options: Cancel): Promise<TreeKeys> {
  const { credential, snapshot, context, keyObject } = session;
  const { suite, treeId, keyEpoch } = context.keys;
  const { credentialId } = keyObject;
  const entry = liveEntry(snapshot.care.credentials, credentialId);
  const own = copyOf(next, credentialId);
  const pair = entry && (await credential.answer(suite, entry.question, session.asking(options)));
  const to = { headerKey: credential.headerKey(), credentialId };
  const secrets = own && pair && openNextSecret(suite, { treeId, keyEpoch: next.keyEpoch }, to, pair, own);
  pair?.secretKey.fill(0);
  try {
    if (entry !== undefined && secrets?.length === NEXT_SECRET_SIZE && next.keyEpoch === keyEpoch + 1) {
      const [root, storageKey] = [secrets.subarray(0, KEY_SIZE), secrets.subarray(KEY_SIZE)];
      return new TreeKeys(
        suite,
        root,
        treeId,
        next.keyEpoch,
        storageKeysFor(suite, entry.role, credentialId, storageKey),
      );
    }
  } finally {
    secrets?.fill(0);
  }
  throw new InfinitreeError(
    'CORRUPT',
    'The next root secret of the tree is not sealed to this key. Whoever wrote it so had the keys of the tree.',
  );
}

async function copiesFor(
  session: Session,
  next: NextSecret,
  entries: Entries,
  options: Cancel,
): Promise<NextSecretCopy[]> {
  const keys = await openNext(session, next, options);
  try {
    return entries.map((entry) => copyFor(keys, session.context.entropy, entry));
  } finally {
    keys.wipe();
  }
}

function copyFor(
  next: TreeKeys,
  entropy: Entropy,
  { id: credentialId, headerKey, publicKey, role }: CredentialEntry,
): NextSecretCopy {
  const [root, storageKey] = [next.copyRootSecret(), storageKeyFor(next, role)];
  const secrets = concat(root, storageKey);
  const to = { to: { headerKey: headerKey.reveal(), publicKey }, credentialId };
  const sealed = sealNextSecret(next.suite, next, to, entropy.bytes32(secrets), secrets);
  for (const used of [root, storageKey, secrets]) used.fill(0);
  return { credentialId, ...sealed };
}

function copyOf({ copies }: NextSecret, credentialId: Uint8Array): NextSecretCopy | undefined {
  return copies.find((copy) => sameBytes(copy.credentialId, credentialId));
}

function live(entries: Entries): Entries {
  return entries.filter((entry) => entry.live);
}
