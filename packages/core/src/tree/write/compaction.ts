import { InfinitreeError } from '../../errors.js';
import { conflict } from '../heads/head-store.js';
import type { Base } from '../records/base.js';
import type { Pack } from '../records/pack.js';
import type { Session } from '../session.js';
import { SHORT_SLICE, Slices } from '../slices.js';
import { makeSnapshot, type Snapshot } from '../snapshot.js';
import { type Changed, writeBeside } from './beside.js';
import type { Committer } from './committer.js';
import type { CompactOptions, CompactReport } from './compact-report.js';
import { foldInto } from './fold.js';
import { duePacks, mergePacks, samePacks, settledPacks, withMerged } from './merge-packs.js';
import { exceeds, MANY } from './unfolded.js';

/** So many runs that large commits have written are folded, to be merged: each is looked at by who reads. */
const MANY_RUNS = 16;

/** How full a journal is when folding is begun: the rest is for commits that come meanwhile, and all of it is read by who opens. */
const FILLED = 0.65;

/**
 * Keeps a tree such that reading it costs what it is, not what it was: folds what rides in heads and frames, and merges packs,
 * so that what is live is in few runs. It goes on beside commits; they wait for no more than the heads that say so.
 */
export class Compaction {
  readonly #session: Session;
  readonly #committer: Committer;
  readonly #stopping = new AbortController();
  #working: Promise<void> | undefined;
  /** The base upon which it was given up. */
  #given: Base | undefined;

  constructor(session: Session, committer: Committer) {
    this.#session = session;
    this.#committer = committer;
  }

  /** Does what is due, in the background. Where that fails, it is due still the next time. */
  consider(): void {
    if (this.#working !== undefined || this.#stopping.signal.aborted) return;
    if (this.#next() !== undefined) this.#occupy(this.#due());
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

  async #all(options: CompactOptions & { readonly signal: AbortSignal }): Promise<CompactReport> {
    // An earlier call may have come further than it could tell.
    await this.#committer.idle();
    await this.#committer.resolveUnknown(options);
    const { snapshot } = this.#session;
    // What large commits have put into objects makes packs once it is folded.
    if (runsOf(snapshot) > 0 && (await this.#fold(snapshot, options.signal)) === undefined) throw elsewise();
    const packs = settledPacks(this.#session.snapshot.base);
    if (packs.length < 2 && packs.every(isMerged)) return Object.freeze({ packs: 0, bytes: 0 });
    const merged = await this.#merge(packs, options);
    if (merged === undefined) throw elsewise();
    return Object.freeze({ packs: packs.length, bytes: merged.bytes });
  }

  /** Waits until nothing is due, or it was given up. */
  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  /** Ends what is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#working;
  }

  async #due(): Promise<void> {
    let { base } = this.#session.snapshot;
    try {
      for (let work = this.#next(); work !== undefined; work = this.#next()) {
        ({ base } = this.#session.snapshot);
        if ((await work()) === undefined) return;
      }
    } catch {
      // Nothing is lost by it, and whatever is the matter with the storage, a commit or a reader tells. What is damaged would be
      // read again with each commit.
      this.#given = base;
    }
  }

  /** What is due; nothing while the base is one upon which that has failed. Resolves to undefined where it was in vain. */
  #next(): (() => Promise<unknown>) | undefined {
    const { snapshot, heads } = this.#session;
    const { signal } = this.#stopping;
    const { base } = snapshot;
    if (base === this.#given) return undefined;
    const { tail } = snapshot;
    // Where there is a journal, its room is used first.
    const isFull = heads.filled >= FILLED;
    if ((isFull && exceeds(tail.list(), MANY)) || runsOf(snapshot) >= MANY_RUNS)
      return () => this.#fold(snapshot, signal);
    const packs = duePacks(base);
    return packs.length > 0 ? () => this.#merge(packs, { signal }) : undefined;
  }

  /** Folds a state, upon which commits may follow meanwhile. */
  #fold(begun: Snapshot, signal: AbortSignal): Promise<Base | undefined> {
    const { context, reader, blocks } = this.#session;
    const tools = { context, reader, blocks, signal, slices: new Slices('Folding', signal, { slice: SHORT_SLICE }) };
    // With tables of its own: what rides in frames is put into those of the newest state, which it shares with all before.
    const whole = makeSnapshot(begun.position, begun.base, begun.baseExtent, begun.tail.list(), begun.care);
    return writeBeside(this.#session, this.#committer, signal, async (writers) => {
      const result = await foldInto({ ...tools, writers }, whole);
      return { result, upon: (snapshot) => withFolded(snapshot, begun, result) };
    });
  }

  /** Makes one pack of some; undefined where they are not what the tree consists of any more. */
  #merge(
    packs: readonly Pack[],
    options: CompactOptions & { readonly signal: AbortSignal },
  ): Promise<Pack | undefined> {
    const session = this.#session;
    const { signal } = options;
    const { reader } = session.chain;
    const tools = {
      blocks: session.blocks,
      reader,
      slices: new Slices('Merging', signal, { slice: SHORT_SLICE }),
      signal,
    };
    const { base } = session.snapshot;
    return writeBeside(session, this.#committer, signal, async (writers) => {
      const onEntries = progressOf(packs, options);
      const result = await mergePacks({ ...tools, objects: writers.index, onEntries }, base, packs);
      const upon = (snapshot: Snapshot): Changed | undefined => {
        const same = samePacks(snapshot.base, packs);
        return same && { base: withMerged(snapshot.base, same, result), tail: snapshot.tail.list() };
      };
      return { result, upon };
    });
  }
}

/** How many runs the commits have written that are not folded. */
function runsOf({ fields, base }: Snapshot): number {
  let count = 0;
  for (const { runs } of fields.values()) count += runs.length;
  for (const { runs } of base.packs) count -= runs.length;
  return count;
}

function elsewise(): InfinitreeError {
  return conflict('What was to be merged has become something else.');
}

/** A state in which the commits of an earlier one are folded; undefined where it does not go on from that. */
function withFolded(snapshot: Snapshot, begun: Snapshot, base: Base): Changed | undefined {
  const [tail, folded] = [snapshot.tail.list(), begun.tail.list()];
  const goesOn = snapshot.base === begun.base && tail[folded.length - 1] === folded.at(-1);
  return goesOn ? { base, tail: tail.slice(folded.length) } : undefined;
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

/** Whether nothing in it shadows anything else in it. */
function isMerged({ runs }: Pack): boolean {
  return runs.every(({ run }) => run.isUnique || run.shadowedBy !== undefined);
}
