import type { Cancel } from '../../backend/backend.js';
import { isInfinitreeError } from '../../errors.js';
import type { ObjectId } from '../../format/ids.js';
import { isMissingObject } from '../../object/missing.js';
import { Walk } from '../care/walk.js';
import { conflict, gone } from '../heads/head-store.js';
import { movedSources } from '../read/moved-objects.js';
import type { KeyHistory } from '../records/key-history.js';
import type { Moves } from '../records/moved-object.js';
import type { Session } from '../session.js';
import { Slices } from '../slices.js';
import { comparePositions, type Snapshot, sequenceOf } from '../snapshot.js';
import { requireGoesOn } from '../succession.js';
import { spill } from '../write/base-apart.js';
import type { Committer } from '../write/committer.js';
import type { HeadWriter } from '../write/head-writer.js';
import { type MoverTools, sealAgain } from './chunk-mover.js';
import { MovedRecords, withMoved } from './moved-run.js';
import { OldChunks } from './old-chunks.js';
import type { RotateOptions } from './rotate-report.js';

/** How often a head is tried again where another process commits. */
const ATTEMPTS = 8;
/** All of it is sealed again in about as many batches: each writes again what is said of all before it. */
const BATCHES = 64;
/** But for small trees, where a batch is this many objects. */
const SMALL_BATCH = 16;

export interface Moved {
  /** Storage objects whose chunks were sealed again. */
  readonly moved: number;
  /** Those that stay under the keys of before. */
  readonly kept: number;
  /** And those that do because something in them does not open. */
  readonly damaged: number;
  readonly newest: Snapshot;
}

/**
 * Seals storage objects again that are under the keys of earlier key epochs, and says where their chunks are now. Pointers stay
 * as they are. It goes by batches, beside commits. Order of writes of each: storage objects; index objects that say where
 * chunks are; a head that refers to these, and lists what is left empty. A stop before the head leaves garbage, and one behind
 * it what the next call goes on from.
 */
export function moveStorage(session: Session, committer: Committer, options: MoveOptions): Promise<Moved> {
  return new Moving(session, committer, options).run();
}

export interface MoveOptions extends RotateOptions {
  /** The newest state; that of the session where nobody has committed since. */
  readonly from: Snapshot;
  /** Objects that were done before. */
  readonly done: number;
}

/**
 * The newest state, where this handle was interrupted behind its rotation and is to go on from there; `undefined` where new keys
 * are to come first, as there was nothing of it, or a key was taken from the tree since: these keys do not count any more.
 */
export async function interruptedMove(session: Session, options: Cancel): Promise<Snapshot | undefined> {
  if (session.moving !== session.chain) return undefined;
  const newest = await session.newest(options);
  return newest !== undefined && counts(newest) ? newest : undefined;
}

/** Whether what is sealed under the keys of this state needs not be sealed again. */
function counts({ care, position }: Snapshot): boolean {
  return (care.history?.below ?? 0) <= position.keyEpoch;
}

class Moving {
  readonly #session: Session;
  readonly #committer: Committer;
  readonly #options: MoveOptions;
  readonly #chain: Session['chain'];
  readonly #below: number;
  #old: OldChunks;
  #walk: Walk;
  readonly #tools: MoverTools;
  /** What is written for the batch that is under way. */
  #written: ObjectId[] = [];
  #records: MovedRecords | undefined;
  /** By which state they are what they are. */
  #sources: ReturnType<typeof movedSources>;
  /** The newest state, as far as this has seen. */
  #newest: Snapshot;
  #done = 0;
  #total = 0;
  #moved = 0;

  constructor(session: Session, committer: Committer, options: MoveOptions) {
    const { from, signal } = options;
    const { context, chain } = session;
    session.moving = chain;
    this.#chain = chain;
    this.#session = session;
    this.#committer = committer;
    this.#options = options;
    this.#newest = from;
    this.#below = from.care.history?.below ?? context.keys.keyEpoch;
    this.#old = new OldChunks(context.keys, this.#below);
    this.#walk = this.#begunWalk();
    const slices = new Slices('Giving the tree new keys', signal);
    const onBegin = (id: ObjectId): void => this.#begin(id);
    this.#tools = { context, slices, signal, onBegin, onMoved: () => this.#tell() };
  }

