import type { Cancel, CasHeads } from '../../backend/backend.js';
import { sameBytes } from '../../bytes/compare.js';
import { headIdOfSlot } from '../../crypto/own-ids.js';
import { InfinitreeError, isInfinitreeError } from '../../errors.js';
import type { ObjectId } from '../../format/ids.js';
import type { ObjectContext } from '../../object/context.js';
import { buildHead, type HeadImage, parseHead } from '../../object/head-image.js';
import { isMissingObject } from '../../object/missing.js';
import type { ObjectReader } from '../../object/object-reader.js';
import type { HeadPosition, Snapshot } from '../snapshot.js';
import {
  conflict,
  gone,
  type HeadContent,
  type HeadStore,
  type PrepareFirst,
  type PrepareHead,
  type ReadHeads,
  type ReplaceHeads,
  type StoredHead,
  UnknownOutcome,
} from './head-store.js';
import { positionOf, requireHead, snapshotOf, stateFound } from './read-head.js';

interface Slot {
  readonly slot: 0 | 1;
  readonly id: ObjectId;
  readonly etag: string | null;
  readonly image: HeadImage | undefined;
}

/** A head that was sent and of which nobody knows whether it arrived. Only these very bytes may be sent again. */
interface Attempt {
  readonly id: ObjectId;
  readonly etag: string | null;
  readonly bytes: Uint8Array;
  readonly headSequence: number;
}

/**
 * How an attempt ended. `lost`: another head of the same sequence stands there. `passed`: so does a later one, and only
 * the log tells whether what was sent is below it. `void`: an earlier one, of another version than was written upon, so
 * that the condition came of an outdated reading and never holds.
 */
type Ending = 'won' | 'lost' | 'passed' | 'void';

/** Whether some of what is in a head was sent before, and may be stored whatever becomes of this sending. */
type Time = 'first' | 'again';

/** The slots as this handle has last seen or left them: who builds upon their newer one need not read them again. */
interface Known {
  readonly position: HeadPosition;
  readonly etag: string | null;
  readonly other: Pick<Slot, 'id' | 'etag'>;
  /** The other slot holds something that does not open. */
  readonly damaged: boolean;
}

/** As much of a head is read first, in bytes: folding begins where what rides in its checkpoint takes half of that. */
const BEGINNING = 524_288;

const GENESIS = new Uint8Array(32);
/** Head sequence 1 stands in slot 1, and so on in turns. */
const FIRST_SLOT = 1;

/**
 * Heads in two slots that take turns, swapped by conditional writes. A commit is one write to the slot that is not the
 * head; the valid slot of higher head sequence is the head, so the state before stays whole until the next one is.
 */
export class CasHeadStore implements HeadStore {
  readonly protocol = 'cas';
  readonly filled = 1;
  readonly #context: ObjectContext;
  readonly #reader: ObjectReader;
  readonly #heads: CasHeads;
  #attempt: Attempt | undefined;
  #known: Known | undefined;

  constructor(context: ObjectContext, reader: ObjectReader, heads: CasHeads) {
    this.#context = context;
    this.#reader = reader;
    this.#heads = heads;
  }

