import { fromCanonical } from '../../codec/canonical-key.js';
import type { TreeKeys } from '../../crypto/tree-keys.js';
import { InfinitreeError } from '../../errors.js';
import type { Changes } from '../../fields/delta.js';
import type { ObjectId } from '../../format/ids.js';
import type { BoundField } from '../bind.js';
import { type ConflictingChange, withDetails } from '../commit-info.js';
import { isOwnName } from '../own-name.js';
import type { Session } from '../session.js';
import { referencesIn } from './references.js';

/** The objects that staged changes refer to. */
export function* objectsIn(keys: TreeKeys, changes: Changes): Generator<ObjectId, void, undefined> {
  // Asked for its operations, a delta makes a map of its columns, which a bulk load should not have to wait for.
  const values = changes.columns?.values ?? [...changes.ops.values()].map(({ value }) => value);
  for (const value of values) for (const { objects } of referencesIn(keys, value)) yield* objects;
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
  if (conflicts.length === 0) return;
  const names = [...new Set(conflicts.map(({ field }) => field))].join('", "');
  const error = new InfinitreeError(
    'CONFLICT',
    `Another writer has cleared away garbage, and took for that what ${conflicts.length} staged values of "${names}" refer ` +
      'to: blobs or chunks that were stored before and not committed; see error.conflicts. Put them again, set these ' +
      'values anew, then commit.',
  );
  throw withDetails(error, { conflicts });
}
