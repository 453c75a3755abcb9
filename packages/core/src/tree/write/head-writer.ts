import type { Cancel } from '../../backend/backend.js';
import { sameBytes } from '../../bytes/compare.js';
import { pack } from '../../codec/compression.js';
import type { ObjectId } from '../../format/ids.js';
import { checkpointRoom } from '../../object/head-image.js';
import { conflict, type HeadContent, KEPT_HEADS, type PrepareHead } from '../heads/head-store.js';
import { commitRecords } from '../log.js';
import { encodeCheckpoint, type Replaced } from '../records/checkpoint.js';
import { type CommitBody, type CommitRecord, encodeFrameBody } from '../records/commit.js';
import type { Session } from '../session.js';
import { type Care, extendSnapshot, type HeadPosition, makeSnapshot, type Snapshot } from '../snapshot.js';
import { type Folded, fold } from './fold.js';
import { Slices } from './slices.js';

/** Commits and bytes that a head carries on unfolded; beyond that, carrying costs more than folding. */
const MAX_TAIL_COMMITS = 256;
const MAX_TAIL_BYTES = 262_144;

/** How long replaced objects stay for readers who are still at them, in milliseconds. */
export const RETENTION = 10 * 60 * 1000;
/** And how many newer heads or epochs there have to be. */
const RETENTION_HEADS = 2;

/** Decides how commits get into a head: as a frame behind it, in a new head, or in a new head after folding. */
export class HeadWriter {
  readonly #session: Session;
  /** Whether a head was written since the last tidying. */
  #untidy = false;

  constructor(session: Session) {
    this.#session = session;
  }

  /** The state after the commits, which is durable. Their objects are so already. */
  async write(base: Snapshot, bodies: readonly CommitBody[], options: Cancel): Promise<Snapshot> {
    const nonce = bodies[0]?.commit.nonce ?? new Uint8Array(16);
    const appended = await this.#session.heads.append(base.position, encodeFrameBody(bodies), nonce);
    if (appended !== undefined) return extendSnapshot(base, appended, bodies);
    let made: { readonly next: Snapshot } | undefined;
    const position = await this.#session.heads.replace(
      base,
      async (current, place) => {
        if (current !== base) throw conflict('Another writer has committed.');
        const { next, content } = await this.#compose(base, bodies, place, nonce, options);
        made = { next };
        return content;
      },
      options,
    );
    this.#untidy = true;
    return { ...(made?.next ?? base), position };
  }

  /** Finds out whether commits of an unknown outcome are stored, in a state that does not change any more. */
  async settle(
    bodies: readonly CommitBody[],
    options: Cancel,
  ): Promise<{ readonly present: boolean; readonly snapshot: Snapshot }> {
    const carry: PrepareHead = async (current, place) => {
      const nonce = this.#session.context.entropy.bytes32().slice(0, 16);
      return (await this.#compose(current, [], place, nonce, options)).content;
    };
    const snapshot = await this.#session.heads.settle(carry, options);
    this.#untidy = true;
    const first = bodies[0]?.commit;
    const present = first !== undefined && (await this.holds(snapshot, first, options));
    return { present, snapshot };
  }

  /** Whether a commit is in the log of a state. */
  async holds(snapshot: Snapshot, commit: CommitRecord, options: Cancel): Promise<boolean> {
    for await (const record of commitRecords(this.#session.reader, snapshot, options)) {
      if (record.sequence < commit.sequence) return false;
      if (sameBytes(record.nonce, commit.nonce)) return true;
    }
    return false;
  }

  /** Deletes what newer heads have replaced. Failing is no loss: the next head lists it again. */
  async tidy(): Promise<void> {
    const session = this.#session;
    const { snapshot } = session;
    if (!this.#untidy) return;
    try {
      await session.heads.tidy(snapshot);
      const { replaced, olderHeads, credentials } = snapshot.care;
      const isDue = (entry: Replaced) => session.pins === 0 && this.#isDue(entry, snapshot.position);
      await session.context.backend.delete(replaced.filter(isDue).flatMap((entry) => entry.objects));
      const kept = replaced.filter((entry) => !isDue(entry));
      session.snapshot = {
        ...snapshot,
        care: { credentials, replaced: kept, olderHeads: olderHeads.slice(-KEPT_HEADS) },
      };
      this.#untidy = false;
    } catch {
      // The commit stands; what could not be removed stays listed in the head.
    }
  }

  #isDue(entry: Replaced, position: HeadPosition): boolean {
    const age = this.#session.environment.clock.now() - entry.time;
    const heads = position.epoch > 0 ? position.epoch - entry.epoch : position.headSequence - entry.headSequence;
    return age >= RETENTION && heads >= RETENTION_HEADS;
  }

  async #compose(
    base: Snapshot,
    bodies: readonly CommitBody[],
    place: { epoch: number; headSequence: number },
    writeNonce: Uint8Array,
    options: Cancel,
  ): Promise<{ next: Snapshot; content: HeadContent }> {
    const carried = extendSnapshot(base, base.position, bodies);
    const care = { ...base.care, olderHeads: olderHeads(base) };
    if (isSmall(carried)) {
      const next = { ...carried, care };
      const checkpoint = this.#encode(next);
      if (pack(checkpoint).bytes.length <= checkpointRoom(this.#session.context.objectSize)) {
        return { next, content: { checkpoint, writeNonce, sweepSequence: 0 } };
      }
    }
    const { context, reader, blocks } = this.#session;
    const slices = new Slices('The commit', options.signal);
    const folded = await fold({ context, reader, blocks, slices, signal: options.signal }, carried);
    const replaced = [...care.replaced, ...this.#replacedBy(base, place)];
    const next = foldedSnapshot(carried, folded, { ...care, replaced });
    return { next, content: { checkpoint: this.#encode(next), writeNonce, sweepSequence: 0 } };
  }

  #encode({ base, baseExtent, tail, care }: Snapshot): Uint8Array {
    return encodeCheckpoint({ base: baseExtent ?? base, tail, ...care });
  }

  /** The objects that a fold has written again: the young pack, and the object of a base that was put apart. */
  #replacedBy(base: Snapshot, place: { epoch: number; headSequence: number }): Replaced[] {
    const apart = base.baseExtent?.segments.map((segment) => segment.object) ?? [];
    const objects: ObjectId[] = [...base.base.youngObjects, ...apart];
    if (objects.length === 0) return [];
    return [{ objects, ...place, time: Math.trunc(this.#session.environment.clock.now()) }];
  }
}

function isSmall({ tail }: Snapshot): boolean {
  let bytes = 0;
  for (const body of tail) bytes += body.encoded.length;
  return tail.length <= MAX_TAIL_COMMITS && bytes <= MAX_TAIL_BYTES;
}

function foldedSnapshot(carried: Snapshot, { base, baseExtent }: Folded, care: Care): Snapshot {
  return makeSnapshot(carried.position, base, baseExtent, [], care);
}

/** Heads that are there when this one is written; tidying removes all but the newest. */
function olderHeads({ position, care }: Snapshot): number[] {
  return position.epoch === 0 ? [] : [...care.olderHeads, position.epoch];
}
