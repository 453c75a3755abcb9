import type { Cancel } from '../../backend/backend.js';
import { InfinitreeError, isInfinitreeError, type ShortCode, throwIfAborted } from '../../errors.js';
import { MAX_GROUP } from '../../format/limits.js';
import type { BoundField } from '../bind.js';
import { refuseLeftBehind, refuseSwept, stagedReferences } from '../care/staged-references.js';
import { type Commit, toCommit, withDetails } from '../commit-info.js';
import { UnknownOutcome } from '../heads/head-store.js';
import { isOwnName } from '../own-name.js';
import type { CommitBody } from '../records/commit.js';
import type { Session } from '../session.js';
import { Turns } from '../slices.js';
import { extendSnapshot, type Snapshot, sequenceOf } from '../snapshot.js';
import { type CommitOptions, checkCommit } from './commit-options.js';
import { composeCommit } from './compose-commit.js';
import { HeadWriter } from './head-writer.js';
import { type Job, restoreAll, settleAll, swapAll } from './job.js';
import { ObjectWriters } from './object-writers.js';

const DOUBT = 'The commit may or may not be stored.';

/** Commits that were written without it being known whether they are there. */
interface Unknown {
  readonly jobs: readonly Job[];
  readonly bodies: readonly CommitBody[];
}

/**
 * Brings staged changes to storage, one write at a time. Calls that come while a write is under way queue up and share
 * the next one.
 *
 * Memory follows storage: deltas settle only after the head that holds them is known to be durable. A write that failed
 * gives all deltas back, its own and those queued behind it, so that none is overtaken by a later one.
 */
export class Committer {
  readonly #session: Session;
  readonly #fields: readonly BoundField[];
  readonly #writer: HeadWriter;
  readonly #turns = new Turns();
  #queue: Job[] = [];
  #working: Promise<void> | undefined;
  /** The commits that are being written now. */
  #writing: readonly CommitBody[] = [];
  #unknown: Unknown | undefined;
  #resolving: Promise<void> | undefined;
  /** How many wait for the newest state to stay as it is. Commits that come later wait for them: else they would for ever. */
  #waiting = 0;
  /** Whether another writer's commits have to be taken over first. */
  #conflicted = false;
  /** To be told when commits were written. */
  onWritten: (() => void) | undefined;

  constructor(session: Session, fields: readonly BoundField[]) {
    this.#session = session;
    this.#fields = fields;
    this.#writer = new HeadWriter(session);
  }

