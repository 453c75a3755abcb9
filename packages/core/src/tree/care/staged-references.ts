import { fromCanonical } from '../../codec/canonical-key.js';
import type { TreeKeys } from '../../crypto/tree-keys.js';
import { InfinitreeError } from '../../errors.js';
import type { Changes } from '../../fields/delta.js';
import { idBytes } from '../../format/id-bytes.js';
import type { ObjectId } from '../../format/ids.js';
import type { BoundField } from '../bind.js';
import { type ConflictingChange, withDetails } from '../commit-info.js';
import { isOwnName } from '../own-name.js';
import type { MovedObjects } from '../read/moved-objects.js';
import type { Session } from '../session.js';
import type { StagedField } from '../write/job.js';
import { type Reference, referencesIn } from './references.js';

/** What staged changes refer to. */
export function* stagedReferences(keys: TreeKeys, changes: Changes): Generator<Reference, void, undefined> {
  // Asked for its operations, a delta makes a map of its columns, which a bulk load should not have to wait for.
  const values = changes.columns?.values ?? [...changes.ops.values()].map(({ value }) => value);
  for (const value of values) yield* referencesIn(keys, value);
}

/**
 * Refuses staged references to blobs and chunks that another writer's sweep may have taken: they were stored before it,
 * and no head reached them. What only this library has staged, the contents of blobs, is dropped without a word.
 */
export function refuseSwept({ begun, context, snapshot }: Session, fields: readonly BoundField[]): void {
  const { sweepSequence } = snapshot.care;
  if (!begun.anySwept(sweepSequence)) return;
  const conflicts: ConflictingChange[] = [];
  for (const { store, identity, property } of fields) {
    if (isOwnName(identity.name)) {
      store.discard();
      continue;
    }
    for (const [key, { value }] of store.delta.ops) {
      const objects = [...referencesIn(context.keys, value)].flatMap((reference) => reference.objects);
      if (objects.some((object) => begun.isSwept(object, sweepSequence))) {
        conflicts.push({ field: property, key: fromCanonical(key) });
      }
    }
  }
  if (conflicts.length > 0) throw gone('Another writer has cleared away garbage', conflicts);
}

/**
 * Refuses staged references to chunks that were not committed when the object they share with others was sealed again under
 * later keys: nobody could tell that they were there, and they are deleted with what is left of it.
 */
export async function refuseLeftBehind(
  { begun, context, moved }: Pick<Session, 'begun' | 'context' | 'moved'>,
  staged: readonly StagedField[],
): Promise<void> {
  const conflicts: ConflictingChange[] = [];
  for (const { bound, delta } of staged) {
    const { columns } = delta;
    const keys = columns?.keys ?? [...delta.ops.keys()];
    const values = columns?.values ?? [...delta.ops.values()].map(({ value }) => value);
    for (const [i, key] of keys.entries()) {
      for (const reference of referencesIn(context.keys, values[i])) {
        const isGone = await isLeftBehind(moved, reference, (object) => begun.hasUncommitted(object));
        if (isGone) conflicts.push({ field: bound.property, key: fromCanonical(key) });
      }
    }
  }
  if (conflicts.length > 0) throw gone('The tree was given new keys', conflicts);
}

/** Whether a reference is to a chunk that did not go along with its object. */
export async function isLeftBehind(
  moved: MovedObjects,
  { objects, pointers }: Pick<Reference, 'objects' | 'pointers'>,
  hasUncommitted: (object: ObjectId) => boolean,
): Promise<boolean> {
  for (const { object, offset } of pointers) {
    const found = await moved.find(object);
    if (found !== undefined && found.find(offset) === undefined) return true;
  }
  if (pointers.length > 0) return false;
  // An id does not say which chunk of its object is meant. What others have written is taken for what was committed.
  for (const object of objects) if (hasUncommitted(object) && (await moved.find(idBytes(object)))) return true;
  return false;
}

function gone(why: string, conflicts: readonly ConflictingChange[]): InfinitreeError {
  const names = [...new Set(conflicts.map(({ field }) => field))].join('", "');
  const error = new InfinitreeError(
    'CONFLICT',
    `${why}, which took away what ${conflicts.length} staged values of "${names}" refer to: blobs or chunks that were stored ` +
      'before and not committed; see error.conflicts. Put them again, set these values anew, then commit.',
  );
  return withDetails(error, { conflicts });
}