  async run(): Promise<Moved> {
    const session = this.#session;
    await session.pinned(() => this.#look(this.#newest));
    this.#total = this.#old.due().length;
    const size = Math.max(SMALL_BATCH, Math.ceil(this.#total / BATCHES));
    for (let due = this.#old.due(); ; due = this.#old.due()) {
      if (due.length === 0 && !this.#isTold(this.#newest)) break;
      await session.pinned(() => this.#batch(due.slice(0, size)));
    }
    session.moving = undefined;
    if (sequenceOf(this.#newest) !== sequenceOf(session.snapshot)) this.#committer.overtaken();
    return { moved: this.#moved, kept: this.#old.kept, damaged: this.#old.damaged, newest: this.#newest };
  }

  /** Goes through a state; what was gone through before is not looked at again. */
  async #look(from: Snapshot): Promise<void> {
    let state = from;
    for (let attempt = 1; ; attempt++) {
      this.#requireSame();
      try {
        await this.#walk.state(state);
        return;
      } catch (error) {
        if (!isMissingObject(error) || attempt === ATTEMPTS) throw error;
        state = await this.#session.later(state, error);
        // From the start: what this walk did not come by, behind what was missing, would pass for gone through.
        this.#old = new OldChunks(this.#session.context.keys, this.#below);
        this.#walk = this.#begunWalk();
      }
    }
  }

  #begunWalk(): Walk {
    const { context, reader } = this.#session;
    return new Walk(context.keys, reader, this.#old, { values: true, signal: this.#options.signal });
  }

  /** Seals some objects again, and writes a head that says so. */
  async #batch(ids: readonly ObjectId[]): Promise<void> {
    const { begun } = this.#session;
    try {
      const chunks = new Map(ids.map((id) => [id, this.#old.get(id).size]));
      const { moves, damaged } = await sealAgain(this.#tools, this.#old, ids);
      this.#old.leave(damaged);
      await this.#committer.uponNewest(this.#options, (writer) => this.#say(writer, moves, chunks));
    } finally {
      for (const id of this.#written) begun.settle(id);
      this.#written = [];
    }
  }

  async #say(writer: HeadWriter, moves: Moves, chunks: ReadonlyMap<ObjectId, number>): Promise<void> {
    const session = this.#session;
    // Upon commits of others, which are left to `refresh()`.
    let base = isBehind(session.snapshot, this.#newest) ? this.#newest : session.snapshot;
    for (let attempt = 1; ; attempt++) {
      try {
        this.#newest = await this.#attempt(writer, base, moves, chunks);
        if (sequenceOf(this.#newest) !== sequenceOf(session.snapshot)) return;
        if (isBehind(session.snapshot, this.#newest)) session.snapshot = this.#newest;
        await writer.tidy();
        return;
      } catch (error) {
        if (!isInfinitreeError(error, 'CONFLICT') || attempt === ATTEMPTS) throw error;
        base = await this.#later();
      }
    }
  }

  async #attempt(
    writer: HeadWriter,
    base: Snapshot,
    moves: Moves,
    chunks: ReadonlyMap<ObjectId, number>,
  ): Promise<Snapshot> {
    this.#requireSame();
    await this.#look(base);
    const ready = this.#ready(base, moves, chunks);
    const isLast = this.#old.due().every((id) => ready.has(id));
    if (ready.size === 0 && !isLast) return base;
    const before = base.care.history as KeyHistory;
    const history = isLast && this.#isTold(base) ? { ...before, below: undefined } : before;
    if (ready.size === 0) return history === before ? base : writer.writeCare(base, { history }, this.#options);
    const told = await this.#recordsOf(base);
    const { records, pack } = await told.with(ready, this.#tools);
    const changed = withMoved(base.base, pack);
    const { context } = this.#session;
    const { signal } = this.#options;
    const baseExtent = await spill({ context, signal }, changed);
    // A cache may have them on their way still.
    await context.backend.flush?.({ signal });
    const replaced = this.#old.leftBy(ready);
    const newest = await writer.writeBase(base, { base: changed, baseExtent, replaced, history }, this.#options);
    this.#old.move(ready);
    this.#records = records;
    this.#sources = movedSources(newest);
    this.#moved += ready.size;
    return newest;
  }

  /** Whether a state says that things are being sealed again under these keys. Where a key was taken away, it says more. */
  #isTold(state: Snapshot): boolean {
    return state.care.history?.below !== undefined && counts(state);
  }

  /** What of these moves a head upon this state may tell of. */
  #ready({ care }: Snapshot, moves: Moves, chunks: ReadonlyMap<ObjectId, number>): Moves {
    const { begun } = this.#session;
    // Taken for garbage by another process before any head could say what it is for.
    if (this.#written.some((id) => begun.isSwept(id, care.sweepSequence))) return new Map();
    // What was committed since, out of the same object, has to go along; and one that is named without a place has to stay.
    return new Map([...moves].filter(([id]) => this.#old.mayMove(id) && this.#old.get(id).size === chunks.get(id)));
  }

  async #recordsOf(base: Snapshot): Promise<MovedRecords> {
    const sources = movedSources(base);
    const isKnown = this.#records !== undefined && this.#sources === sources;
    const records = isKnown ? (this.#records as MovedRecords) : await MovedRecords.of(this.#session.blocks, base);
    this.#records = records;
    this.#sources = sources;
    return records;
  }

  async #later(): Promise<Snapshot> {
    const newest = await this.#session.newest(this.#options);
    if (newest === undefined) throw gone();
    this.#requireSame();
    requireGoesOn(newest);
    return newest;
  }

  #begin(id: ObjectId): void {
    this.#written.push(id);
    this.#session.begun.begin(id, this.#newest.position.headSequence);
  }

  #tell(): void {
    this.#done += 1;
    const { done, onProgress } = this.#options;
    onProgress?.({ done: done + this.#done, total: done + Math.max(this.#total, this.#done) });
  }

  #requireSame(): void {
    if (this.#session.chain !== this.#chain) throw conflict('Another writer has given the tree new keys.');
  }
}

function isBehind(a: Snapshot, b: Snapshot): boolean {
  return comparePositions(a.position, b.position) < 0;
}