  async commit(options: CommitOptions): Promise<Commit | undefined> {
    this.#session.requireWritable();
    const checked = checkCommit(options);
    throwIfAborted(checked.signal, 'The commit');
    const unknown = this.#unknown;
    if (unknown !== undefined) {
      await this.#settleUnknown({ signal: checked.signal }).catch((error: unknown) => {
        throw this.#unknownError(unknown, error, undefined);
      });
      // It may have been closed meanwhile.
      this.#session.requireWritable();
    }
    this.#requireNoConflict();
    refuseSwept(this.#session, this.#fields);
    const staged = swapAll(this.#fields);
    if (staged.length === 0 && !checked.always) return undefined;
    return new Promise<Commit>((resolve, reject) => {
      this.#queue.push({ options: checked, staged, resolve, reject });
      this.#work();
    });
  }

  /** Waits until nothing is being written or found out. */
  async idle(): Promise<void> {
    while (this.#working !== undefined || this.#resolving !== undefined) {
      await this.#working;
      await this.#resolving?.catch(() => undefined);
    }
  }

  /**
   * Whether a state holds a commit of this handle that is not settled yet; then it waits for that. Taken as it is, the
   * state would pass for another writer's.
   */
  async settles(state: Snapshot, options: Cancel): Promise<boolean> {
    const [first] = this.#writing;
    if (first === undefined || !(await this.#writer.holds(state, first.commit, options))) return false;
    await this.idle();
    return true;
  }

  /** To be called once another writer's commits were taken over. */
  refreshed(): void {
    this.#conflicted = false;
  }

  /** To be called where another writer's commits were found that are not taken over yet. */
  overtaken(): void {
    this.#conflicted = true;
  }

  /** Finds out how commits of an unknown outcome ended, if there are any. */
  async resolveUnknown(options: Cancel): Promise<void> {
    const unknown = this.#unknown;
    if (unknown === undefined) return;
    await this.#settleUnknown(options).catch((error: unknown) => {
      throw this.#unknownError(unknown, error, unknown.jobs.at(-1));
    });
  }

  #settleUnknown(options: Cancel): Promise<void> {
    this.#resolving ??= this.#resolve(options).finally(() => {
      this.#resolving = undefined;
    });
    return this.#resolving;
  }

  /** Settles or restores the changes of the commits in doubt. */
  async #resolve(options: Cancel): Promise<void> {
    while (this.#working !== undefined) await this.#working;
    await this.#resolveNow(options);
  }

  async #resolveNow(options: Cancel): Promise<void> {
    const unknown = this.#unknown;
    if (unknown === undefined) return;
    const session = this.#session;
    const { present, snapshot } = await this.#writer.settle(unknown.bodies, options);
    this.#unknown = undefined;
    const known = present ? extendBy(session.snapshot, unknown.bodies) : session.snapshot;
    if (present) this.#settle(unknown.jobs, unknown.bodies);
    else restoreAll(unknown.jobs);
    // Commits of others are not in the fields yet: what is computed from these must not be committed over them.
    this.#conflicted = sequenceOf(snapshot) !== sequenceOf(known);
    session.snapshot = this.#conflicted ? known : snapshot;
  }

  #settle(jobs: readonly Job[], bodies: readonly CommitBody[]): void {
    const { moves, begun, context } = this.#session;
    settleAll(jobs, bodies);
    for (const { bound, delta } of jobs.flatMap(({ staged }) => staged)) {
      moves.delete(bound);
      if (!begun.isEmpty)
        for (const reference of stagedReferences(context.keys, delta)) begun.settleReference(reference);
    }
  }

  #work(): void {
    const isIdle = this.#working === undefined && this.#waiting === 0;
    if (isIdle && this.#queue.length > 0) this.#occupy(this.#drain());
  }

  #occupy(work: Promise<void>): void {
    this.#working = work.finally(() => {
      this.#working = undefined;
      this.#work();
    });
  }

  /**
   * Does something that needs the newest state to stay as it is, such as writing a head without a commit. Commits that are
   * made meanwhile wait for it, and are given back where it is not known how that ended.
   */
  async exclusively<T>(options: Cancel, work: (writer: HeadWriter) => Promise<T>): Promise<T> {
    return this.#onceIdle(options, () => {
      this.#session.requireWritable();
      this.#requireNoConflict();
      return this.#alone(work);
    });
  }

  /** The same for what looks up the newest state itself, which commits of others do not get in the way of. */
  async uponNewest<T>(options: Cancel, work: (writer: HeadWriter) => Promise<T>): Promise<T> {
    return this.#onceIdle(options, () => {
      this.#session.requireWriter();
      return this.#alone(work);
    });
  }

  async #onceIdle<T>(options: Cancel, begin: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    let begun: Promise<T>;
    try {
      // Asked again where nothing comes in between: whoever has waited as well may have begun.
      while (this.#isBusy) await this.#settled(options);
      begun = begin();
    } finally {
      this.#waiting -= 1;
      this.#work();
    }
    return begun;
  }

  get #isBusy(): boolean {
    return this.#working !== undefined || this.#unknown !== undefined;
  }

  async #settled(options: Cancel): Promise<void> {
    await this.idle();
    await this.resolveUnknown(options);
  }

  #alone<T>(work: (writer: HeadWriter) => Promise<T>): Promise<T> {
    const done = work(this.#writer).catch((error: unknown) => {
      if (error instanceof UnknownOutcome) {
        this.#unknown = { jobs: [], bodies: [] };
      }
      if (isInfinitreeError(error, 'CONFLICT')) this.#conflicted = true;
      throw error instanceof UnknownOutcome ? unknownHead(error) : error;
    });
    this.#occupy(
      done.then(
        () => undefined,
        () => undefined,
      ),
    );
    return done;
  }

  async #drain(): Promise<void> {
    // One turn for callers of the same moment, so that they share a write.
    await Promise.resolve();
    try {
      // A head without commits may have come between, of which it is not known whether it is there.
      await this.#resolveNow({});
      if (this.#conflicted) this.#requireNoConflict();
    } catch (error) {
      this.#fail([], error);
      return;
    }
    while (this.#queue.length > 0 && this.#waiting === 0) {
      let jobs: readonly Job[] = [];
      try {
        await this.#turns.pause();
        // A refresh that was under way may have gone on to a state in which others have changed what these were computed from.
        this.#requireNoConflict();
        jobs = this.#queue.splice(0, MAX_GROUP);
        await this.#write(jobs);
      } catch (error) {
        this.#fail(jobs, error);
        return;
      }
    }
  }

  async #write(jobs: readonly Job[]): Promise<void> {
    const session = this.#session;
    const bodies: CommitBody[] = [];
    const only = jobs.length === 1 ? jobs[0]?.options.signal : undefined;
    const objects = new ObjectWriters(session.context, { signal: only });
    const draw = session.context.entropy.draw();
    const base = session.snapshot;
    let parent = base.last;
    try {
      for (const job of jobs) {
        if (session.moved.sources !== undefined) await refuseLeftBehind(session, job.staged);
        const body = await composeCommit(session, objects, draw, job, parent, only);
        bodies.push(body);
        parent = body.commit;
      }
      for (const writer of session.openWriters) await writer.flush();
      await objects.flush();
    } finally {
      objects.abandon();
    }
    // A cache may have them on their way still, and those that were put for this commit before it.
    await session.context.backend.flush?.({ signal: only });
    this.#writing = bodies;
    try {
      session.snapshot = await this.#writer.write(base, bodies, draw, { signal: only });
    } catch (error) {
      if (error instanceof UnknownOutcome) this.#unknown = { jobs, bodies };
      throw error;
    } finally {
      this.#writing = [];
    }
    this.#settle(jobs, bodies);
    this.onWritten?.();
    jobs.forEach((job, i) => {
      const record = bodies[i]?.commit;
      if (record !== undefined) job.resolve(toCommit(record));
    });
    await this.#writer.tidy();
  }

  #fail(jobs: readonly Job[], error: unknown): void {
    const behind = this.#queue.splice(0);
    const unknown = this.#unknown;
    if (unknown !== undefined) {
      restoreAll(behind);
      for (const job of jobs) job.reject(this.#unknownError(unknown, error, job));
      for (const job of behind) job.reject(this.#unknownError(unknown, error, undefined));
      return;
    }
    if (error instanceof InfinitreeError && error.code === 'INFINITREE_CONFLICT') this.#conflicted = true;
    const [first, ...others] = [...jobs, ...behind];
    restoreAll([...jobs, ...behind]);
    // What says where contents are only spares storing them again, and may be of what is not there any more.
    if (isInfinitreeError(error, 'CONFLICT') && this.#session.moved.sources !== undefined) {
      for (const { store, identity } of this.#fields) if (isOwnName(identity.name)) store.discard();
    }
    first?.reject(error);
    for (const job of others) job.reject(failedWith(error));
  }

  /** `job`: the commit in doubt; undefined for one that came behind those in doubt, of which nothing was sent. */
  #unknownError(unknown: Unknown, cause: unknown, job: Job | undefined): InfinitreeError {
    // A head that held no commit leaves none in doubt.
    if (unknown.bodies.length === 0) {
      if (cause instanceof UnknownOutcome) return unknownHead(cause);
      if (isInfinitreeError(cause)) return cause;
    }
    const reason = cause instanceof UnknownOutcome ? cause.message : 'The storage could not be asked.';
    const what = job === undefined ? 'An earlier commit may or may not be stored, and this one waits for it.' : DOUBT;
    const error = new InfinitreeError(
      'COMMIT_UNKNOWN',
      `${reason} ${what} Call resolve() of this error to find out, or commit() again, which finds out first. Nothing is ` +
        'lost: until then its changes stay in memory.',
      { cause: cause instanceof UnknownOutcome ? cause.cause : cause, retryable: true },
    );
    const resolve = async (options: Cancel = {}): Promise<Commit> => {
      this.#session.requireOpen();
      if (this.#unknown === unknown) {
        await this.#settleUnknown(options).catch((again: unknown) => {
          throw this.#unknownError(unknown, again, job);
        });
      }
      const record = job && unknown.bodies[unknown.jobs.indexOf(job)]?.commit;
      if (record !== undefined && (await this.#writer.holds(this.#session.snapshot, record, options))) {
        return toCommit(record);
      }
      throw new InfinitreeError(
        'CONFLICT',
        'The commit was not stored, and never will be. Its changes are staged again: call refresh(), then commit().',
      );
    };
    return withDetails(error, { resolve });
  }

  #requireNoConflict(): void {
    if (this.#conflicted) {
      throw new InfinitreeError(
        'CONFLICT',
        'Another writer has committed. Call refresh() to take over its commits, then commit again; what you changed is ' +
          'still staged.',
      );
    }
    const field = this.#fields.find(({ store }) => store.hasConflicts);
    if (field === undefined) return;
    throw new InfinitreeError(
      'CONFLICT',
      `Changes of the field "${field.property}" were computed from what another writer has changed since. Make them ` +
        'again, or drop them with refresh({ onConflict: "drop" }).',
    );
  }
}

