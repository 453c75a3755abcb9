import type { FilePort } from '@infinitree/backend-directory';
import { InfinitreeError } from '@infinitree/core';
import { SimulatedDisk, type TestClock } from '@infinitree/testing';
import type { Operation } from './operation.js';

/** What a fault may reach for. */
export interface Surroundings {
  readonly clock: TestClock;
  /** Whether it stays until it is lifted. */
  readonly forever: boolean;
  /** Whether it strikes for the first time. */
  readonly first: boolean;
  /** Aborts the signal of the call under way; for ever those of all calls to come as well. */
  abort(): void;
}

/** A way in which an operation goes wrong. */
export interface Way {
  readonly name: string;
  /** Of files below a directory backend, or of calls to a backend. */
  readonly level: 'files' | 'calls';
  /** Short codes with which calls of the tree may reject; `COMMIT_UNKNOWN` is for commits alone. None: nobody notices. */
  readonly codes: readonly string[];
  /** Whether it is about such operations. */
  hits(kind: string): boolean;
  /** Whether it leaves alone who only opens the storage: what is found then is taken for the right one. */
  readonly sparesOpening?: boolean;
  strike<T>(operation: Operation<T>, around: Surroundings): Promise<T>;
  /** Ends what would not end by itself. */
  lift?(around: Pick<Surroundings, 'clock'>): void;
}

const TROUBLE = ['BACKEND', 'COMMIT_UNKNOWN'];
const ABORT = ['ABORTED', 'COMMIT_UNKNOWN'];
/** Operations that open a descriptor, and those that go by a path. */
const OPENING = ['open create', 'open read', 'open update', 'readdir', 'syncFolder'];
const BY_PATH = [...OPENING, 'link', 'unlink', 'mkdir', 'stat', 'statfs'];
const CHANGING = ['open create', 'open update', 'link', 'unlink', 'mkdir', 'write'];
const SYNCS = ['sync', 'datasync', 'syncFolder'];

/** As a file system of another realm would reject. */
function refusal(code: string, { kind, path }: Operation): Error {
  return Object.assign(new Error(`${code}: injected into ${kind} ${path}`), { code });
}

/** The operation is not made, and the system says why. */
function refused(code: string, kinds?: readonly string[]): Way {
  return {
    name: code.toLowerCase(),
    level: 'files',
    codes: TROUBLE,
    hits: (kind) => kinds === undefined || kinds.includes(kind),
    strike: (operation) => Promise.reject(refusal(code, operation)),
  };
}

const answerLost: Way = {
  name: 'eio-after',
  level: 'files',
  codes: TROUBLE,
  // Of what only reads, nobody sees the difference.
  hits: (kind) => [...CHANGING, ...SYNCS, 'close'].includes(kind),
  async strike(operation) {
    const result = await operation.make();
    await operation.undo?.(result);
    throw refusal('EIO', operation);
  },
};

/** Half of what is left is taken each time, so that it ends. */
const shortWrite: Way = {
  name: 'short-write',
  level: 'files',
  codes: [],
  hits: (kind) => kind === 'write',
  strike: (operation) => operation.part!(0.5),
};

const nothingWritten: Way = {
  name: 'no-write',
  level: 'files',
  codes: TROUBLE,
  hits: (kind) => kind === 'write',
  strike: (operation) => operation.part!(0),
};

/** What was not synced is not there any more, as some file systems have it after a failed write-back. */
const syncFailed: Way = {
  name: 'sync-lost',
  level: 'files',
  codes: TROUBLE,
  hits: (kind) => SYNCS.includes(kind),
  async strike(operation) {
    await operation.lose?.();
    throw refusal('EIO', operation);
  },
};

const vanished: Way = { ...refused('ENOENT', BY_PATH), name: 'vanished' };

/** Another file system than the one that was there: its mount point. */
function mountPoint(): FilePort {
  const disk = new SimulatedDisk();
  // First some other folder, so that the two roots differ in their identity.
  const made = disk.mkdir('/elsewhere').then(() => disk.mkdir('/tree'));
  return new Proxy<FilePort>(disk, {
    get:
      (_, name: keyof FilePort) =>
      async (...args: unknown[]) => {
        await made;
        return Reflect.apply(disk[name] as (...args: unknown[]) => unknown, disk, args);
      },
  });
}

function unmounted(): Way {
  let files = mountPoint();
  return {
    name: 'unmounted',
    level: 'files',
    codes: TROUBLE,
    hits: (kind) => BY_PATH.includes(kind),
    sparesOpening: true,
    strike(operation, { first }) {
      if (first) files = mountPoint();
      return operation.elsewhere!(files);
    },
  };
}

const TEN_YEARS_MS = 10 * 365 * 24 * 3_600_000;

/** Operations that are stamped, or ask for the stamp; and one that comes before each acknowledgement. */
const TIMED = [
  ...['open create', 'write', 'stat', 'fstat', 'readdir'],
  ...['put', 'ages', 'delete', 'heads.cas', 'heads.create', 'heads.append', 'heads.claims'],
];

function clockJumps(name: string, byMs: number, level: Way['level']): Way {
  return {
    name,
    level,
    codes: [],
    hits: (kind) => TIMED.includes(kind),
    strike(operation, { clock, first }) {
      if (first) clock.advance(byMs);
      return operation.make();
    },
    lift: ({ clock }) => void clock.advance(-byMs),
  };
}

function aborted(level: Way['level']): Way {
  return {
    name: 'abort',
    level,
    codes: ABORT,
    hits: () => true,
    strike(operation, { abort }) {
      abort();
      return operation.make();
    },
  };
}

/** The call comes back well, and the signal is aborted by then. */
const abortedBehind: Way = {
  ...aborted('calls'),
  name: 'abort-after',
  async strike(operation, { abort }) {
    const result = await operation.make();
    abort();
    return result;
  },
};

function failed({ kind }: Operation): InfinitreeError {
  return new InfinitreeError('BACKEND', `${kind}: this failure was injected.`, { retryable: true });
}

const callFails: Way = {
  name: 'fails',
  level: 'calls',
  codes: TROUBLE,
  hits: () => true,
  strike: (operation) => Promise.reject(failed(operation)),
};

const callAnswerLost: Way = {
  ...callFails,
  name: 'fails-after',
  async strike(operation) {
    await operation.make();
    throw failed(operation);
  },
};

export const WAYS: readonly Way[] = [
  refused('ENOSPC', ['open create', 'link', 'mkdir', 'write', 'sync', 'datasync', 'syncFolder']),
  refused('EIO'),
  refused('EACCES', BY_PATH),
  refused('EMFILE', OPENING),
  refused('EROFS', CHANGING),
  answerLost,
  shortWrite,
  nothingWritten,
  syncFailed,
  vanished,
  unmounted(),
  clockJumps('clock-back', -TEN_YEARS_MS, 'files'),
  clockJumps('clock-forward', TEN_YEARS_MS, 'files'),
  aborted('files'),
  callFails,
  callAnswerLost,
  clockJumps('clock-back', -TEN_YEARS_MS, 'calls'),
  clockJumps('clock-forward', TEN_YEARS_MS, 'calls'),
  aborted('calls'),
  abortedBehind,
];
