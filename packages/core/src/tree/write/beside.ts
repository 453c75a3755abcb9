import { isInfinitreeError } from '../../errors.js';
import type { ObjectId } from '../../format/ids.js';
import type { ObjectContext } from '../../object/context.js';
import type { Base } from '../records/base.js';
import type { CommitBody } from '../records/commit.js';
import type { Session } from '../session.js';
import { comparePositions, type Snapshot } from '../snapshot.js';
import { spill } from './base-apart.js';
import type { Committer } from './committer.js';
import { ObjectWriters } from './object-writers.js';

/** A state that says the same in another way. */
export interface Changed {
  readonly base: Base;
  readonly tail: readonly CommitBody[];
}

/** What was put into objects, and how a state says it. */
export interface Prepared<T> {
  readonly result: T;
  /** Undefined where the state is none any more of which this can be said. */
  upon(snapshot: Snapshot): Changed | undefined;
}

/**
 * Writes objects beside commits, and then a head that has them; commits wait for nothing but that head. Resolves to undefined,
 * with the objects deleted, where the tree has become something else meanwhile.
 *
 * Order of writes: the objects; the head, which lists what it replaces. A stop before the head leaves garbage.
 */
export async function writeBeside<T>(
  session: Session,
  committer: Committer,
  signal: AbortSignal,
  prepare: (writers: ObjectWriters) => Promise<Prepared<T>>,
): Promise<T | undefined> {
  const { chain } = session;
  const written: ObjectId[] = [];
  const onBegin = (id: ObjectId): void => {
    written.push(id);
    session.begun.hold(id, session.snapshot.position.headSequence);
  };
  const writers = new ObjectWriters(chain.context, { signal, onBegin });
  let isTold = false as boolean;
  let tidy: (() => Promise<void>) | undefined;
  try {
    const prepared = await session.pinned(() => prepare(writers));
    await writers.flush();
    await chain.context.backend.flush?.({ signal });
    const result = await committer.exclusively({ signal }, async (writer) => {
      const { snapshot } = session;
      // Taken for garbage by another process before any head could say what it is for.
      const isSwept = written.some((id) => session.begun.isSwept(id, snapshot.care.sweepSequence));
      const changed = session.chain !== chain || isSwept ? undefined : prepared.upon(snapshot);
      if (changed === undefined) return undefined;
      const baseExtent = await spill({ context: session.context, signal }, changed.base);
      // A cache may have it on its way still.
      if (baseExtent !== undefined) await chain.context.backend.flush?.({ signal });
      isTold = true;
      // One head is not worth being interrupted: whether it is there would have to be found out.
      const newest = await writer.writeBase(snapshot, { ...changed, baseExtent, history: snapshot.care.history }, {});
      // A refresh may have gone on to a newer state meanwhile.
      if (comparePositions(session.snapshot.position, newest.position) < 0) session.snapshot = newest;
      tidy = () => writer.tidy();
      return prepared.result;
    });
    // Nobody has to wait for that.
    await tidy?.();
    return result;
  } catch (error) {
    // Overtaken, it was not told after all.
    if (isInfinitreeError(error, 'CONFLICT')) isTold = false;
    throw error;
  } finally {
    if (!isTold) await discard(chain.context, writers, written);
    for (const id of written) session.begun.settle(id);
  }
}

/** Deletes objects that no head was ever told of. What cannot be deleted now is an orphan. */
async function discard({ backend }: ObjectContext, writers: ObjectWriters, written: ObjectId[]): Promise<void> {
  writers.abandon();
  // Uploads that are under way would come behind the deletion.
  await writers.flush().catch(() => undefined);
  await backend.delete(written).catch(() => undefined);
}