/** For whoever writes a head without commits. */
export function unknownHead({ message, cause }: UnknownOutcome): InfinitreeError {
  const aborted = isInfinitreeError(cause, 'ABORTED');
  return new InfinitreeError(
    aborted ? 'ABORTED' : 'BACKEND',
    `${message} A head was being written, and nothing was deleted. Make the call again; it finds out first.`,
    { cause: aborted ? cause.cause : cause, retryable: true },
  );
}

/** For a commit that another one took along: an error of its own, which does not say that its own signal was aborted. */
function failedWith(error: unknown): unknown {
  if (!(error instanceof InfinitreeError)) return error;
  const code = error.code.slice('INFINITREE_'.length) as ShortCode;
  const retryable = error.retryable || code === 'ABORTED';
  const message = `A commit before this one failed, and this one with it. What it changed is still staged. ${error.message}`;
  return new InfinitreeError(code, message, { cause: error, retryable, denied: error.denied });
}

/** The state after commits that turned out to be stored. It may be known already. */
function extendBy(snapshot: Snapshot, bodies: readonly CommitBody[]): Snapshot {
  const known = sequenceOf(snapshot);
  const missing = bodies.filter((body) => body.commit.sequence > known);
  return missing.length === 0 ? snapshot : extendSnapshot(snapshot, snapshot.position, missing);
}
