import type { Cancel } from '../../backend/backend.js';
import { isInfinitreeError } from '../../errors.js';
import type { ObjectId } from '../../format/ids.js';
import type { ObjectContext } from '../../object/context.js';
import { buildKeyObject } from '../../object/key-object.js';
import { conflict } from '../heads/head-store.js';
import { keySlots } from '../keys/stored-key-object.js';
import type { CredentialEntry } from '../records/credential.js';
import type { Session } from '../session.js';

/**
 * Gives each of these keys a key object of the next key epoch, in the slot that is free, beside the one with which it opens the
 * tree now. One that is there is taken: all of this key epoch hold the same secret.
 */
export async function handOver(
  session: Session,
  next: ObjectContext,
  entries: readonly CredentialEntry[],
  options: Cancel,
): Promise<void> {
  for (const entry of entries) {
    const isDone = (await toOne(session, next, entry, options)) || (await toOne(session, next, entry, options));
    if (!isDone) throw conflict('Another writer gives the tree new keys.');
  }
}

/** `false` where somebody else was first. */
async function toOne(session: Session, next: ObjectContext, entry: CredentialEntry, options: Cancel): Promise<boolean> {
  const { context } = session;
  const { keyObjects } = context.backend;
  const slots = await keySlots(session, context, entry, options);
  if (slots.some((slot) => slot?.keyEpoch === next.keys.keyEpoch)) return true;
  const current = slots.find((slot) => slot?.keyEpoch === context.keys.keyEpoch);
  const id = entry.keyObjects.find((one) => one !== current?.id) as ObjectId;
  // Damaged, or of an earlier key epoch: it opens nothing.
  if (slots.some((slot) => slot?.id === id)) await keyObjects.delete(id, options);
  try {
    await keyObjects.put(id, buildKeyObject(next, id, entry, entry.id), options);
    return true;
  } catch (error) {
    if (isInfinitreeError(error, 'EXISTS')) return false;
    throw error;
  }
}
