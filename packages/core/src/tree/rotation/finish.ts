import type { Cancel } from '../../backend/backend.js';
import { isInfinitreeError } from '../../errors.js';
import type { ObjectId } from '../../format/ids.js';
import type { ObjectContext } from '../../object/context.js';
import { UnknownOutcome } from '../heads/head-store.js';
import { keySlots } from '../keys/stored-key-object.js';
import { WriterLock } from '../lock.js';
import type { KeyHistory } from '../records/key-history.js';
import type { Session } from '../session.js';
import type { Snapshot } from '../snapshot.js';
import { unknownHead } from '../write/committer.js';
import { HeadWriter } from '../write/head-writer.js';
import { type EndedChain, successorMissing } from './choose-chain.js';

/**
 * Makes a writer one of the chain that the session has gone on with: leaves its note there, and finishes what is to be
 * finished. Gives the newest state.
 */
export async function settleIn(session: Session, state: Snapshot, options: Cancel): Promise<Snapshot> {
  const { lock, context } = session;
  if (lock !== undefined && !lock.isOf(context.keys)) {
    session.lock = await noteOf(context, options);
    // One that stays is known to be abandoned.
    await lock.release().catch(() => undefined);
  }
  return finishRotation(session, state, options);
}

/** Where another writer has left one, this handle goes on without: it was open before, beside that one. */
async function noteOf(context: ObjectContext, options: Cancel): Promise<WriterLock | undefined> {
  try {
    return await WriterLock.acquire(context, options);
  } catch (error) {
    if (isInfinitreeError(error, 'LOCKED')) return undefined;
    throw error;
  }
}

/**
 * Does what is left to do once a tree has gone on under new keys, where anything is: by whoever gave it them, or comes next for
 * writing. Order of writes: a head that takes over what is known of the end of the chain before; then the key objects go that
 * lead there, or at the next opening. Gives the newest state.
 */
export async function finishRotation(session: Session, state: Snapshot, options: Cancel): Promise<Snapshot> {
  let newest = state;
  if (state.care.rotation?.stage === 'first') {
    if (session.before === undefined) throw successorMissing();
    newest = await confirm(session, session.before, state, options);
  }
  if (newest.care.rotation?.stage !== 'finishing') return newest;
  try {
    await eraseLower(session, newest, options);
    session.before = undefined;
    return { ...newest, care: { ...newest.care, rotation: undefined } };
  } catch {
    // Nobody goes by them any more, and they stay listed.
    return newest;
  }
}

async function confirm(session: Session, before: EndedChain, first: Snapshot, options: Cancel): Promise<Snapshot> {
  const staying = await stayingHeads(before, options);
  const history = completed(first.care.history as KeyHistory, first.position.hash, staying);
  const rotation = { stage: 'finishing' } as const;
  try {
    return await new HeadWriter(session).writeCare(first, { history, rotation }, options);
  } catch (error) {
    if (error instanceof UnknownOutcome) throw unknownHead(error);
    const newest = isInfinitreeError(error, 'CONFLICT') ? await session.heads.newest(options) : undefined;
    // Somebody else has done so.
    if (newest !== undefined && newest.care.rotation?.stage !== 'first') return newest;
    throw error;
  }
}

/** What is known of the last key epoch only once its chain has ended. */
function completed(history: KeyHistory, successor: Uint8Array, heads: readonly ObjectId[]): KeyHistory {
  const { epochs } = history;
  const last = epochs.length - 1;
  return { ...history, epochs: epochs.map((epoch, i) => (i === last ? { ...epoch, successor, heads } : epoch)) };
}

/**
 * The heads that stay of a chain which has ended, after the others went. In slots both do: were one of them free, a writer
 * that was stopped before the other one was written could write it yet. A failure is no loss: what stays is known as own.
 */
async function stayingHeads({ chain, last }: EndedChain, options: Cancel): Promise<readonly ObjectId[]> {
  const { heads, context } = chain;
  const standing = heads.standing(last);
  if (heads.protocol === 'cas') return standing;
  const [newest, ...older] = standing as [ObjectId, ...ObjectId[]];
  try {
    await heads.tidy(last);
    for (const id of older) await context.backend.heads.remove(id, options);
  } catch {
    // Garbage collection finds them.
  }
  return [newest];
}

/** Deletes the key objects that lead to an earlier key epoch. What stands in their place by now is looked at first. */
async function eraseLower(session: Session, { care }: Snapshot, options: Cancel): Promise<void> {
  const { context } = session;
  for (const entry of care.credentials) {
    for (const slot of await keySlots(session, context, entry, options)) {
      if (slot?.keyEpoch === undefined || slot.keyEpoch >= context.keys.keyEpoch) continue;
      await context.backend.keyObjects.delete(slot.id, options);
    }
  }
}
