import type { Cancel } from '../../backend/backend.js';
import { sameBytes } from '../../bytes/compare.js';
import { pack } from '../../codec/compression.js';
import type { Draw } from '../../crypto/entropy.js';
import type { InfinitreeError } from '../../errors.js';
import type { ObjectId } from '../../format/ids.js';
import { checkpointRoom } from '../../object/head-image.js';
import {
  conflict,
  type HeadContent,
  type HeadPlace,
  KEPT_HEADS,
  type PrepareHead,
  type ReadHeads,
} from '../heads/head-store.js';
import { commitRecords } from '../log.js';
import { encodeCheckpoint, type Replaced } from '../records/checkpoint.js';
import { type CommitBody, type CommitRecord, encodeFrameBody } from '../records/commit.js';
import { checkNotOlder } from '../rollback.js';
import type { Session } from '../session.js';
import { extendSnapshot, type HeadPosition, makeSnapshot, type Snapshot } from '../snapshot.js';
import { fold } from './fold.js';
import { Slices } from './slices.js';

/** Commits and bytes that a head carries on unfolded; beyond that, carrying costs more than folding. */
const MAX_TAIL_COMMITS = 256;
const MAX_TAIL_BYTES = 262_144;

/** How long replaced objects stay for readers who are still at them, in milliseconds. */
export const RETENTION = 10 * 60 * 1000;
/** And how many newer heads there have to be. */
const RETENTION_HEADS = 2;

interface Composed {
  /** Makes the state that the head stands for, once it is durable. */
  readonly finish: (position: HeadPosition) => Snapshot;
  readonly content: HeadContent;
}

/** Decides how commits get into a head: as a frame behind it, in a new head, or in a new head after folding. */
export class HeadWriter {
  readonly #session: Session;
  /** Whether a head was written since the last tidying. */
  #untidy = false;

  constructor(session: Session) {
    this.#session = session;
  }

  /** The state after the commits, which is durable. Their objects are so already. */
  async write(base: Snapshot, bodies: readonly CommitBody[], draw: Draw, options: Cancel): Promise<Snapshot> {
    const { nonce } = (bodies[0] as CommitBody).commit;
    const appended = await this.#session.heads.append(base.position, encodeFrameBody(bodies), nonce, draw);
    if (appended !== undefined) return extendSnapshot(base, appended, bodies);
    return this.#replace(base, (place) => this.#compose(base, bodies, place, nonce, options), options);
  }

