import type { Cancel, EpochHeads } from '../../backend/backend.js';
import { sameBytes } from '../../bytes/compare.js';
import { InfinitreeError, isInfinitreeError } from '../../errors.js';
import type { ObjectId } from '../../format/ids.js';
import type { ObjectContext } from '../../object/context.js';
import { type HeadImage, parseHead } from '../../object/head-image.js';
import { holdsJournal, type Journal, mayHoldJournal, scanJournal } from '../../object/journal-scan.js';
import { damagedObject } from '../../object/missing.js';
import type { Claims } from './claims.js';
import { isFence } from './fence.js';
import type { ReadHeads } from './head-store.js';
import { requireHead } from './read-head.js';

/** A head together with its journal. */
export interface FoundHead {
  readonly image: HeadImage;
  /** Where it `continues`, it is damaged at its end. */
  readonly journal: Journal;
}

/** The same with all its bytes. */
export interface WholeHead extends FoundHead {
  readonly bytes: Uint8Array;
}

/** The newest head, and the epochs above it that were claimed and in whose places nothing stands, not even a fence. */
export interface NewestHead extends FoundHead {
  readonly unwritten: readonly number[];
}

/** Stands where there will never be a head. */
const FENCE = Symbol('fence');

/** As much of a head is read first, in bytes: what a checkpoint and some ninety small commits take, and all that could follow. */
const BEGINNING = 1_048_576;

/** How often a search is begun again when a writer moves on meanwhile. */
const ATTEMPTS = 8;

/** A head was removed, or followed by a newer one, while it was read: the search begins again. */
class HeadIsGone extends Error {}

/** Finds and reads heads of the epoch protocol. It never writes. */
export class EpochReader {
  readonly #context: ObjectContext;
  readonly #heads: EpochHeads;
  readonly #claims: Claims;

  constructor(context: ObjectContext, heads: EpochHeads, claims: Claims) {
    this.#context = context;
    this.#heads = heads;
    this.#claims = claims;
  }

