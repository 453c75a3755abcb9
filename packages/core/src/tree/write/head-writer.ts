import type { Cancel } from '../../backend/backend.js';
import { sameBytes } from '../../bytes/compare.js';
import type { Draw } from '../../crypto/entropy.js';
import type { InfinitreeError } from '../../errors.js';
import type { ObjectId } from '../../format/ids.js';
import { conflict, type HeadPlace, KEPT_HEADS, type PrepareHead, type ReadHeads } from '../heads/head-store.js';
import { commitRecords } from '../log.js';
import type { Replaced } from '../records/checkpoint.js';
import { type CommitBody, type CommitRecord, encodeFrameBody } from '../records/commit.js';
import type { DropboxEntry } from '../records/dropbox.js';
import type { KeyHistory } from '../records/key-history.js';
import { checkNotOlder } from '../rollback.js';
import type { Session } from '../session.js';
import { type Care, extendSnapshot, makeSnapshot, type Snapshot } from '../snapshot.js';
import { checkSameFork, requireGoesOn } from '../succession.js';
import { type ComposedHead, composeHead, replacedBy, replacedNow } from './compose-head.js';
import { capped } from './head-room.js';

/** How long replaced objects stay for readers who are still at them, in milliseconds. */
export const RETENTION = 10 * 60 * 1000;
/** And how many newer heads there have to be. */
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
  async write(base: Snapshot, bodies: readonly CommitBody[], draw: Draw, options: Cancel): Promise<Snapshot> {
    requireGoesOn(base);
    const { nonce } = (bodies[0] as CommitBody).commit;
    const appended = await this.#session.heads.append(base.position, encodeFrameBody(bodies), nonce, draw);
    if (appended !== undefined) return extendSnapshot(base, appended, bodies);
    return this.#replace(base, (place) => this.#compose(base, bodies, place, nonce, options), options);
  }

  /**
   * Writes a head that says that orphans are swept as of now, and lists them, as far as there is room, for whoever has to
   * finish that. Nothing of them may be deleted before this has resolved.
   */
  async writeSweep(
    base: Snapshot,
    { orphans, history }: { readonly orphans: readonly ObjectId[]; readonly history: KeyHistory | undefined },
    options: Cancel,
  ): Promise<Snapshot> {
    return this.#replace(
      base,
      (place) => {
        const { care } = base;
        const { context, environment } = this.#session;
        const now = replacedNow(orphans, place, environment.clock);
        const replaced = capped([...now, ...care.replaced], context.objectSize);
        const state = { ...base, care: { ...care, replaced, history, sweepSequence: place.headSequence } };
        return this.#compose(state, [], place, this.#nonce(), options);
      },
      options,
    );
  }

  /** Writes a head in which some of the housekeeping is another. */
  async writeCare(base: Snapshot, changed: Partial<Care>, options: Cancel): Promise<Snapshot> {
    const state = { ...base, care: { ...base.care, ...changed } };
    return this.#replace(base, (place) => this.#compose(state, [], place, this.#nonce(), options), options);
  }

  /** Writes a head that says how far dropboxes are merged, together with the commits that were made of their batches. */
  async writeDropboxes(
    base: Snapshot,
    dropboxes: readonly DropboxEntry[],
    bodies: readonly CommitBody[],
    options: Cancel,
  ): Promise<Snapshot> {
    const nonce = bodies[0]?.commit.nonce ?? this.#nonce();
    const state = { ...base, care: { ...base.care, dropboxes } };
    return this.#replace(base, (place) => this.#compose(state, bodies, place, nonce, options), options);
  }

  /**
   * Writes a head in which a base and the commits behind it say the same in another way. It lists the index objects that are
   * in no pack any more, and `replaced`. `tail`: the commits behind the base, where these are others.
   */
  async writeBase(
    base: Snapshot,
    changed: Pick<Snapshot, 'base' | 'baseExtent'> & {
      readonly tail?: readonly CommitBody[];
      readonly replaced?: readonly ObjectId[];
      readonly history: KeyHistory | undefined;
    },
    options: Cancel,
  ): Promise<Snapshot> {
    return this.#replace(
      base,
      (place) => {
        const { care, position } = base;
        const tail = changed.tail ?? base.tail.list();
        const { context, environment } = this.#session;
        const now = replacedBy(base, { ...changed, tail }, place, environment.clock);
        const replaced = capped([...care.replaced, ...now], context.objectSize);
        const after = { ...care, replaced, history: changed.history };
        const state = makeSnapshot(position, changed.base, changed.baseExtent, tail, after);
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
   * Writes a head that ends the chain: nobody builds upon it, here or in another process, and what it carries is what the
   * tree was at last. `successor` as in its header.
   */
  async writeLast(base: Snapshot, successor: Uint8Array, options: Cancel): Promise<Snapshot> {
    return this.#replace(
      base,
      async (place) => {
        const { content, finish } = await this.#compose(base, [], place, this.#nonce(), options);
        const ended = ({ care, ...state }: Snapshot): Snapshot => ({ ...state, care: { ...care, ended: successor } });
        return { content: { ...content, successor }, finish: (position) => ended(finish(position)) };
      },
      options,
    );
  }

  /**
   * Writes a head over the base state, if that is still the newest. If not, and only then where nobody is shown the newest
   * one, a head of that.
   */
  async #replace(
    base: Snapshot,
    compose: (place: HeadPlace) => Promise<ComposedHead>,
    options: ReadHeads,
  ): Promise<Snapshot> {
    requireGoesOn(base);
    let finish: ComposedHead['finish'] = () => base;
    let isOvertaken = false as boolean;
    const position = await this.#session.heads.replace(
      base,
      async (current, place) => {
        isOvertaken = current !== base;
        if (isOvertaken) checkSameFork(base, current);
        // Upon a head that ends its chain nothing is written, not even what makes it durable: it is that already.
        if (isOvertaken && (place.secured || current.care.ended !== undefined)) throw overtaken();
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
      checkNotOlder(session.snapshot, current);
      if (current.care.ended !== undefined) throw overtaken();
      return (await this.#compose(current, [], place, this.#nonce(), options)).content;
    };
    const snapshot = await session.heads.settle(carry, options);
    checkNotOlder(session.snapshot, snapshot);
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
    // Before it is so: of who writes a head meanwhile, it is written that there is more to tidy up.
    this.#untidy = false;
    try {
      await session.heads.tidy(snapshot);
      const { care } = snapshot;
      const { replaced, olderHeads } = care;
      // Told once: what comes due while others are deleted stays on the list.
      const due = this.due(snapshot);
      await session.context.backend.delete(due.flatMap((entry) => entry.objects));
      const kept = replaced.filter((entry) => !due.includes(entry));
      // A refresh may have gone on to a newer state meanwhile.
      if (session.snapshot !== snapshot) return;
      session.snapshot = {
        ...snapshot,
        care: { ...care, replaced: kept, olderHeads: olderHeads.slice(-KEPT_HEADS) },
      };
    } catch {
      this.#untidy = true;
      // The commit stands; what could not be removed stays listed in the head.
    }
  }

  /** What was replaced and has waited long enough; nothing while this handle reads or has a view open. */
  due(snapshot: Snapshot): readonly Replaced[] {
    return this.#session.pins > 0 ? [] : snapshot.care.replaced.filter((entry) => this.#isDue(entry, snapshot));
  }

  /** Takes deleted objects off the list, which the next head carries on. */
  strike(deleted: Pick<ReadonlySet<ObjectId>, 'has'>): void {
    const { snapshot } = this.#session;
    const replaced = snapshot.care.replaced.filter(({ objects }) => objects.some((id) => !deleted.has(id)));
    this.#session.snapshot = { ...snapshot, care: { ...snapshot.care, replaced } };
  }

  /** Heads that stand are counted. Epochs are claimed for naught too, and an older head that stays may need the object. */
  #isDue(entry: Replaced, { position, care }: Pick<Snapshot, 'position' | 'care'>): boolean {
    const age = this.#session.environment.clock.now() - entry.time;
    const heads =
      this.#session.heads.protocol === 'epoch'
        ? [...care.olderHeads, position.epoch].filter((epoch) => epoch > entry.epoch).length
        : position.headSequence - entry.headSequence;
    return age >= RETENTION && heads >= RETENTION_HEADS;
  }

  #compose(
    base: Snapshot,
    bodies: readonly CommitBody[],
    place: HeadPlace,
    writeNonce: Uint8Array,
    options: Cancel,
  ): Promise<ComposedHead> {
    const { context, reader, blocks, environment, heads } = this.#session;
    const older = heads.protocol === 'cas' ? [] : olderHeads(base);
    const state = { ...base, care: { ...base.care, olderHeads: older } };
    return composeHead(
      { context, reader, blocks, clock: environment.clock },
      state,
      { bodies, place, writeNonce },
      options,
    );
  }

  #nonce(): Uint8Array {
    return this.#session.context.entropy.bytes32().slice(0, 16);
  }
}

function overtaken(): InfinitreeError {
  return conflict('Another writer has committed.');
}

/** Heads that are there when this one is written; tidying removes all but the newest. */
function olderHeads({ position, care }: Snapshot): number[] {
  return [...care.olderHeads, position.epoch];
}
