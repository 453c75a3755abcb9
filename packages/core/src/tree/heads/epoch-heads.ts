import type { Cancel, EpochHeads } from '../../backend/backend.js';
import { sameBytes } from '../../bytes/compare.js';
import type { Draw } from '../../crypto/entropy.js';
import { InfinitreeError } from '../../errors.js';
import type { ObjectId } from '../../format/ids.js';
import { PAGE_SIZE } from '../../format/limits.js';
import type { ObjectContext } from '../../object/context.js';
import { buildHead } from '../../object/head-image.js';
import { type Frame, sealFrame, sealMark } from '../../object/journal.js';
import type { ObjectReader } from '../../object/object-reader.js';
import { hashIn } from '../head-name.js';
import type { HeadPosition, Snapshot } from '../snapshot.js';
import { Claims } from './claims.js';
import { EpochReader, type FoundHead } from './epoch-reader.js';
import { buildFence } from './fence.js';
import {
  conflict,
  gone,
  type HeadContent,
  type HeadStore,
  KEPT_HEADS,
  type PrepareFirst,
  type PrepareHead,
  type ReadHeads,
  type ReplaceHeads,
  type StoredHead,
  troubleOf,
  UnknownOutcome,
} from './head-store.js';
import { filledOf, type OwnHead } from './own-head.js';
import { positionOf, snapshotOf, stateFound } from './read-head.js';

const GENESIS = new Uint8Array(32);

/**
 * Heads by epochs: a writer claims a number, builds a head of that number upon the newest older one, and appends frames
 * to it. It acknowledges a commit only if its number still is the highest after the commit is durable, so whoever comes
 * later has either seen the commit or prevents its acknowledgement. No clock and no lock is trusted.
 */
export class EpochHeadStore implements HeadStore {
  readonly protocol = 'epoch';
  readonly #context: ObjectContext;
  readonly #reader: ObjectReader;
  readonly #heads: EpochHeads;
  readonly #claims: Claims;
  readonly #epochs: EpochReader;
  #own: OwnHead | undefined;
  /** The epoch of a write of which nobody knows whether it took effect. */
  #unknownEpoch = 0;
  /** Heads that are over for this writer: what a failed write or sync left behind in them is unknown. */
  readonly #spoiled = new Set<ObjectId>();
  #shown: Uint8Array | undefined;

  constructor(context: ObjectContext, reader: ObjectReader, heads: EpochHeads) {
    this.#context = context;
    this.#reader = reader;
    this.#heads = heads;
    this.#claims = new Claims(context.keys, heads);
    this.#epochs = new EpochReader(context, heads, this.#claims);
  }

  get filled(): number {
    return filledOf(this.#own, this.#context.objectSize);
  }

  async newest(options: ReadHeads): Promise<Snapshot | undefined> {
    const find = async () => {
      const found = await this.#epochs.newestToShow(this.#shown ?? hashIn(options.expectHead), options);
      return found && { image: found.image, frames: found.journal.frames };
    };
    const snapshot = await stateFound(this.#reader, find, options);
    if (snapshot !== undefined) this.#shown = snapshot.position.hash;
    return snapshot;
  }

  async create(content: HeadContent, options: Cancel): Promise<HeadPosition> {
    const epoch = await this.#claims.claim(0, options);
    // Nothing leads to this head yet: whether it is there makes no difference to anybody.
    return this.#write(epoch, content, 1, GENESIS, options).catch((error: unknown) => {
      throw error instanceof UnknownOutcome ? troubleOf(error) : error;
    });
  }

