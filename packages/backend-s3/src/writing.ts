import { PutObjectCommand } from '@aws-sdk/client-s3';
import { type Cancel, InfinitreeError, type ObjectId, requireBytes, requireObjectId } from '@infinitree/core';
import type { Conditions } from './conditions.js';
import { abortable, headOf, readWhole } from './reading.js';
import { extrasFor, nameOfObject, type Store } from './store.js';
import { attemptsOf, statusOf, strange } from './trouble.js';

/**
 * Stores a new object. The SDK sends again what got no answer, so a refusal may come from an earlier sending of this very
 * call; then what stands there tells.
 */
export async function createObject(
  store: Store,
  conditions: Conditions,
  what: string,
  kind: 'objects' | 'keyObjects',
  id: ObjectId,
  bytes: Uint8Array,
  options: Cancel | undefined,
): Promise<void> {
  requireObjectId(id);
  requireBytes(bytes);
  const condition = await conditionFor(store, conditions, id, options);
  if (condition === undefined) throw exists(what, id);
  const name = nameOfObject(store, id);
  const command = new PutObjectCommand({ ...extrasFor(store, kind), ...name, Body: bytes, ...condition });
  try {
    const answer = await store.gate.request(() => store.clients.patient.send(command, abortable(options)));
    // An error that comes with a status of success has no version.
    if (answer.ETag === undefined) throw strange(what, name.Key, 'the answer is not that of an object store');
  } catch (error) {
    if (statusOf(error) !== 412) throw error;
    await settle(store, what, id, bytes, attemptsOf(error), options);
  }
}

/** The condition of a first write; undefined where the store enforces none and the id is seen to be taken. */
async function conditionFor(
  store: Store,
  conditions: Conditions,
  id: ObjectId,
  options: Cancel | undefined,
): Promise<{ IfNoneMatch?: '*' } | undefined> {
  // Ids are drawn at random: where the store ignores the condition, the next head is refused, and nothing was overwritten.
  if (!store.settings.unsafeSingleWriter) return { IfNoneMatch: '*' };
  if (await conditions.enforced('quick', options)) return { IfNoneMatch: '*' };
  return (await headOf(store, id, options)) === undefined ? {} : undefined;
}

/** What it means that the id is said to be taken. */
async function settle(
  store: Store,
  what: string,
  id: ObjectId,
  bytes: Uint8Array,
  attempts: number,
  options: Cancel | undefined,
): Promise<void> {
  if (attempts === 1) {
    if ((await headOf(store, id, options)) !== undefined) throw exists(what, id);
  } else {
    const found = await readWhole(store, what, id, 'twice', options);
    if (found !== undefined && Buffer.compare(found.bytes, bytes) === 0) return;
    if (found !== undefined) throw exists(what, id);
  }
  throw strange(what, id, 'the store refuses to overwrite what it does not have');
}

function exists(what: string, id: ObjectId): InfinitreeError {
  return new InfinitreeError('EXISTS', `${what}: ${id} is already there.`);
}
