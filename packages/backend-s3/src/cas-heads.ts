import { PutObjectCommand, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { type Cancel, type CasHeads, type ObjectId, requireBytes, requireObjectId } from '@infinitree/core';
import { type Conditions, plain } from './conditions.js';
import { abortable, headOf, readWhole } from './reading.js';
import { removeObjects } from './removing.js';
import { extrasFor, nameOfObject, type Store } from './store.js';
import { isAbsent, statusOf, strange } from './trouble.js';

/** Heads by conditional writes, each of which is sent once and no more: what its answer says is what happened. */
export function casHeads(store: Store, conditions: Conditions): CasHeads {
  const { gate } = store;
  return {
    read: (id: ObjectId, options?: Cancel) =>
      gate.call('heads.read', options, async () => {
        requireObjectId(id);
        return readWhole(store, 'heads.read', id, 'twice', options);
      }),
    cas: (id: ObjectId, bytes: Uint8Array, etag: string | null, options?: Cancel) =>
      gate.call('heads.cas', options, async () => {
        requireObjectId(id);
        requireBytes(bytes);
        if (await conditions.enforced(etag === null ? 'thorough' : 'quick', options)) {
          const condition = etag === null ? { IfNoneMatch: '*' } : { IfMatch: plain(etag) };
          return write(store, id, bytes, condition, options);
        }
        // The only writer there is looks before it writes.
        const there = (await headOf(store, id, options)) ?? null;
        return there === etag ? write(store, id, bytes, {}, options) : undefined;
      }),
    remove: (id: ObjectId, options?: Cancel) =>
      gate.call('heads.remove', options, () => removeObjects(store, 'heads.remove', [id], options)),
  };
}

async function write(
  store: Store,
  id: ObjectId,
  bytes: Uint8Array,
  condition: Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch'>,
  options: Cancel | undefined,
): Promise<string | undefined> {
  const name = nameOfObject(store, id);
  const command = new PutObjectCommand({ ...extrasFor(store, 'heads'), ...name, Body: bytes, ...condition });
  try {
    const answer = await store.gate.request(() => store.clients.once.send(command, abortable(options)));
    if (answer.ETag === undefined) throw strange('heads.cas', name.Key, 'the answer is not that of an object store');
    return answer.ETag;
  } catch (error) {
    if (statusOf(error) === 412) return undefined;
    // So a store says that the version of what is not there cannot match.
    if (condition.IfMatch !== undefined && isAbsent(error)) return undefined;
    throw error;
  }
}