  async append(
    base: HeadPosition,
    body: Uint8Array,
    writeNonce: Uint8Array,
    draw: Draw,
  ): Promise<HeadPosition | undefined> {
    const own = this.#own;
    if (own === undefined || !own.healthy || !sameBytes(own.hash, base.hash)) return undefined;
    const { id, epoch, end: offset, hash: previousHash } = own;
    const headSequence = own.headSequence + 1;
    const input = { head: id, offset, epoch, headSequence, writeNonce, previousHash, body };
    const sealed = sealFrame(this.#context, draw, input);
    // A frame is appended only if its mark fits behind it.
    if (sealed === undefined || sealed.frame.markOffset + PAGE_SIZE > this.#context.objectSize) return undefined;
    const seal = () => sealMark(this.#context, draw, id, epoch, sealed.frame);
    const mark = await this.#appendDurably(own, sealed.bytes, offset, seal);
    own.headSequence = headSequence;
    own.hash = sealed.frame.hash;
    own.end = sealed.frame.markOffset + PAGE_SIZE;
    this.#shown = own.hash;
    await this.#mark(own, mark, sealed.frame.markOffset);
    return { id, keyEpoch: base.keyEpoch, epoch, headSequence, hash: own.hash };
  }

  async replace(base: Snapshot, prepare: PrepareHead, options: ReplaceHeads): Promise<HeadPosition> {
    const own = this.#own;
    if (own?.healthy === true && own.unsynced) await this.#finishMark(own);
    const { epoch: before = 0, headSequence: last = 0 } = options.behind ?? {};
    const epoch = await this.#claims.claim(Math.max(base.position.epoch, this.#unknownEpoch, before), options);
    // From here on no frame of the epoch before can be acknowledged, so none is appended any more.
    this.#own = undefined;
    const { current, headSequence, content } = await this.#unlessOvertaken(epoch, options, async () => {
      const { current, secured } = await this.#current(base, own, epoch, options);
      const headSequence = Math.max(current.position.headSequence, last) + 1;
      return { current, headSequence, content: await prepare(current, { epoch, headSequence, secured }) };
    });
    return this.#write(epoch, content, headSequence, current.position.hash, options);
  }

  /**
   * Where a durable head of a later epoch stands, it decides: its writer had read what was durable then. Where none
   * does, a head of our own makes it so. Only reading would not do: a frame may be whole in memory and lost on the disk.
   */
  async settle(carry: PrepareHead, options: Cancel): Promise<Snapshot> {
    const found = await this.#epochs.newestBelow(Number.POSITIVE_INFINITY, options);
    if (found === undefined) throw gone();
    const { epoch, successor } = found.image.header;
    if (epoch > this.#unknownEpoch || successor !== undefined) {
      // Its writer may not have come to that yet. And upon one that ends its chain, nobody writes.
      await this.#heads.sync(found.image.id, options);
    } else {
      await this.replace(await this.#snapshot(found, options), carry, options);
    }
    const snapshot = await this.newest(options);
    if (snapshot === undefined) throw gone();
    this.#unknownEpoch = 0;
    return snapshot;
  }

  async begin(after: HeadPosition, prepare: PrepareFirst, options: Cancel): Promise<HeadPosition> {
    const epoch = await this.#claims.claim(after.epoch, options);
    const headSequence = after.headSequence + 1;
    const content = await this.#unlessOvertaken(epoch, options, async () => {
      if ((await this.#epochs.newestBelow(epoch, options)) !== undefined)
        throw conflict('There is a head of this tree.');
      const earlier = (await this.#claims.epochs(options)).filter((claimed) => claimed < epoch);
      await this.#close(earlier, options);
      return prepare({ epoch, headSequence, secured: true });
    });
    return this.#write(epoch, content, headSequence, after.hash, options);
  }

  async withdraw(): Promise<void> {
    this.#own = undefined;
    const epochs = await this.#claims.epochs({});
    for (const epoch of epochs) await this.#heads.remove(this.#claims.headId(epoch));
    await this.#heads.release(epochs.map((epoch) => this.#claims.name(epoch)));
  }

  /**
   * Lower claims go at once, and with them the fences in their places; of older heads two stay. Readers need none of
   * them: a head says all by itself, and who misses one begins again with fresh claims.
   */
  async tidy(snapshot: Snapshot): Promise<void> {
    const { epoch } = snapshot.position;
    const { olderHeads } = snapshot.care;
    if ((await this.#claims.highest({})) !== epoch) return;
    const released = await this.#claims.releaseBelow(epoch, {});
    const fenced = released.filter((claimed) => !olderHeads.includes(claimed));
    for (const old of [...olderHeads.slice(0, -KEPT_HEADS), ...fenced]) {
      await this.#heads.remove(this.#claims.headId(old));
    }
  }

  standing({ position, care }: Snapshot): readonly ObjectId[] {
    const older = care.olderHeads.slice(-KEPT_HEADS).reverse();
    return [position.epoch, ...older].map((epoch) => this.#claims.headId(epoch));
  }

  async read(id: ObjectId, options: Cancel): Promise<StoredHead | undefined> {
    const found = await this.#epochs.read(id, options);
    return found && { ...found, snapshot: await this.#snapshot(found, options) };
  }

  async dropClaims({ position }: Snapshot, options: Cancel & { readonly dryRun: boolean }): Promise<number> {
    const lower = (await this.#claims.epochs(options)).filter((epoch) => epoch < position.epoch);
    if (!options.dryRun) await this.#claims.releaseBelow(position.epoch, options);
    return lower.length;
  }

  async close(): Promise<void> {
    const own = this.#own;
    this.#own = undefined;
    // A commit stands without its mark.
    if (own?.healthy === true && own.unsynced) await this.#heads.sync(own.id).catch(() => undefined);
  }

  /** The state that storage is in, for the holder of `epoch`: all that was durable when it was claimed. */
  async #current(
    base: Snapshot,
    own: OwnHead | undefined,
    epoch: number,
    options: ReadHeads,
  ): Promise<{ readonly current: Snapshot; readonly secured: boolean }> {
    if (own?.healthy === true && own.epoch === epoch - 1 && sameBytes(own.hash, base.position.hash)) {
      // Nobody claimed in between: it is our own head, and it is as we left it.
      return { current: base, secured: true };
    }
    const found = await this.#epochs.newestBelow(epoch, options);
    if (found === undefined) throw gone();
    await this.#close(found.unwritten, options);
    const { image, journal } = found;
    const last = journal.frames.at(-1);
    // A spoiled head gets no mark: the head that is written next says what was in it.
    const secured =
      last === undefined || (!this.#spoiled.has(image.id) && (await this.#secure(epoch, found, last, options)));
    const isBase = sameBytes(positionOf(image, last).hash, base.position.hash);
    return { current: isBase ? base : await this.#snapshot(found, options), secured };
  }

  /**
   * Keeps epochs that were claimed from having a head after all. Whoever claimed one of them may have been stopped just
   * before writing it. Coming to stand after we have looked, it would be shown to readers, and to a writer who asks what
   * became of a commit, and then vanish behind our head, which does not build upon it.
   */
  async #close(epochs: readonly number[], options: Cancel): Promise<void> {
    for (const epoch of epochs) {
      const id = this.#claims.headId(epoch);
      const created = await this.#heads.create(id, buildFence(this.#context, id, epoch), options);
      if (created || (await this.#epochs.read(id, options)) === undefined) continue;
      throw conflict('Another writer has written a head meanwhile.');
    }
  }

  /**
   * Makes another writer's last frame durable, and says so by a mark. By a mark readers take it for sure, so there is none
   * once a later epoch is claimed: its writer may have looked before the frame was there. `false` where storage failed.
   */
  async #secure(epoch: number, { image, journal }: FoundHead, last: Frame, options: Cancel): Promise<boolean> {
    const { id, header } = image;
    const synced = await this.#doneOrSpoilt(id, options, () => this.#heads.sync(id, options));
    if (!synced || journal.marked) return synced;
    if ((await this.#claims.highest(options)) !== epoch) throw conflict('Another writer has taken over the tree.');
    const mark = sealMark(this.#context, this.#context.entropy.draw(), id, header.epoch, last);
    return this.#doneOrSpoilt(id, options, async () => {
      await this.#heads.append(id, last.markOffset, mark, options);
      await this.#heads.sync(id, options);
    });
  }

  /** A failure is no reason to stop: the head that is written next says what was in this one, and should come soon. */
  async #doneOrSpoilt(id: ObjectId, { signal }: Cancel, work: () => Promise<void>): Promise<boolean> {
    try {
      await this.#orSpoil(id, work);
      return true;
    } catch (error) {
      if (signal?.aborted === true) throw error;
      return false;
    }
  }

  /**
   * Work towards a head, while nobody claims a later epoch. Who does goes on to remove what this work may need, so that
   * its failure says nothing about the tree.
   */
  async #unlessOvertaken<T>(epoch: number, options: Cancel, work: () => Promise<T>): Promise<T> {
    const outcome = await work().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    const highest = await this.#claims.highest(options).catch((error: unknown) => {
      throw 'error' in outcome ? outcome.error : error;
    });
    if (highest !== epoch) throw conflict('Another writer has taken over the tree.');
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  #snapshot({ image, journal }: FoundHead, options: Cancel): Promise<Snapshot> {
    return snapshotOf(this.#reader, image, journal.frames, options);
  }

  /**
   * The last mark is durable before a later epoch is claimed: with the claim, readers stop to show a frame that has none.
   */
  async #finishMark(own: OwnHead): Promise<void> {
    own.healthy = false;
    try {
      await this.#orSpoil(own.id, () => this.#heads.sync(own.id));
    } catch (error) {
      // Who has taken over sees to the mark, and may have removed the head since.
      if ((await this.#claims.highest({})) === own.epoch) throw error;
      return;
    }
    own.healthy = true;
    own.unsynced = false;
  }

  async #orSpoil(id: ObjectId, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#spoiled.add(id);
      throw error;
    }
  }

  /**
   * Resolves to the frame's mark, which must not be written earlier. It is sealed while the disk is at work, where that is
   * not so quick that it was waited for in place.
   */
  async #appendDurably(own: OwnHead, bytes: Uint8Array, offset: number, seal: () => Uint8Array): Promise<Uint8Array> {
    own.healthy = false;
    this.#spoiled.add(own.id);
    this.#unknownEpoch = own.epoch;
    let highest: number;
    let mark: Uint8Array;
    try {
      await this.#heads.append(own.id, offset, bytes);
      const synced = this.#heads.sync(own.id);
      // Nobody else answers for a failure of the sync, should the sealing fail.
      synced.catch(() => undefined);
      mark = seal();
      await synced;
      highest = await this.#claims.highest({});
    } catch (cause) {
      throw new UnknownOutcome('The storage failed while a commit was written.', cause);
    }
    if (highest !== own.epoch) throw new UnknownOutcome('Another writer took over while a commit was written.');
    own.healthy = true;
    this.#unknownEpoch = 0;
    this.#spoiled.delete(own.id);
    return mark;
  }

  /** The commit stands whether or not its mark is written; but after a failure nothing more is appended here. */
  async #mark(own: OwnHead, mark: Uint8Array, offset: number): Promise<void> {
    try {
      await this.#heads.append(own.id, offset, mark);
      own.unsynced = true;
    } catch {
      own.healthy = false;
      this.#spoiled.add(own.id);
    }
  }

  async #write(
    epoch: number,
    content: HeadContent,
    headSequence: number,
    previousHash: Uint8Array,
    options: Cancel,
  ): Promise<HeadPosition> {
    const id = this.#claims.headId(epoch);
    const head = buildHead(this.#context, { id, epoch, headSequence, previousHash, ...content });
    if (head === undefined) throw new InfinitreeError('INVALID_ARGUMENT', 'The checkpoint is too large for a head.');
    const inDoubt = this.#unknownEpoch;
    this.#unknownEpoch = epoch;
    await this.#createHead(id, head.bytes, options).catch((error: unknown) => {
      // What is surely not there leaves in doubt only what was so before.
      if (!(error instanceof UnknownOutcome)) this.#unknownEpoch = inDoubt;
      throw error;
    });
    const highest = await this.#claims.highest({}).catch((cause: unknown) => {
      throw new UnknownOutcome('The storage failed while a head was written.', cause);
    });
    if (highest !== epoch) throw new UnknownOutcome('Another writer took over while a head was written.');
    this.#unknownEpoch = 0;
    const position = positionOf(head.image, undefined);
    const healthy = this.#heads.durability === 'append' && content.successor === undefined;
    const begin = head.image.header.journalStart;
    this.#own = { ...position, begin, end: begin, healthy, unsynced: false };
    this.#shown = position.hash;
    return position;
  }

  async #createHead(id: ObjectId, bytes: Uint8Array, options: Cancel): Promise<void> {
    let created: boolean;
    try {
      created = await this.#heads.create(id, bytes, options);
    } catch (cause) {
      // Creation is atomic: what is not there now was not written and never will be.
      const found = await this.#heads.read(id).catch(() => bytes);
      if (found === undefined) throw cause;
      throw new UnknownOutcome('The storage failed while a head was written.', cause);
    }
    if (!created) throw conflict('Another writer has written a head of the same epoch.');
  }
}
