import type { Cancel } from '../../backend/backend.js';
import { sameBytes } from '../../bytes/compare.js';
import { ByteWriter } from '../../bytes/writer.js';
import type { Entropy } from '../../crypto/entropy.js';
import { keyPairOf } from '../../crypto/key-pair.js';
import { openNextSecret, sealNextSecret } from '../../crypto/next-secret.js';
import { KEY_SIZE } from '../../crypto/primitives.js';
import { TreeKeys } from '../../crypto/tree-keys.js';
import { InfinitreeError } from '../../errors.js';
import { liveEntry } from '../keys/registry.js';
import type { CredentialEntry } from '../records/credential.js';
import type { NextSecret, NextSecretCopy, Rotation } from '../records/rotation.js';
import type { Session } from '../session.js';

type Entries = readonly CredentialEntry[];

/** The next keys of a tree, of a root secret that nobody has seen. A split tree keeps its storage key pair, which is not of it. */
export function drawNext(keys: TreeKeys, entropy: Entropy): TreeKeys {
  const secret = entropy.bytes32();
  try {
    return new TreeKeys(keys.suite, secret, keys.treeId, keys.keyEpoch + 1, keys.storage?.copy());
  } finally {
    secret.fill(0);
  }
}

/** Seals their secret to each key that is live. An ephemeral key pair serves one call, as nobody keeps its secret half. */
export function sealNext(next: TreeKeys, entropy: Entropy, entries: Entries, exposed = false): Rotation {
  const { suite, treeId, keyEpoch } = next;
  const secret = next.copyRootSecret();
  // Hedged with all that it seals: machines that were started from one state may draw one secret, for different key epochs.
  const ephemeral = keyPairOf(suite, entropy.bytes32(new ByteWriter(4).u32(keyEpoch).bytes, secret));
  const ephemeralKey = ephemeral.publicKey;
  const live = entries.filter((entry) => entry.live);
  const copies = live.map(({ id: credentialId, headerKey, publicKey }): NextSecretCopy => {
    const to = { headerKey: headerKey.reveal(), publicKey };
    const epoch = { treeId, keyEpoch, ephemeralKey };
    return { credentialId, sealed: sealNextSecret(suite, epoch, { to, credentialId }, ephemeral.secretKey, secret) };
  });
  secret.fill(0);
  ephemeral.secretKey.fill(0);
  return { stage: 'prepared', next: { keyEpoch, ephemeralKey, copies, exposed } };
}

/** What is prepared, with a copy for each of these keys: whoever opens the tree has to be able to finish what was begun. */
export async function resealNext(session: Session, entries: Entries, options: Cancel): Promise<Rotation | undefined> {
  const { rotation } = session.snapshot.care;
  if (rotation?.stage !== 'prepared') return rotation;
  const next = await openNext(session, rotation.next, options);
  try {
    return sealNext(next, session.context.entropy, entries, isExposed(rotation.next, entries));
  } finally {
    next.wipe();
  }
}

/** Whether somebody may know the next secret who is not to open the tree with it. */
export function isExposed({ copies, exposed }: NextSecret, entries: Entries): boolean {
  return exposed || copies.some(({ credentialId }) => liveEntry(entries, credentialId) === undefined);
}

/** The keys that were prepared, as the key of this handle opens them. Rejects as whoever has to be asked for it does. */
export async function openNext(
  session: Session,
  { keyEpoch, ephemeralKey, copies }: NextSecret,
  options: Cancel,
): Promise<TreeKeys> {
  const { credential, snapshot } = session;
  const { keys } = session.context;
  const { credentialId } = session.keyObject;
  const entry = liveEntry(snapshot.care.credentials, credentialId);
  const epoch = { treeId: keys.treeId, keyEpoch, ephemeralKey };
  const own = copies.find((copy) => sameBytes(copy.credentialId, credentialId));
  const pair = entry && (await credential.answer(keys.suite, entry.question, session.asking(options)));
  const to = { headerKey: credential.headerKey(), credentialId };
  const secret = own && pair && openNextSecret(keys.suite, epoch, to, pair, own.sealed);
  pair?.secretKey.fill(0);
  try {
    if (secret?.length === KEY_SIZE && keyEpoch === keys.keyEpoch + 1) {
      return new TreeKeys(keys.suite, secret, keys.treeId, keyEpoch, keys.storage?.copy());
    }
  } finally {
    secret?.fill(0);
  }
  throw new InfinitreeError(
    'CORRUPT',
    'The next root secret of the tree is not sealed to this key. Whoever wrote it so had the keys of the tree.',
  );
}
