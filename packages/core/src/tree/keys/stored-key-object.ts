import type { Cancel } from '../../backend/backend.js';
import type { ObjectId } from '../../format/ids.js';
import type { ObjectContext } from '../../object/context.js';
import { hasHeaders, keyHeaderOf } from '../../object/key-object.js';
import type { CredentialEntry } from '../records/credential.js';
import type { Session } from '../session.js';

/** What stands under one of the two ids of a key's key objects. */
export interface StoredKeyObject {
  readonly id: ObjectId;
  readonly bytes: Uint8Array;
  /** Which key epoch it leads to, as far as others than its owner can tell; `undefined` where it is not what it was. */
  readonly keyEpoch: number | undefined;
}

/** What stands in the two slots of a key; `undefined` in a slot that is free. */
export async function keySlots(
  { keyObject }: Pick<Session, 'keyObject'>,
  context: ObjectContext,
  entry: CredentialEntry,
  options: Cancel,
): Promise<(StoredKeyObject | undefined)[]> {
  const found = await Promise.all(entry.keyObjects.map((id) => context.backend.keyObjects.get(id, options)));
  return found.map((bytes, slot) => {
    const id = entry.keyObjects[slot] as ObjectId;
    if (bytes === undefined) return undefined;
    const header = keyHeaderOf(context, entry, id, bytes);
    // The one that opened this tree is known in full.
    const isOther = keyObject.id === id && !hasHeaders(bytes, keyObject.sealed);
    return {
      id,
      bytes,
      keyEpoch: isOther && header?.keyEpoch === context.keys.keyEpoch ? undefined : header?.keyEpoch,
    };
  });
}

/**
 * The key object with which a key opens the tree now; where none is whole, one that is damaged; `undefined` where there is
 * neither.
 */
export async function storedKeyObject(
  session: Pick<Session, 'keyObject'>,
  context: ObjectContext,
  entry: CredentialEntry,
  options: Cancel,
): Promise<(StoredKeyObject & { readonly isWhole: boolean }) | undefined> {
  const slots = (await keySlots(session, context, entry, options)).filter((slot) => slot !== undefined);
  const current = slots.find(({ keyEpoch }) => keyEpoch === context.keys.keyEpoch);
  if (current !== undefined) return { ...current, isWhole: true };
  const damaged = slots.find(({ keyEpoch }) => keyEpoch === undefined);
  return damaged && { ...damaged, isWhole: false };
}
