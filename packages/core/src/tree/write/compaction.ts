import { InfinitreeError, isInfinitreeError } from '../../errors.js';
import type { Extent } from '../../format/extent.js';
import type { ObjectId } from '../../format/ids.js';
import type { ObjectContext } from '../../object/context.js';
import { ObjectWriter } from '../../object/object-writer.js';
import { conflict } from '../heads/head-store.js';
import type { Base } from '../records/base.js';
import type { Pack } from '../records/pack.js';
import type { Session } from '../session.js';
import { Slices } from '../slices.js';
import { comparePositions } from '../snapshot.js';
import type { Committer } from './committer.js';
import type { CompactOptions, CompactReport } from './compact-report.js';
import { spill } from './fold.js';
import type { HeadWriter } from './head-writer.js';
import { duePacks, mergePacks, samePacks, settledPacks, withMerged } from './merge-packs.js';

/**
 * Merges packs of a tree, so that what is live is in few runs and reading it costs what it is, not what it was. It goes on
 * beside commits; they wait for no more than the head that says so.
 *
 * Order of writes: the objects of the new pack; a head that has it in place of those it was made of, and lists what these
 * leave behind. A stop before the head leaves garbage.
 */
export class Compaction {
  readonly #session: Session;
  readonly #committer: Committer;
  readonly #stopping = new AbortController();
  #working: Promise<void> | undefined;
  /** The base upon which merging was given up. */
  #given: Base | undefined;

  constructor(session: Session, committer: Committer) {
    this.#session = session;
    this.#committer = committer;
  }

  /** Merges what is due, in the background. Where that fails, it is due still the next time. */
  consider(): void {
    if (this.#working !== undefined || this.#stopping.signal.aborted) return;
    if (this.#next().length > 0) this.#occupy(this.#due());
  }

  /** Merges all that can be merged. */
  async all(options: CompactOptions): Promise<CompactReport> {
    const { signal: given = this.#stopping.signal } = options;
    const signal = AbortSignal.any([given, this.#stopping.signal]);
    try {
      while (this.#working !== undefined) await Promise.race([this.#working, aborted(signal)]);
      this.#session.requireWritable();
      const work = this.#all({ ...options, signal });
      this.#occupy(work);
      return await work;
    } catch (error) {
      this.#session.requireOpen();
      throw error;
    }
  }

  #occupy(work: Promise<unknown>): void {
    const end = (): void => {
      this.#working = undefined;
    };
    this.#working = work.then(end, end);
  }

  async #all(options: CompactOptions): Promise<CompactReport> {
    // An earlier call may have come further than it could tell.
    await this.#committer.idle();
    await this.#committer.resolveUnknown(options);
    const packs = settledPacks(this.#session.snapshot.base);
    if (packs.length < 2 && packs.every(isMerged)) return Object.freeze({ packs: 0, bytes: 0 });
    const merged = await this.#merge(packs, options);
    if (merged === undefined) throw conflict('What was to be merged has become something else.');
    return Object.freeze({ packs: packs.length, bytes: merged.bytes });
  }

  /** Ends what is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#working;
  }

  async #due(): Promise<void> {
    const { signal } = this.#stopping;
    let { base } = this.#session.snapshot;
    try {
      for (let packs = this.#next(); packs.length > 0; packs = this.#next()) {
        ({ base } = this.#session.snapshot);
        if ((await this.#merge(packs, { signal })) === undefined) return;
      }
    } catch {
      // Nothing is lost by it, and whatever is the matter with the storage, a commit or a reader tells. What is damaged would be
      // read again with each commit.
      this.#given = base;
    }
  }

  /** What is due; nothing while the base is one upon which that has failed. */
  #next(): readonly Pack[] {
    const { base } = this.#session.snapshot;
    return base === this.#given ? [] : duePacks(base);
  }

  /** Makes one pack of some; undefined where they are not what the tree consists of any more. */
  async #merge(packs: readonly Pack[], options: CompactOptions): Promise<Pack | undefined> {
    const session = this.#session;
    const { chain, snapshot } = session;
    const { signal } = options;
    const written: ObjectId[] = [];
    const onBegin = (id: ObjectId): void => {
      written.push(id);
      session.begun.hold(id, session.snapshot.position.headSequence);
    };
    const objects = new ObjectWriter(chain.context, 'index', { signal, onBegin });
    let isTold = false as boolean;
    try {
      const slices = new Slices('Merging', signal);
      const onEntries = progressOf(packs, options);
      const tools = { blocks: session.blocks, reader: chain.reader, objects, slices, signal, onEntries };
      const merged = await session.pinned(() => mergePacks(tools, snapshot.base, packs));
      await objects.flush();
      await chain.context.backend.flush?.({ signal });
      return await this.#committer.exclusively({ signal }, async (writer) => {
        const { base, care } = session.snapshot;
        const same = samePacks(base, packs);
        // Taken for garbage by another process before any head could say what it is for.
        const isSwept = written.some((id) => session.begun.isSwept(id, care.sweepSequence));
        if (session.chain !== chain || same === undefined || isSwept) return undefined;
        const changed = withMerged(base, same, merged);
        const baseExtent = await spill({ context: session.context, signal }, changed);
        isTold = true;
        await this.#say(writer, changed, baseExtent);
        return merged;
      });
    } catch (error) {
      // Overtaken, it was not told after all.
      if (isInfinitreeError(error, 'CONFLICT')) isTold = false;
      throw error;
    } finally {
      if (!isTold) await discard(chain.context, objects);
      for (const id of written) session.begun.settle(id);
    }
  }

  /** One head is not worth being interrupted: whether it is there would have to be found out. */
  async #say(writer: HeadWriter, base: Base, baseExtent: Extent | undefined): Promise<void> {
    const session = this.#session;
    const { history } = session.snapshot.care;
    const newest = await writer.writeBase(session.snapshot, { base, baseExtent, history }, {});
    // A refresh may have gone on to a newer state meanwhile.
    if (comparePositions(session.snapshot.position, newest.position) < 0) session.snapshot = newest;
    await writer.tidy();
  }
}

/** Rejects once the signal is aborted. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => {
      reject(new InfinitreeError('ABORTED', 'Merging was aborted by its signal.', { cause: signal.reason }));
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
  });
}

function progressOf(packs: readonly Pack[], { onProgress }: CompactOptions): (entries: number) => void {
  const total = packs.flatMap(({ runs }) => runs).reduce((sum, { run }) => sum + run.count, 0);
  let done = 0;
  return (entries) => onProgress?.({ done: (done += entries), total });
}

/** Deletes objects that no head was ever told of. What cannot be deleted now is an orphan. */
async function discard({ backend }: ObjectContext, objects: ObjectWriter): Promise<void> {
  objects.abandon();
  // Uploads that are under way would come behind the deletion.
  await objects.flush().catch(() => undefined);
  await backend.delete(objects.objects).catch(() => undefined);
}

/** Whether nothing in it shadows anything else in it. */
function isMerged({ runs }: Pack): boolean {
  return runs.every(({ run }) => run.isUnique || run.shadowedBy !== undefined);
}