  /**
   * The newest head below an epoch, with all whole frames of its journal: what a successor builds upon. The caller has
   * claimed `below`, so that nothing written later can be acknowledged.
   */
  async newestBelow(below: number, options: ReadHeads): Promise<NewestHead | undefined> {
    return this.#insist(async () => {
      const unwritten: number[] = [];
      // Where an older head will do, all are of interest, and their claims are gone.
      const candidates = options.acceptOlderHead === true ? [] : await this.#claims.candidates(options);
      const found = await this.#first(
        candidates.filter((epoch) => epoch < below),
        options,
        unwritten,
      );
      if (found !== undefined) return { ...found, unwritten };
      const listed = (await this.#claims.listed(options)).filter((epoch) => epoch < below);
      if (listed.length === 0) return undefined;
      const gone: number[] = [];
      const old = await this.#first(listed, options, gone);
      if (old !== undefined) return { ...old, unwritten };
      if (gone.length > 0) throw new HeadIsGone();
      // Fences alone are what beginnings have left that came to no head; unless a head has come since, and older ones went.
      const later = (await this.#claims.candidates(options)).filter((epoch) => epoch < below);
      if ((await this.#first(later, options)) !== undefined) throw new HeadIsGone();
      return undefined;
    });
  }

  /**
   * The newest head as a reader may show it. A last frame without mark is shown only if it is durable and if its writer
   * can have acknowledged it: after syncing it ourselves and seeing that no later epoch was claimed. Otherwise a
   * successor may have started without it, and it would vanish again. A head without frames is shown once it is durable:
   * a successor that did not find it has put a fence in its place.
   *
   * `known`: hash of a head or frame that was already shown; it counts as marked.
   */
  async newestToShow(known: Uint8Array | undefined, options: ReadHeads): Promise<FoundHead | undefined> {
    return this.#insist(async () => {
      const found = await this.newestBelow(Number.POSITIVE_INFINITY, options);
      if (found === undefined) return undefined;
      const { image, journal } = found;
      const last = journal.frames.at(-1);
      const isKnown = known !== undefined && sameBytes((last ?? image).hash, known);
      if (isKnown || (last !== undefined && journal.marked)) return found;
      await this.#sync(image.id, options);
      const highest = await this.#claims.highest(options);
      if (highest <= image.header.epoch) return found;
      // A successor is under way. If its head stands already, that is the newest; if not, the frame is not shown.
      const newer = await this.newestBelow(Number.POSITIVE_INFINITY, options);
      if (newer !== undefined && newer.image.header.epoch > image.header.epoch) throw new HeadIsGone();
      if (last === undefined) return found;
      return { ...found, journal: { ...journal, frames: journal.frames.slice(0, -1), marked: true } };
    });
  }

  async #sync(id: ObjectId, options: ReadHeads): Promise<void> {
    try {
      await this.#heads.sync(id, options);
    } catch (error) {
      throw (await this.#heads.read(id, options)) === undefined ? new HeadIsGone() : error;
    }
  }

  /** Begins again when a head went away in the middle, which happens beside a busy writer, but not for ever. */
  async #insist<T>(search: () => Promise<T>): Promise<T> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        return await search();
      } catch (error) {
        if (!(error instanceof HeadIsGone)) throw error;
      }
    }
    throw new InfinitreeError('BACKEND', 'The heads of the tree change faster than they can be read.', {
      retryable: true,
    });
  }

  async #first(
    epochs: readonly number[],
    options: ReadHeads,
    unwritten: number[] = [],
  ): Promise<FoundHead | undefined> {
    let damaged: InfinitreeError | undefined;
    for (const epoch of epochs) {
      try {
        const found = await this.#readShort(this.#claims.headId(epoch), options);
        if (found === undefined) unwritten.push(epoch);
        if (found === undefined || found === FENCE) continue;
        if (!found.journal.continues) return found;
        if (options.acceptOlderHead !== true) throw damagedJournal(found);
        // What follows a frame was written after it was acknowledged.
        return { ...found, journal: { ...found.journal, marked: true } };
      } catch (error) {
        if (options.acceptOlderHead !== true || !isInfinitreeError(error, 'CORRUPT')) throw error;
        damaged ??= error;
      }
    }
    if (damaged !== undefined) throw damaged;
    return undefined;
  }

  /** One head; undefined where it is not there, or a fence stands in its place. Throws `CORRUPT` where it does not open. */
  async read(id: ObjectId, options: Cancel): Promise<WholeHead | undefined> {
    const found = await this.#insist(() => this.#read(id, options));
    return found === FENCE ? undefined : found;
  }

  /** No more of a head than tells its state, where that is little: a head is 4 MiB, of which most have written a fraction. */
  async #readShort(id: ObjectId, options: Cancel): Promise<FoundHead | typeof FENCE | undefined> {
    const { objectSize, backend } = this.#context;
    if (objectSize <= BEGINNING || !backend.capabilities.ranges) return this.#read(id, options);
    const bytes = await this.#heads.read(id, { ...options, range: [0, BEGINNING] });
    if (bytes === undefined) return undefined;
    // A backend may give more than it was asked for.
    if (bytes.length === objectSize) return this.#read(id, options, bytes);
    const image = parseHead(this.#context, id, bytes, BEGINNING);
    if (image !== undefined && isFence(image)) return FENCE;
    if (image !== undefined && mayHoldJournal(this.#context, image, bytes)) {
      const journal = scanJournal(this.#context, image, bytes);
      if (!journal.continues && holdsJournal(image, journal, BEGINNING)) return { image, journal };
    }
    const whole = await this.#read(id, options);
    if (whole === undefined) throw new HeadIsGone();
    return whole;
  }

  /**
   * Beside a busy writer one reading of a journal may catch a frame half written and its successor whole, since nothing
   * orders the two for a reader; so a gap is believed only when two later readings agree about it.
   */
  async #read(id: ObjectId, options: Cancel, known?: Uint8Array): Promise<WholeHead | typeof FENCE | undefined> {
    let bytes = known ?? (await this.#heads.read(id, options));
    if (bytes === undefined) return undefined;
    const image = requireHead(this.#context, id, bytes);
    if (isFence(image)) return FENCE;
    let journal = scanJournal(this.#context, image, bytes);
    for (let agreeing = 0, readings = 0; journal.continues && agreeing < 2; readings++) {
      // A storage can show other damage each time.
      if (readings === ATTEMPTS) throw new HeadIsGone();
      bytes = await this.#heads.read(id, options);
      if (bytes === undefined) throw new HeadIsGone();
      const again = scanJournal(this.#context, image, bytes);
      agreeing = again.continues && again.end === journal.end ? agreeing + 1 : 0;
      journal = again;
    }
    return { bytes, image, journal };
  }
}

function damagedJournal({ image, journal }: FoundHead): InfinitreeError {
  return damagedObject(
    image.id,
    journal.end,
    `The journal of head ${image.id} is damaged at ${journal.end}: a frame there does not open, and others follow. ` +
      'Nothing was changed. Bring the head back from a copy of this storage, or look at the state before that frame with ' +
      '`readonly` and `acceptOlderHead`.',
  );
}
