import type { Cancel } from '../../backend/backend.js';
import { pack } from '../../codec/compression.js';
import type { ObjectId } from '../../format/ids.js';
import { checkpointRoom } from '../../object/head-image.js';
import type { Clock } from '../../platform/environment.js';
import type { HeadContent, HeadPlace } from '../heads/head-store.js';
import { type Base, leftBehind } from '../records/base.js';
import { encodeCheckpoint, type Replaced } from '../records/checkpoint.js';
import type { CommitBody } from '../records/commit.js';
import { Slices } from '../slices.js';
import { extendSnapshot, type HeadPosition, makeSnapshot, type Snapshot } from '../snapshot.js';
import { type FoldTools, fold } from './fold.js';
import { exceeds, TOO_MANY } from './unfolded.js';

export interface ComposedHead {
  /** Makes the state that the head stands for, once it is durable. */
  readonly finish: (position: HeadPosition) => Snapshot;
  readonly content: HeadContent;
}

/** What is written, and where. */
export interface NewHead {
  readonly bodies: readonly CommitBody[];
  readonly place: HeadPlace;
  readonly writeNonce: Uint8Array;
}

/** Objects of a fold are written to the storage of `context`. */
type Tools = Pick<FoldTools, 'context' | 'reader' | 'blocks'> & { readonly clock: Clock };

/**
 * A head's content, and the state to go on with once it is durable. Not before: tables of inline entries are shared
 * between snapshots, and entries of a write that failed must never get into them.
 */
export async function composeHead(
  { clock, ...tools }: Tools,
  base: Snapshot,
  { bodies, place, writeNonce }: NewHead,
  { signal }: Cancel,
): Promise<ComposedHead> {
  const { care } = base;
  const { sweepSequence } = care;
  const { objectSize } = tools.context;
  const tail = [...base.tail.list(), ...bodies];
  if (!exceeds(tail, TOO_MANY)) {
    const checkpoint = encodeCheckpoint({ base: base.baseExtent ?? base.base, tail, ...care });
    if (pack(checkpoint).bytes.length <= checkpointRoom(objectSize)) {
      const finish = (position: HeadPosition) => extendSnapshot(base, position, bodies);
      return { finish, content: { checkpoint, writeNonce, sweepSequence } };
    }
  }
  const slices = new Slices('The commit', signal);
  const whole = makeSnapshot(base.position, base.base, base.baseExtent, tail, care);
  const folded = await fold({ ...tools, slices, signal }, whole);
  const after = {
    ...care,
    replaced: capped([...care.replaced, ...replacedBy(base, { ...folded, tail: [] }, place, clock)], objectSize),
  };
  const checkpoint = encodeCheckpoint({ base: folded.baseExtent ?? folded.base, tail: [], ...after });
  const finish = (position: HeadPosition) => makeSnapshot(position, folded.base, folded.baseExtent, [], after);
  return { finish, content: { checkpoint, writeNonce, sweepSequence } };
}

/**
 * The index objects that are of no use after a change of the base: those that no pack names any more, and that of a base that
 * stood apart. `replaced`: what else goes with it.
 */
export function replacedBy(
  { base, baseExtent }: Snapshot,
  after: { readonly base: Base; readonly tail: readonly CommitBody[]; readonly replaced?: readonly ObjectId[] },
  place: HeadPlace,
  clock: Clock,
): Replaced[] {
  const apart = baseExtent?.segments.map((segment) => segment.object) ?? [];
  return replacedNow([...(after.replaced ?? []), ...leftBehind(base, after.base, after.tail), ...apart], place, clock);
}

/** An entry of the list of what was replaced; none for no objects. */
export function replacedNow(
  objects: readonly ObjectId[],
  { epoch, headSequence }: HeadPlace,
  clock: Clock,
): Replaced[] {
  if (objects.length === 0) return [];
  return [{ objects, epoch, headSequence, time: Math.trunc(clock.now()) }];
}

/**
 * The newest entries, of at most so many objects. While a view is open, or where nothing can be deleted, the list would
 * grow until no head could hold it and no commit was possible. What falls off is an orphan, found by an inventory.
 */
export function capped(replaced: readonly Replaced[], objectSize: number): readonly Replaced[] {
  const kept: Replaced[] = [];
  let room = objectSize / 2048;
  for (const entry of replaced.toReversed()) {
    const objects = entry.objects.slice(0, room);
    room -= objects.length;
    if (objects.length > 0) kept.push({ ...entry, objects });
  }
  return kept.reverse();
}
