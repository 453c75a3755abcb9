import type { Cancel, CasHeads } from '../../backend/backend.js';
import { headIdOfSlot } from '../../crypto/own-ids.js';
import { InfinitreeError } from '../../errors.js';
import type { ObjectId } from '../../format/ids.js';
import type { ObjectContext } from '../../object/context.js';
import { buildHead, type HeadImage, parseHead } from '../../object/head-image.js';
import { isMissingObject } from '../../object/missing.js';
import type { ObjectReader } from '../../object/object-reader.js';
import type { HeadPosition, Snapshot } from '../snapshot.js';
import {
  conflict,
  type HeadContent,
  type HeadStore,
  type PrepareHead,
  type ReadHeads,
  type StoredHead,
  UnknownOutcome,
} from './head-store.js';
import { positionOf, requireHead, snapshotOf, stateFound } from './read-head.js';

interface Slot {
  readonly id: ObjectId;
  readonly etag: string | null;
  readonly image: HeadImage | undefined;
}

/** A head that was sent and of which nobody knows whether it arrived. Only these very bytes may be sent again. */
interface Attempt {
  readonly id: ObjectId;
  readonly etag: string | null;
  readonly bytes: Uint8Array;
}

const GENESIS = new Uint8Array(32);
/** Head sequence 1 stands in slot 1, and so on in turns. */
const FIRST_SLOT = 1;

/**
 * Heads in two slots that take turns, swapped by conditional writes. A commit is one write to the slot that is not the
 * head; the valid slot of higher head sequence is the head, so the state before stays whole until the next one is.
 */
export class CasHeadStore implements HeadStore {
  readonly #context: ObjectContext;
  readonly #reader: ObjectReader;
  readonly #heads: CasHeads;
  #attempt: Attempt | undefined;

  constructor(context: ObjectContext, reader: ObjectReader, heads: CasHeads) {
    this.#context = context;
    this.#reader = reader;
    this.#heads = heads;
  }

  async newest(options: ReadHeads): Promise<Snapshot | undefined> {
    const find = async () => {
      const { current } = await this.#slots(options);
      return current && { image: current, frames: [] };
    };
    return stateFound(this.#reader, find, options);
  }

  async create(content: HeadContent, options: Cancel): Promise<HeadPosition> {
    const id = headIdOfSlot(this.#context.keys, FIRST_SLOT);
    const { bytes, image } = this.#build(id, content, 1, GENESIS);
    // The tree's root secret is new, so nobody else writes here; a rejection is reported as it is.
    const etag = await this.#heads.cas(id, bytes, null, options);
    if (etag === undefined) throw conflict('Another writer created a head of this tree.');
    return positionOf(image, undefined);
  }

  append(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async replace(base: Snapshot, prepare: PrepareHead, options: ReadHeads): Promise<HeadPosition> {
    const { current, other } = await this.#slots(options);
    if (current === undefined) throw gone();
    const headSequence = current.header.headSequence + 1;
    // What is compared is authenticated by the hash; reading the whole state again would cost what it holds.
    const position = positionOf(current, undefined);
    const content = await this.#unlessOvertaken(position, options, async () => {
      const found = same(position, base.position) ? base : await snapshotOf(this.#reader, current, [], options);
      return prepare(found, { epoch: 0, headSequence, secured: true });
    });
    const { bytes, image } = this.#build(other.id, content, headSequence, current.hash);
    const attempt = { id: other.id, etag: other.etag, bytes };
    const outcome = await this.#send(attempt, options);
    if (outcome === 'lost') throw conflict('Another writer committed first.');
    return positionOf(image, undefined);
  }

  /** Sends the identical bytes again under the same condition until what the slot holds tells how it ended. */
  async settle(_carry: PrepareHead, options: Cancel): Promise<Snapshot> {
    const attempt = this.#attempt;
    if (attempt !== undefined) {
      await this.#send(attempt, options);
      this.#attempt = undefined;
    }
    const snapshot = await this.newest(options);
    if (snapshot === undefined) throw gone();
    return snapshot;
  }

  async withdraw(): Promise<void> {
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
      const { current } = await this.#slots(options);
      if (current === undefined || current.header.headSequence <= position.headSequence) throw error;
      throw conflict('Another writer committed first.');
    }
  }

  /** `lost`: the condition did not hold, and what the slot holds is not what was sent. */
  async #send(attempt: Attempt, options: Cancel): Promise<'won' | 'lost'> {
    let etag: string | undefined;
    try {
      etag = await this.#heads.cas(attempt.id, attempt.bytes, attempt.etag, options);
    } catch (cause) {
      this.#attempt = attempt;
      throw new UnknownOutcome('The storage did not say whether it took the head.', cause);
    }
    if (etag !== undefined) return 'won';
    // The condition may have failed because an earlier sending of the same bytes had been taken.
    try {
      const found = await this.#heads.read(attempt.id, options);
      if (found !== undefined && sameHead(found.bytes, attempt.bytes)) return 'won';
    } catch (cause) {
      this.#attempt = attempt;
      throw new UnknownOutcome('The storage did not say what the head is now.', cause);
    }
    return 'lost';
  }

  #build(id: ObjectId, content: HeadContent, headSequence: number, previousHash: Uint8Array) {
    const head = buildHead(this.#context, { id, epoch: 0, headSequence, previousHash, ...content });
    if (head === undefined) throw new InfinitreeError('INVALID_ARGUMENT', 'The checkpoint is too large for a head.');
    return head;
  }

  async #slots(options: ReadHeads): Promise<{ current: HeadImage | undefined; other: Slot }> {
    const [zero, one] = await Promise.all([this.#slot(0, options), this.#slot(1, options)]);
    const zeroIsNewer = (zero.image?.header.headSequence ?? -1) > (one.image?.header.headSequence ?? -1);
    return zeroIsNewer ? { current: zero.image, other: one } : { current: one.image, other: zero };
  }

  async #slot(slot: 0 | 1, options: ReadHeads): Promise<Slot> {
    const id = headIdOfSlot(this.#context.keys, slot);
    const found = await this.#heads.read(id, options);
    if (found === undefined) return { id, etag: null, image: undefined };
    const image = parseHead(this.#context, id, found.bytes);
    if (image === undefined && options.acceptOlderHead !== true) requireHead(this.#context, id, found.bytes);
    return { id, etag: found.etag, image };
  }
}

function same(a: HeadPosition, b: HeadPosition): boolean {
  return a.id === b.id && a.headSequence === b.headSequence && a.hash.every((byte, i) => byte === b.hash[i]);
}

/** Heads begin with a random salt and a commitment over it: equal beginnings are equal heads. */
function sameHead(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.subarray(0, 64).every((byte, i) => byte === b[i]);
}

function gone(): InfinitreeError {
  return new InfinitreeError(
    'CORRUPT',
    'The heads of this tree are missing from the storage. Bring them back from a copy.',
  );
}
