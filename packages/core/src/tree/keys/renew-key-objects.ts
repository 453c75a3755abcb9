import type { Cancel } from '../../backend/backend.js';
import type { ObjectId } from '../../format/ids.js';
import { buildKeyObject, canGive } from '../../object/key-object.js';
import type { CredentialEntry } from '../records/credential.js';
import type { Session } from '../session.js';

/**
 * Makes the key objects of live keys anew that are damaged or gone: the registry has all that it takes. Order of writes: the
 * new one, where there is none; only then the damaged one goes. A stop in between leaves both, which the next repair finds.
 */
export async function renewKeyObjects(
  session: Session,
  isDamaged: (id: ObjectId) => boolean,
  { signal, dryRun = false }: Cancel & { readonly dryRun?: boolean | undefined },
): Promise<ObjectId[]> {
  const damaged = session.snapshot.care.credentials
    // A reader's takes what a writer of a split tree has not.
    .filter(({ live, role }) => live && canGive(session.context.keys, role))
    .flatMap((entry) => entry.keyObjects.filter(isDamaged).map((id) => ({ entry, id })));
  if (!dryRun) for (const { entry, id } of damaged) await renew(session, entry, id, { signal });
  return damaged.map(({ id }) => id);
}

async function renew(session: Session, entry: CredentialEntry, damaged: ObjectId, options: Cancel): Promise<void> {
  const { context } = session;
  const { keyObjects } = context.backend;
  const isThere = (await keyObjects.get(damaged, options)) !== undefined;
  const id = entry.keyObjects.find((one) => (one === damaged) !== isThere) as ObjectId;
  if (isThere) await keyObjects.delete(id, options);
  const bytes = buildKeyObject(context, id, entry, entry.id);
  await keyObjects.put(id, bytes, options);
  if (isThere) await keyObjects.delete(damaged, options);
  session.renewed(entry, id, bytes);
}
