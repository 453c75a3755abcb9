import type { Cancel } from '../backend/backend.js';
import { toHex } from '../bytes/hex.js';
import { InfinitreeError } from '../errors.js';
import type { Commit } from './commit-info.js';
import { commitRecords } from './log.js';
import type { CommitRecord } from './records/commit.js';
import type { Session } from './session.js';
import type { Snapshot } from './snapshot.js';

/** What names a commit: its id or a unique beginning of it, `HEAD`, `HEAD~n`, a time, or the commit itself. */
export type Ref = string | Date | Commit;

/** Which commits a load takes into account. */
export type CommitFilter = { readonly single: Ref } | { readonly upTo: Ref } | { readonly range: readonly [Ref, Ref] };

const HEAD = /^HEAD(?:~(\d{1,15}))?$/;
const PREFIX = /^[0-9a-f]{4,64}$/i;

/**
 * The commit that a reference names. Throws `INVALID_ARGUMENT` where it names none, or more than one. A time names the
 * last commit at or before it.
 */
export async function resolveRef(
  session: Session,
  snapshot: Snapshot,
  ref: Ref,
  options: Cancel,
): Promise<CommitRecord> {
  const matches = matcher(ref, snapshot);
  let found: CommitRecord | undefined;
  for await (const record of commitRecords(session, snapshot, options)) {
    if (!matches.test(record)) continue;
    if (!matches.unique) return record;
    if (found !== undefined) throw invalid(`${describe(ref)} is the beginning of more than one commit id`);
    found = record;
  }
  if (found === undefined) throw invalid(`There is no commit ${describe(ref)}`);
  return found;
}

interface Matcher {
  test(record: CommitRecord): boolean;
  /** Whether the whole log has to be searched for a second match. */
  readonly unique: boolean;
}

function matcher(ref: Ref, snapshot: Snapshot): Matcher {
  if (ref instanceof Date) {
    const time = ref.getTime();
    if (Number.isNaN(time)) throw invalid('The date is invalid');
    return { unique: false, test: (record) => record.time <= time };
  }
  const text: unknown = typeof ref === 'object' ? (ref as Commit | null)?.id : ref;
  if (typeof text !== 'string') throw invalid('A reference is a string, a Date or a Commit');
  const head = HEAD.exec(text);
  if (head !== null) {
    const wanted = (snapshot.last?.sequence ?? 0) - Number(head[1] ?? 0);
    return { unique: false, test: (record) => record.sequence === wanted };
  }
  if (!PREFIX.test(text))
    throw invalid(`${describe(ref)} is no commit id (at least 4 hex digits of one), HEAD or HEAD~n`);
  const prefix = text.toLowerCase();
  return { unique: prefix.length < 64, test: (record) => toHex(record.id).startsWith(prefix) };
}

function describe(ref: Ref): string {
  if (ref instanceof Date) return `at or before ${ref.toISOString()}`;
  return JSON.stringify(typeof ref === 'object' ? ref.id : ref);
}

function invalid(what: string): InfinitreeError {
  return new InfinitreeError('INVALID_ARGUMENT', `${what}. Use tree.log() to see the commits there are.`);
}
