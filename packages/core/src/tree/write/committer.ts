import type { Cancel } from '../../backend/backend.js';
import { InfinitreeError, throwIfAborted } from '../../errors.js';
import { MAX_GROUP } from '../../format/limits.js';
import type { BoundField } from '../bind.js';
import { type Commit, toCommit, withDetails } from '../commit-info.js';
import { UnknownOutcome } from '../heads/head-store.js';
import type { CommitBody } from '../records/commit.js';
import type { Session } from '../session.js';
import { type CommitOptions, checkCommit } from './commit-options.js';
import { composeCommit } from './compose-commit.js';
import { HeadWriter } from './head-writer.js';
import { type Job, restoreAll, settleAll, swapAll } from './job.js';
import { ObjectWriters } from './object-writers.js';

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
  #queue: Job[] = [];
  #working: Promise<void> | undefined;
  #unknown: Unknown | undefined;
  #resolving: Promise<void> | undefined;
  /** Whether another writer's commits have to be taken over first. */
  #conflicted = false;

  constructor(session: Session, fields: readonly BoundField[]) {
    this.#session = session;
    this.#fields = fields;
    this.#writer = new HeadWriter(session);
  }

  async commit(options: CommitOptions): Promise<Commit | undefined> {
    this.#session.requireWritable();
    const checked = checkCommit(options);
    throwIfAborted(checked.signal, 'The commit');
    if (this.#unknown !== undefined) await this.resolveUnknown({ signal: checked.signal });
    this.#requireNoConflict();
    const staged = swapAll(this.#fields);
    if (staged.length === 0 && !checked.always) return undefined;
    return new Promise<Commit>((resolve, reject) => {
      this.#queue.push({ options: checked, staged, resolve, reject });
      this.#work();
    });
  }

  /** Waits until nothing is being written. */
  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  get hasUnknown(): boolean {
    return this.#unknown !== undefined;
  }

  /** To be called once another writer's commits were taken over. */
  refreshed(): void {
    this.#conflicted = false;
  }

  /** How the commits of an unknown outcome ended: settles or restores their changes. Gives those that are there. */
  resolveUnknown(options: Cancel): Promise<void> {
    this.#resolving ??= this.#resolve(options).finally(() => {
      this.#resolving = undefined;
    });
    return this.#resolving;
  }

  async #resolve(options: Cancel): Promise<void> {
    await this.idle();
    const unknown = this.#unknown;
    if (unknown === undefined) return;
    const before = this.#session.snapshot;
    const found = await this.#writer.settle(unknown.bodies, options).catch((error: unknown) => {
      throw this.#unknownError(unknown, error);
    });
    this.#unknown = undefined;
    if (found.present) {
      this.#session.snapshot = found.snapshot;
      settleAll(unknown.jobs);
      return;
    }
    restoreAll(unknown.jobs);
    if (found.snapshot.last?.sequence === before.last?.sequence) this.#session.snapshot = found.snapshot;
    else this.#conflicted = true;
  }

  #work(): void {
    this.#working ??= this.#drain().finally(() => {
      this.#working = undefined;
      if (this.#queue.length > 0) this.#work();
    });
  }

  async #drain(): Promise<void> {
    // One turn for callers of the same moment, so that they share a write.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const jobs = this.#queue.splice(0, MAX_GROUP);
      try {
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
    const objects = new ObjectWriters(session.context, only);
    let parent = session.snapshot.last;
    for (const job of jobs) {
      const body = await composeCommit(session, objects, job, parent, only);
      bodies.push(body);
      parent = body.commit;
    }
    await objects.flush();
    try {
      session.snapshot = await this.#writer.write(session.snapshot, bodies, { signal: only });
    } catch (error) {
      if (error instanceof UnknownOutcome) this.#unknown = { jobs, bodies };
      throw error;
    }
    settleAll(jobs);
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
      for (const job of behind) job.reject(this.#unknownError(unknown, error));
      return;
    }
    if (error instanceof InfinitreeError && error.code === 'INFINITREE_CONFLICT') this.#conflicted = true;
    restoreAll([...jobs, ...behind]);
    for (const job of [...jobs, ...behind]) job.reject(error);
  }

  #unknownError(unknown: Unknown, cause: unknown, job?: Job): InfinitreeError {
    const reason = cause instanceof UnknownOutcome ? cause.message : 'The storage could not be asked.';
    const error = new InfinitreeError(
      'COMMIT_UNKNOWN',
      `${reason} The commit may or may not be stored. Call resolve() of this error to find out, or commit() again, which ` +
        'finds out first. Nothing is lost: until then its changes stay in memory.',
      { cause: cause instanceof UnknownOutcome ? cause.cause : cause, retryable: true },
    );
    const resolve = async (options: Cancel = {}): Promise<Commit> => {
      await this.resolveUnknown(options);
      const index = job === undefined ? -1 : unknown.jobs.indexOf(job);
      const record = unknown.bodies.at(index)?.commit;
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
