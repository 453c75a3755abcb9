import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { type Cancel, type ObjectId, requireObjectIds } from '@infinitree/core';
import { abortable, headOf } from './reading.js';
import { nameOfObject, type Store } from './store.js';
import { isAbsent, strange } from './trouble.js';

/**
 * Removes objects, each by a request of its own: many stores refuse or half understand the one that names several, and
 * deleting is free of charge.
 */
export async function removeObjects(
  store: Store,
  what: string,
  ids: readonly ObjectId[],
  options: Cancel | undefined,
): Promise<void> {
  requireObjectIds(ids);
  const all = await Promise.allSettled(ids.map((id) => removeObject(store, what, id, options)));
  for (const one of all) if (one.status === 'rejected') throw one.reason;
}

async function removeObject(store: Store, what: string, id: ObjectId, options: Cancel | undefined): Promise<void> {
  const { gate, clients } = store;
  const command = new DeleteObjectCommand(nameOfObject(store, id));
  let status: number | undefined;
  try {
    const answer = await gate.request(() => {
      gate.step(what, options);
      return clients.patient.send(command, abortable(options));
    });
    status = answer.$metadata.httpStatusCode;
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  // An answer of another kind of success may be an error in its body.
  if (status === 204 || (await headOf(store, id, options)) === undefined) return;
  throw strange(what, id, 'the object is still there');
}
