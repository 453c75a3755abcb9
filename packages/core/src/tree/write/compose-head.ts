import type { Cancel } from '../../backend/backend.js';
import type { Extent } from '../../format/extent.js';
import type { ObjectId } from '../../format/ids.js';
import { checkpointRoom } from '../../object/head-image.js';
import type { Clock } from '../../platform/environment.js';
import type { HeadContent, HeadPlace } from '../heads/head-store.js';
import { type Base, leftBehind } from '../records/base.js';
import type { Replaced } from '../records/checkpoint.js';
import type { CommitBody } from '../records/commit.js';
import { Slices } from '../slices.js';
import { extendSnapshot, type HeadPosition, makeSnapshot, type Snapshot } from '../snapshot.js';
import { putBaseApart } from './base-apart.js';
import { type FoldTools, fold } from './fold.js';
import { capped, cappedToFit, fitsApart, fitting, noRoom, requireRoom } from './head-room.js';
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

/** From this share of a head's room on, a tail is worth being folded where there is no room for it. */
const LARGE_TAIL = 1 / 4;

/** Objects of a fold are written to the storage of `context`. */
type Tools = Pick<FoldTools, 'context' | 'reader' | 'blocks'> & { readonly clock: Clock };

/**
 * A head's content, and the state to go on with once it is durable. Not before: tables of inline entries are shared
 * between snapshots, and entries of a write that failed must never get into them. Throws `UNSUPPORTED` where no head has the room
 * for what has to stand in each.
 */
export async function composeHead(tools: Tools, base: Snapshot, head: NewHead, options: Cancel): Promise<ComposedHead> {
  return (await carriedOn(tools, base, head, options)) ?? foldedHead(tools, base, head, options);
}

/** The base state's tail and the new commits, as they are; undefined where these are too many, or too large for a head. */
async function carriedOn(
  { context }: Tools,
  base: Snapshot,
  { bodies, writeNonce }: NewHead,
  { signal }: Cancel,
): Promise<ComposedHead | undefined> {
  const { objectSize } = context;
  const { care } = base;
  const { sweepSequence } = care;
  const tail = [...base.tail.list(), ...bodies];
  const whole = { base: base.baseExtent ?? base.base, tail, ...care };
  const composed = (checkpoint: Uint8Array, baseExtent: Extent | undefined): ComposedHead => ({
    finish: (position) => ({ ...extendSnapshot(base, position, bodies), baseExtent }),
    content: { checkpoint, writeNonce, sweepSequence },
  });
  if (exceeds(tail, TOO_MANY)) return undefined;
  const checkpoint = fitting(whole, objectSize);
  if (checkpoint !== undefined) return composed(checkpoint, base.baseExtent);
  requireRoom(whole, objectSize);
  // Where it is the tail that has grown, commits fold. Who adds none leaves that to them, so that nothing waits for a fold.
  const size = tail.reduce((sum, { encoded }) => sum + encoded.length, 0);
  const isDue = bodies.length > 0 && size > checkpointRoom(objectSize) * LARGE_TAIL;
  if (base.baseExtent !== undefined || isDue || !fitsApart(whole, objectSize)) return undefined;
  const baseExtent = await putBaseApart({ context, signal }, base.base);
  // A cache may have it on its way still.
  await context.backend.flush?.({ signal });
  const apart = fitting({ ...whole, base: baseExtent }, objectSize);
  return apart && composed(apart, baseExtent);
}

/** The same with no tail, as all that rode in it is folded. */
async function foldedHead(
  { clock, ...tools }: Tools,
  base: Snapshot,
  { bodies, place, writeNonce }: NewHead,
  { signal }: Cancel,
): Promise<ComposedHead> {
  const { care } = base;
  const { sweepSequence } = care;
  const { context } = tools;
  const { objectSize } = context;
  const tail = [...base.tail.list(), ...bodies];
  requireRoom({ base: base.base, tail, ...care }, objectSize);
  const whole = makeSnapshot(base.position, base.base, base.baseExtent, tail, care);
  const folded = await fold({ ...tools, slices: new Slices('The commit', signal), signal }, whole);
  const now = replacedBy(base, { ...folded, tail: [] }, place, clock);
  let { baseExtent } = folded;
  const state = { tail: [], ...care, replaced: capped([...care.replaced, ...now], objectSize) };
  if (baseExtent === undefined && fitting({ base: folded.base, ...state }, objectSize) === undefined) {
    baseExtent = await putBaseApart({ context, signal }, folded.base);
    await context.backend.flush?.({ signal });
  }
  const said = { base: baseExtent ?? folded.base, ...state };
  const replaced = cappedToFit(said, objectSize);
  const checkpoint = fitting({ ...said, replaced }, objectSize);
  if (checkpoint === undefined) throw noRoom(said, objectSize);
  const finish = (position: HeadPosition) => makeSnapshot(position, folded.base, baseExtent, [], { ...care, replaced });
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