  async newest(options: ReadHeads): Promise<Snapshot | undefined> {
    const find = async () => {
      const current = await this.#slots(options);
      return current && { image: current, frames: [] };
    };
    return stateFound(this.#reader, find, options);
  }

  async create(content: HeadContent, options: Cancel): Promise<HeadPosition> {
    const id = headIdOfSlot(this.#context.keys, FIRST_SLOT);
    const { bytes, image } = this.#build(id, content, { epoch: 0, headSequence: 1 }, GENESIS);
    // The tree's root secret is new, so nobody else writes here; a rejection is reported as it is.
    const etag = await this.#heads.cas(id, bytes, null, options);
    if (etag === undefined) throw conflict('Another writer created a head of this tree.');
    const position = positionOf(image, undefined);
    const other = { id: headIdOfSlot(this.#context.keys, 0), etag: null };
    this.#known = { position, etag, other, damaged: false };
    return position;
  }

  append(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async replace(base: Snapshot, prepare: PrepareHead, options: ReplaceHeads): Promise<HeadPosition> {
    const { known, image } = await this.#toBuildUpon(base, options);
    const { position } = known;
    const headSequence = nextSequence(position, options.behind);
    // What is compared is authenticated by the hash; reading the whole state again would cost what it holds.
    const content = await this.#unlessOvertaken(position, options, async () => {
      const isBase = image === undefined || same(position, base.position);
      const found = isBase ? base : await snapshotOf(this.#reader, image, [], options);
      return prepare(found, { epoch: position.epoch, headSequence, secured: true });
    });
    const written = await this.#write(known, content, headSequence, options);
    if (!known.damaged) return written.position;
    // A writer that has seen the slots before does not read the one that was damaged. Now both of them are others.
    return (await this.#write(written, content, headSequence + 1, options, 'again')).position;
  }

  /** Sends the identical bytes again under the same condition until what the slot holds tells how it ended. */
  async settle(_carry: PrepareHead, options: Cancel): Promise<Snapshot> {
    const attempt = this.#attempt;
    // However it ended: the log of the newest state tells.
    const ending = attempt && (await this.#send(attempt, options, 'again')).ending;
    const snapshot = await this.newest(options);
    if (snapshot === undefined) throw gone();
    if (attempt !== undefined && ending !== 'void' && snapshot.position.headSequence < attempt.headSequence) {
      // By an outdated answer, what is stored would be told as lost.
      throw new UnknownOutcome('The storage shows an older head than it has shown before.');
    }
    this.#attempt = undefined;
    return snapshot;
  }

  /** All who begin write to one slot, whatever they go on from, so that the condition lets one of them through. */
  async begin(after: HeadPosition, prepare: PrepareFirst, options: Cancel): Promise<HeadPosition> {
    if ((await this.#slots(options)) !== undefined) throw conflict('There is a head of this tree.');
    const { epoch, headSequence: last, hash } = after;
    // The next one of the first slot.
    const headSequence = last + 1 + (last % 2);
    const content = await prepare({ epoch, headSequence, secured: true });
    const place = { keyEpoch: this.#context.keys.keyEpoch, epoch, headSequence: headSequence - 1 };
    const position = { ...place, id: headIdOfSlot(this.#context.keys, 0), hash };
    const other = { id: headIdOfSlot(this.#context.keys, FIRST_SLOT), etag: null };
    const known = { position, etag: null, other, damaged: false };
    return (await this.#write(known, content, headSequence, options)).position;
  }

  async withdraw(): Promise<void> {
    this.#known = undefined;
    await this.#heads.remove(headIdOfSlot(this.#context.keys, FIRST_SLOT));
  }

  tidy(): Promise<void> {
    return Promise.resolve();
  }

  /** Both slots; which of them is the newest is told by what they hold. */
  standing({ position }: Snapshot): readonly ObjectId[] {
    const ids = ([0, 1] as const).map((slot) => headIdOfSlot(this.#context.keys, slot));
    return ids.sort((a, b) => Number(b === position.id) - Number(a === position.id));
  }

  async read(id: ObjectId, options: Cancel): Promise<StoredHead | undefined> {
    const found = await this.#heads.read(id, options);
    if (found === undefined) return undefined;
    const image = requireHead(this.#context, id, found.bytes);
    const snapshot = await snapshotOf(this.#reader, image, [], options);
    return { bytes: found.bytes, image, journal: undefined, snapshot };
  }

  dropClaims(): Promise<number> {
    return Promise.resolve(0);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /**
   * Work towards a head, upon the head of a position. Who has written a later one goes on to remove what this work may
   * need, so that its failure says nothing about the tree.
   */
  async #unlessOvertaken<T>(position: HeadPosition, options: Cancel, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isMissingObject(error)) throw error;
      const current = await this.#slots(options);
      if (current === undefined || current.header.headSequence <= position.headSequence) throw error;
      throw conflict('Another writer committed first.');
    }
  }

  /** The slots to write upon: as they are known, where their newer head is the base; or as they are, with that head. */
  async #toBuildUpon(base: Snapshot, options: ReadHeads): Promise<{ known: Known; image?: HeadImage }> {
    if (this.#known !== undefined && same(this.#known.position, base.position)) return { known: this.#known };
    const isOlder = (image?: HeadImage) => (image?.header.headSequence ?? 0) < base.position.headSequence;
    let image = await this.#slots(options);
    // Storage that shows less than it has shown may have been asked in a bad moment.
    if (isOlder(image)) image = await this.#slots(options);
    if (image === undefined || this.#known === undefined) throw gone();
    if (!isOlder(image)) return { known: this.#known, image };
    throw new InfinitreeError(
      'ROLLBACK',
      'The storage shows an older head than the one this handle has seen. Nothing was changed.',
    );
  }

  /** Writes the next head into the other slot. Gives how the slots are then. */
  async #write(
    { position, etag, other }: Known,
    content: HeadContent,
    headSequence: number,
    options: Cancel,
    time: Time = 'first',
  ) {
    const place = { epoch: position.epoch, headSequence };
    const { bytes, image } = this.#build(other.id, content, place, position.hash);
    this.#known = undefined;
    const attempt = { ...other, bytes, headSequence };
    const sent = await this.#send(attempt, options, time);
    if (sent.ending === 'lost') throw conflict('Another writer committed first.');
    if (sent.ending !== 'won') {
      this.#attempt = attempt;
      throw new UnknownOutcome('The storage shows a head that tells nothing about the one that was sent.');
    }
    const before = { id: position.id, etag };
    this.#known = { position: positionOf(image, undefined), etag: sent.etag, other: before, damaged: false };
    return this.#known;
  }

  /** Sends a head, and finds out what became of it where the storage says that the condition did not hold. */
  async #send(
    attempt: Attempt,
    options: Cancel,
    time: Time,
  ): Promise<{ readonly ending: Ending; readonly etag: string }> {
    let etag: string | undefined;
    try {
      etag = await this.#heads.cas(attempt.id, attempt.bytes, attempt.etag, options);
    } catch (cause) {
      // Nothing was sent to a storage that cannot do this, or taken by one that does not let this writer.
      if (isInfinitreeError(cause) && (cause.code === 'INFINITREE_UNSUPPORTED' || (cause.denied && time === 'first'))) {
        throw cause;
      }
      this.#attempt = attempt;
      throw new UnknownOutcome('The storage did not say whether it took the head.', cause);
    }
    if (etag !== undefined) return { ending: 'won', etag };
    let found: Awaited<ReturnType<CasHeads['read']>>;
    try {
      found = await this.#heads.read(attempt.id, options);
    } catch (cause) {
      this.#attempt = attempt;
      throw new UnknownOutcome('The storage did not say what the head is now.', cause);
    }
    if ((found?.etag ?? null) === attempt.etag) {
      this.#attempt = attempt;
      throw new UnknownOutcome('The storage refuses the head on a condition that holds.');
    }
    return { ending: found === undefined ? 'lost' : this.#endingBy(attempt, found.bytes), etag: found?.etag ?? '' };
  }

  #endingBy(attempt: Attempt, found: Uint8Array): Ending {
    // The condition may have failed because an earlier sending of the same bytes had been taken.
    if (sameHead(found, attempt.bytes)) return 'won';
    const sequence = parseHead(this.#context, attempt.id, found)?.header.headSequence;
    if (sequence === undefined || sequence === attempt.headSequence) return 'lost';
    return sequence > attempt.headSequence ? 'passed' : 'void';
  }

  #build(
    id: ObjectId,
    content: HeadContent,
    { epoch, headSequence }: Pick<HeadPosition, 'epoch' | 'headSequence'>,
    previousHash: Uint8Array,
  ) {
    const head = buildHead(this.#context, { id, epoch, headSequence, previousHash, ...content });
    if (head === undefined) throw new InfinitreeError('INVALID_ARGUMENT', 'The checkpoint is too large for a head.');
    return head;
  }

  /** Reads both slots, and keeps how they are. Gives the newer head. */
  async #slots(options: ReadHeads): Promise<HeadImage | undefined> {
    let [newer, other] = newestFirst(await Promise.all([this.#slot(0, options), this.#slot(1, options)]));
    // Heads were written between the two answers. Written upon, the version of the older one would be refused.
    if (newer.image !== undefined && sequenceOf(other) !== sequenceOf(newer) - 1) {
      [newer, other] = newestFirst([newer, await this.#slot(other.slot, options)]);
    }
    const { image: current, etag } = newer;
    const damaged = other.etag !== null && other.image === undefined;
    this.#known = current && { position: positionOf(current, undefined), etag, other, damaged };
    return current;
  }

  async #slot(slot: 0 | 1, options: ReadHeads): Promise<Slot> {
    const id = headIdOfSlot(this.#context.keys, slot);
    const { objectSize, backend } = this.#context;
    const range = backend.capabilities.ranges && objectSize > BEGINNING ? ([0, BEGINNING] as const) : undefined;
    let found = await this.#heads.read(id, { ...options, range });
    if (range !== undefined && found !== undefined && found.bytes.length !== objectSize) {
      const image = parseHead(this.#context, id, found.bytes, BEGINNING);
      if (image !== undefined) return { slot, id, etag: found.etag, image };
      found = await this.#heads.read(id, options);
    }
    if (found === undefined) return { slot, id, etag: null, image: undefined };
    const image = parseHead(this.#context, id, found.bytes);
    if (image === undefined && options.acceptOlderHead !== true) requireHead(this.#context, id, found.bytes);
    return { slot, id, etag: found.etag, image };
  }
}

function newestFirst([a, b]: [Slot, Slot]): [Slot, Slot] {
  return sequenceOf(a) > sequenceOf(b) ? [a, b] : [b, a];
}

/** 0 where there is no head, as before the first. */
function sequenceOf({ image }: Slot): number {
  return image?.header.headSequence ?? 0;
}

/** Each slot has every other head sequence. */
function nextSequence({ headSequence }: HeadPosition, behind: ReplaceHeads['behind']): number {
  const missing = Math.max(0, (behind?.headSequence ?? 0) - headSequence);
  return headSequence + 1 + 2 * Math.ceil(missing / 2);
}

function same(a: HeadPosition, b: HeadPosition): boolean {
  return a.id === b.id && a.headSequence === b.headSequence && sameBytes(a.hash, b.hash);
}

/** Heads begin with a random salt and a commitment over it: equal beginnings are equal heads. */
function sameHead(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && sameBytes(a.subarray(0, 64), b.subarray(0, 64));
}
