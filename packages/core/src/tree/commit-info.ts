import type { Cancel } from '../backend/backend.js';
import { toHex } from '../bytes/hex.js';
import { decodeValue } from '../codec/value-codec.js';
import type { InfinitreeError } from '../errors.js';
import { admitLoaded, release } from '../fields/values.js';
import type { CommitRecord } from './records/commit.js';

/** A commit as users see it. Frozen; `data` is what was given to `commit`. */
export interface Commit {
  /** 64 hex digits; any unique beginning of them names the commit too. */
  readonly id: string;
  /** Counts the commits of a tree from 1. */
  readonly sequence: number;
  readonly time: Date;
  readonly message: string;
  /** The id of the commit before; undefined for the first. */
  readonly parent: string | undefined;
  readonly data: unknown;
}

/** A change that was computed from what another writer has changed since. */
export interface ConflictingChange {
  /** The property of the field. */
  readonly field: string;
  readonly key: unknown;
}

declare module '../errors.js' {
  interface InfinitreeError {
    /** On `COMMIT_UNKNOWN`: finds out how the commit ended. Resolves to it, or rejects with `CONFLICT`. */
    resolve?(options?: Cancel): Promise<Commit>;
    /** On `CONFLICT` from `refresh()`: the staged changes to be made again or dropped. */
    conflicts?: readonly ConflictingChange[];
  }
}

/** Attaches to an error what only this room knows. */
export function withDetails(
  error: InfinitreeError,
  details: Pick<InfinitreeError, 'resolve' | 'conflicts'>,
): InfinitreeError {
  return Object.assign(error, details);
}

export function toCommit(record: CommitRecord): Commit {
  return Object.freeze({
    id: toHex(record.id),
    sequence: record.sequence,
    time: new Date(record.time),
    message: record.message,
    parent: record.parent && toHex(record.parent),
    data: record.data === undefined ? undefined : readData(record.data),
  });
}

function readData(encoded: Uint8Array): unknown {
  const { value, plain } = decodeValue(encoded);
  return release(admitLoaded(value, plain));
}
