import type { Cancel } from '../../backend/backend.js';
import { sameBytes } from '../../bytes/compare.js';
import type { CredentialEntry } from '../records/credential.js';
import type { Session } from '../session.js';

/** Deletes the key objects of keys that a durable head has ended. Later heads list these keys no more. */
export async function erase(session: Session, entries: readonly CredentialEntry[], options: Cancel): Promise<void> {
  const { keyObjects } = session.context.backend;
  for (const id of entries.flatMap((entry) => entry.keyObjects)) await keyObjects.delete(id, options);
  const { snapshot } = session;
  const isGone = (one: CredentialEntry) => entries.some(({ id }) => sameBytes(id, one.id));
  const credentials = snapshot.care.credentials.filter((one) => !isGone(one));
  session.snapshot = { ...snapshot, care: { ...snapshot.care, credentials } };
}

/** The same for whatever a crash has left of such keys. Failing is no loss: they open nothing, and stay listed. */
export async function eraseEnded(session: Session, options: Cancel): Promise<void> {
  const entries = session.snapshot.care.credentials.filter(({ live }) => !live);
  if (entries.length > 0) await erase(session, entries, options).catch(() => undefined);
}
