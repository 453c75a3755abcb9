import type { Cancel } from '../backend/backend.js';
import { fromCanonical } from '../codec/canonical-key.js';
import type { CanonicalKey } from '../codec/index-key.js';
import { InfinitreeError, isInfinitreeError } from '../errors.js';
import type { RemoteChange } from '../fields/field-data.js';
import { isMissingObject } from '../object/missing.js';
import type { BoundField } from './bind.js';
import { checkOptions } from './check-options.js';
import { type ConflictingChange, withDetails } from './commit-info.js';
import { lastSequence } from './empty-field.js';
import { moveReason } from './migration.js';
import { TOMBSTONE } from './read/inline-table.js';
import { scan } from './read/scan.js';
import { heldValue } from './read/shown.js';
import type { StoredEntry } from './read/stored-values.js';
import { clearedAt } from './read/window.js';
import type { CommitRecord } from './records/commit.js';
import { checkNotOlder } from './rollback.js';
import { settleIn } from './rotation/finish.js';
import type { Session } from './session.js';
import { fieldKey, type Snapshot, sequenceOf } from './snapshot.js';
import type { Committer } from './write/committer.js';

export interface RefreshOptions extends Cancel {
  /** What becomes of staged changes whose ground others have changed: reported as `CONFLICT` (the default) or dropped. */
  readonly onConflict?: 'report' | 'drop' | undefined;
}

export function checkRefresh(options: RefreshOptions): void {
  checkOptions(options);
  const { onConflict = 'report' } = options;
  if (['report', 'drop'].includes(onConflict)) return;
  throw new InfinitreeError('INVALID_ARGUMENT', 'The option "onConflict" is "report" or "drop".');
}

/** What other writers did to one field since the state before. */
interface RemoteChanges {
  readonly bound: BoundField;
  readonly cleared: boolean;
  readonly changes: readonly (readonly [CanonicalKey, RemoteChange])[];
}

/**
 * Moves a session to the newest state. All changes are read before any field is touched, so that a failure in between
 * leaves everything as it was.
 *
 * `seen`: a later state that storage has shown meanwhile. It is only begun anew for one, or a storage that shows two in
 * turns would keep it going for ever.
 */
export async function refreshTree(
  session: Session,
  fields: readonly BoundField[],
  options: RefreshOptions,
  committer: Pick<Committer, 'settles' | 'refreshed'>,
  seen?: Snapshot,
): Promise<CommitRecord | undefined> {
  const before = session.snapshot;
  const newest = await newestOf(session, before, options);
  if (seen !== undefined) checkNotOlder(seen, newest);
  if (await committer.settles(newest, options)) return refreshTree(session, fields, options, committer);
  const known = sequenceOf(before);
  const found: RemoteChanges[] = [];
  const dormant = fields.filter(({ store }) => store.isDormant);
  try {
    for (const bound of fields) {
      if (dormant.includes(bound)) continue;
      found.push(await remoteChanges(session, bound, before, newest, options));
    }
  } catch (error) {
    if (!isMissingObject(error)) throw error;
    // Folding may have replaced it since: then a later head stands.
    return refreshTree(session, fields, options, committer, await session.relocate(newest, error));
  }
  // A commit of our own came in between, which what was read may lack; or a load of the state before has begun.
  if (session.snapshot !== before || dormant.some(({ store }) => !store.isDormant))
    return refreshTree(session, fields, options, committer);
  session.snapshot = newest;
  session.rotating = undefined;
  committer.refreshed();
  const conflicts = undoMoves(session, known);
  for (const { bound, cleared, changes } of found) {
    const keys = bound.store.applyRemote(changes, cleared);
    if (options.onConflict === 'drop') bound.store.dropConflicts();
    else conflicts.push(...keys.map((key) => ({ field: bound.property, key: fromCanonical(key) })));
  }
  if (conflicts.length > 0) throw conflicting(conflicts);
  return sequenceOf(newest) > known ? newest.last : undefined;
}

/** The newest state, of whichever key epoch. */
async function newestOf(session: Session, before: Snapshot, options: Cancel): Promise<Snapshot> {
  const newest = await session.newest(options);
  checkNotOlder(before, newest);
  return session.readonly === undefined ? settleIn(session, newest, options) : newest;
}

/** A move that was staged before others changed the old field would lose what they did: it is begun anew by a load. */
function undoMoves(session: Session, known: number): ConflictingChange[] {
  const conflicts: ConflictingChange[] = [];
  for (const [bound, from] of session.moves) {
    const old = session.snapshot.fields.get(fieldKey(from));
    if (old === undefined || lastSequence(old) <= known) continue;
    bound.store.discard();
    bound.store.unload();
    bound.store.setMustLoad(moveReason(bound));
    session.moves.delete(bound);
    conflicts.push({ field: bound.property, key: undefined });
  }
  return conflicts;
}

async function remoteChanges(
  session: Session,
  bound: BoundField,
  before: Snapshot,
  newest: Snapshot,
  options: Cancel,
): Promise<RemoteChanges> {
  const sources = newest.fields.get(fieldKey(bound.identity));
  const window = { from: sequenceOf(before) + 1, to: sequenceOf(newest) };
  if (sources === undefined || window.from > window.to) return { bound, cleared: false, changes: [] };
  const changes: (readonly [CanonicalKey, RemoteChange])[] = [];
  for await (const { keys, values, kinds } of scan(session.blocks, sources, window, {}, options.signal)) {
    for (const [i, key] of keys.entries()) {
      const kind = kinds?.[i];
      changes.push([
        key,
        kind === TOMBSTONE
          ? { kind: 'tombstone' }
          : await remoteValue(session, bound, { key, kind, stored: values.at(i) }),
      ]);
    }
  }
  return { bound, cleared: clearedAt(sources.clears, window) > 0, changes };
}

/** Who only writes to a split tree cannot read values apart, and goes on without them. */
async function remoteValue(
  session: Session,
  bound: BoundField,
  { key, kind, stored }: StoredEntry,
): Promise<RemoteChange> {
  try {
    return { kind: 'value', value: heldValue(bound, key, await session.values.get(bound, key, kind, stored)) };
  } catch (error) {
    if (session.context.keys.readsStorage || !isInfinitreeError(error, 'UNSUPPORTED')) throw error;
    return { kind: 'unread' };
  }
}

function conflicting(conflicts: readonly ConflictingChange[]): InfinitreeError {
  const names = [...new Set(conflicts.map(({ field }) => field))].join('", "');
  const error = new InfinitreeError(
    'CONFLICT',
    `${conflicts.length} staged changes of "${names}" were computed from what another writer has changed since; see ` +
      'error.conflicts. Make them again, or drop them with refresh({ onConflict: "drop" }).',
  );
  return withDetails(error, { conflicts });
}
