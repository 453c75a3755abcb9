import type { Cancel } from '../../backend/backend.js';
import type { ObjectId } from '../../format/ids.js';
import type { ObjectContext } from '../../object/context.js';
import { isKeyObject } from '../../object/key-object.js';
import type { CredentialEntry } from '../records/credential.js';
import type { Session } from '../session.js';

/** A key object as a storage has it. */
export interface StoredKeyObject {
  readonly id: ObjectId;
  readonly bytes: Uint8Array;
  /** Whether it is what it is to be, as far as others than its owner can tell. */
  readonly isWhole: boolean;
}

/** The key object of a key, in the slot that its owner would take; `undefined` where it is in neither. */
export async function storedKeyObject(
  session: Session,
  context: ObjectContext,
  entry: CredentialEntry,
  options: Cancel,
): Promise<StoredKeyObject | undefined> {
  const { keyObject } = session;
  for (const id of entry.keyObjects) {
    const bytes = await context.backend.keyObjects.get(id, options);
    if (bytes === undefined) continue;
    const known = keyObject.id === id ? keyObject.sealed : undefined;
    return { id, bytes, isWhole: isKeyObject(context, entry, id, bytes, known) };
  }
  return undefined;
}
