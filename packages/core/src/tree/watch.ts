import type { Cancel } from '../backend/backend.js';
import { InfinitreeError, throwIfAborted } from '../errors.js';
import { checkOptions } from './check-options.js';
import { type Commit, toCommit } from './commit-info.js';
import { commitRecords } from './log.js';
import type { CommitRecord } from './records/commit.js';
import { checkNotOlder } from './rollback.js';
import type { Session } from './session.js';
import { type Snapshot, sequenceOf } from './snapshot.js';

export interface WatchOptions extends Cancel {
  /** How long to wait before looking again while there is nothing new, in milliseconds. Default: 1000. */
  readonly intervalMs?: number | undefined;
}

const DEFAULT_INTERVAL_MS = 1000;
/** Timers take no more. */
const MAX_INTERVAL_MS = 2 ** 31 - 1;

/** The commits behind the state that a handle shows now, as they come, until it is closed. */
export function watchCommits(session: Session, options: WatchOptions): AsyncGenerator<Commit, void, undefined> {
  session.requireOpen();
  checkOptions(options);
  const { intervalMs = DEFAULT_INTERVAL_MS, signal } = options;
  if (!(intervalMs >= 0 && intervalMs <= MAX_INTERVAL_MS)) {
    throw new InfinitreeError(
      'INVALID_ARGUMENT',
      `intervalMs is a number of milliseconds, from 0 to ${MAX_INTERVAL_MS}.`,
    );
  }
  return watch(session, session.snapshot, intervalMs, signal);
}

async function* watch(
  session: Session,
  from: Snapshot,
  intervalMs: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Commit, void, undefined> {
  let seen = from;
  while (!isOver(session, signal)) {
    const newer = await lookAgain(session, seen, signal);
    if (newer === undefined) return;
    seen = newer.snapshot;
    for (const record of newer.records) {
      if (isOver(session, signal)) return;
      yield toCommit(record);
    }
    if (newer.records.length === 0) await pause(session, intervalMs, signal);
  }
}

function isOver(session: Session, signal: AbortSignal | undefined): boolean {
  if (!session.closed) throwIfAborted(signal, 'Watching');
  return session.closed;
}

/** What is new, oldest first; `undefined` where the handle was closed meanwhile. Reads a head, and no more if nothing is. */
async function lookAgain(
  session: Session,
  seen: Snapshot,
  signal: AbortSignal | undefined,
): Promise<{ readonly snapshot: Snapshot; readonly records: readonly CommitRecord[] } | undefined> {
  try {
    const snapshot = await session.newest({ signal });
    checkNotOlder(seen, snapshot);
    const records: CommitRecord[] = [];
    if (sequenceOf(snapshot) > sequenceOf(seen)) {
      for await (const record of commitRecords(session, snapshot, { signal })) {
        if (record.sequence <= sequenceOf(seen)) break;
        records.unshift(record);
      }
    }
    return { snapshot, records };
  } catch (error) {
    // Keys and storage are gone with the handle, so whatever a read under way met with says nothing about the tree.
    if (session.closed) return undefined;
    throw error;
  }
}

/** Waits, but not longer than until the handle is closed or the signal aborted. */
function pause(session: Session, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (session.closed || signal?.aborted === true) {
      resolve();
      return;
    }
    const wake = () => {
      cancel();
      signal?.removeEventListener('abort', wake);
      session.closing.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = session.environment.timer.after(ms, wake);
    signal?.addEventListener('abort', wake);
    session.closing.addEventListener('abort', wake);
  });
}