  /**
   * Writes a head that says that orphans are swept as of now, and lists them, as far as there is room, for whoever has to
   * finish that. Nothing of them may be deleted before this has resolved.
   */
  async writeSweep(base: Snapshot, orphans: readonly ObjectId[], options: Cancel): Promise<Snapshot> {
    return this.#replace(
      base,
      (place) => {
        const { care } = base;
        const replaced = this.#capped([...this.#entry(orphans, place), ...care.replaced]);
        const state = { ...base, care: { ...care, replaced, sweepSequence: place.headSequence } };
        return this.#compose(state, [], place, this.#nonce(), options);
      },
      options,
    );
  }

  /**
   * Writes a head of a state that was repaired, with commits that say so. `base` is the newest state that opens; a head
   * that does not open is left behind.
   */
  async writeRepaired(
    base: Snapshot,
    repaired: Snapshot,
    bodies: readonly CommitBody[],
    options: Cancel,
  ): Promise<Snapshot> {
    const { nonce } = (bodies[0] as CommitBody).commit;
    const accepting = { ...options, acceptOlderHead: true };
    return this.#replace(base, (place) => this.#compose(repaired, bodies, place, nonce, options), accepting);
  }

  /**
   * Writes a head over the base state, if that is still the newest. If not, and only then where nobody is shown the newest
   * one, a head of that.
   */
  async #replace(
    base: Snapshot,
    compose: (place: HeadPlace) => Promise<Composed>,
    options: ReadHeads,
  ): Promise<Snapshot> {
    let finish: Composed['finish'] = () => base;
    let isOvertaken = false as boolean;
    const position = await this.#session.heads.replace(
      base,
      async (current, place) => {
        isOvertaken = current !== base;
        if (isOvertaken && place.secured) throw overtaken();
        const composed = await (isOvertaken
          ? this.#compose(current, [], place, this.#nonce(), options)
          : compose(place));
        finish = composed.finish;
        return composed.content;
      },
      options,
    );
    this.#untidy = true;
    if (isOvertaken) throw overtaken();
    return finish(position);
  }

  /** Finds out whether commits of an unknown outcome are stored, in a state that does not change any more. */
  async settle(
    bodies: readonly CommitBody[],
    options: Cancel,
  ): Promise<{ readonly present: boolean; readonly snapshot: Snapshot }> {
    const session = this.#session;
    const carry: PrepareHead = async (current, place) => {
      // A head upon an older state than was seen would make the loss of what is missing in it final.
      checkNotOlder(session, session.snapshot, current);
      return (await this.#compose(current, [], place, this.#nonce(), options)).content;
    };
    const snapshot = await session.heads.settle(carry, options);
    checkNotOlder(session, session.snapshot, snapshot);
    this.#untidy = true;
    const first = bodies[0]?.commit;
    const present = first !== undefined && (await this.holds(snapshot, first, options));
    return { present, snapshot };
  }

  /** Whether a commit is in the log of a state. */
  async holds(snapshot: Snapshot, commit: CommitRecord, options: Cancel): Promise<boolean> {
    for await (const record of commitRecords(this.#session, snapshot, options)) {
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
      const { care } = snapshot;
      const { replaced, olderHeads } = care;
      // Told once: what comes due while others are deleted stays on the list.
      const due = this.due(snapshot);
      await session.context.backend.delete(due.flatMap((entry) => entry.objects));
      const kept = replaced.filter((entry) => !due.includes(entry));
      this.#untidy = false;
      // A refresh may have gone on to a newer state meanwhile.
      if (session.snapshot !== snapshot) return;
      session.snapshot = {
        ...snapshot,
        care: { ...care, replaced: kept, olderHeads: olderHeads.slice(-KEPT_HEADS) },
      };
    } catch {
      // The commit stands; what could not be removed stays listed in the head.
    }
  }

  /** What was replaced and has waited long enough; nothing while this handle reads or has a view open. */
  due(snapshot: Snapshot): readonly Replaced[] {
    return this.#session.pins > 0 ? [] : snapshot.care.replaced.filter((entry) => this.#isDue(entry, snapshot));
  }

  /** Takes deleted objects off the list, which the next head carries on. */
  strike(deleted: ReadonlySet<ObjectId>): void {
    const { snapshot } = this.#session;
    const replaced = snapshot.care.replaced.filter(({ objects }) => objects.some((id) => !deleted.has(id)));
    this.#session.snapshot = { ...snapshot, care: { ...snapshot.care, replaced } };
  }

  /** Heads that stand are counted. Epochs are claimed for naught too, and an older head that stays may need the object. */
  #isDue(entry: Replaced, { position, care }: Pick<Snapshot, 'position' | 'care'>): boolean {
    const age = this.#session.environment.clock.now() - entry.time;
    const heads =
      position.epoch > 0
        ? [...care.olderHeads, position.epoch].filter((epoch) => epoch > entry.epoch).length
        : position.headSequence - entry.headSequence;
    return age >= RETENTION && heads >= RETENTION_HEADS;
  }

  /**
   * A head's content, and the state to go on with once it is durable. Not before: tables of inline entries are shared
   * between snapshots, and entries of a write that failed must never get into them.
   */
  async #compose(
    base: Snapshot,
    bodies: readonly CommitBody[],
    place: HeadPlace,
    writeNonce: Uint8Array,
    options: Cancel,
  ): Promise<Composed> {
    const tail = [...base.tail.list(), ...bodies];
    const care = { ...base.care, olderHeads: olderHeads(base) };
    const { sweepSequence } = care;
    if (isSmall(tail)) {
      const checkpoint = encodeCheckpoint({ base: base.baseExtent ?? base.base, tail, ...care });
      if (pack(checkpoint).bytes.length <= checkpointRoom(this.#session.context.objectSize)) {
        const finish = (position: HeadPosition) => ({ ...extendSnapshot(base, position, bodies), care });
        return { finish, content: { checkpoint, writeNonce, sweepSequence } };
      }
    }
    const { context, reader, blocks } = this.#session;
    const slices = new Slices('The commit', options.signal);
    const whole = makeSnapshot(base.position, base.base, base.baseExtent, tail, care);
    const folded = await fold({ context, reader, blocks, slices, signal: options.signal }, whole);
    const after = { ...care, replaced: this.#capped([...care.replaced, ...this.#replacedBy(base, place)]) };
    const checkpoint = encodeCheckpoint({ base: folded.baseExtent ?? folded.base, tail: [], ...after });
    const finish = (position: HeadPosition) => makeSnapshot(position, folded.base, folded.baseExtent, [], after);
    return { finish, content: { checkpoint, writeNonce, sweepSequence } };
  }

  /** The objects that a fold has written again: the young pack, and the object of a base that was put apart. */
  #replacedBy(base: Snapshot, place: HeadPlace): Replaced[] {
    const apart = base.baseExtent?.segments.map((segment) => segment.object) ?? [];
    return this.#entry([...base.base.youngObjects, ...apart], place);
  }

  #entry(objects: readonly ObjectId[], { epoch, headSequence }: HeadPlace): Replaced[] {
    if (objects.length === 0) return [];
    return [{ objects, epoch, headSequence, time: Math.trunc(this.#session.environment.clock.now()) }];
  }

  #capped(replaced: readonly Replaced[]): readonly Replaced[] {
    return newest(replaced, this.#session.context.objectSize / 2048);
  }

  #nonce(): Uint8Array {
    return this.#session.context.entropy.bytes32().slice(0, 16);
  }
}

function overtaken(): InfinitreeError {
  return conflict('Another writer has committed.');
}

function isSmall(tail: readonly CommitBody[]): boolean {
  let bytes = 0;
  for (const body of tail) bytes += body.encoded.length;
  return tail.length <= MAX_TAIL_COMMITS && bytes <= MAX_TAIL_BYTES;
}

/** Heads that are there when this one is written; tidying removes all but the newest. */
function olderHeads({ position, care }: Snapshot): number[] {
  return position.epoch === 0 ? [] : [...care.olderHeads, position.epoch];
}

/**
 * The newest entries, of at most that many objects. While a view is open, or where nothing can be deleted, the list would
 * grow until no head could hold it and no commit was possible. What falls off is an orphan, found by an inventory.
 */
function newest(replaced: readonly Replaced[], most: number): readonly Replaced[] {
  let objects = 0;
  const first = replaced.findLastIndex((entry) => (objects += entry.objects.length) > most);
  return replaced.slice(first + 1);
}
