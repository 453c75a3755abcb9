import { fromCanonical } from '../../codec/canonical-key.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { readmit, release } from '../../fields/values.js';
import type { BoundField } from '../bind.js';
import type { Migration } from '../migration.js';

/** What a reader gets for a stored value. An element of a set is its own value, as in a `Set`. */
export function shownValue(bound: BoundField, key: CanonicalKey, stored: unknown): unknown {
  return bound.kind === 'set' ? fromCanonical(key) : release(stored, bound.store.keeping);
}

/**
 * A value as the field holds it, of one that comes from storage, by way of its migration if the field was moved. Throws
 * `SCHEMA` where it does not fit the field's declaration.
 */
export function heldValue(bound: BoundField, key: CanonicalKey, stored: unknown, migration?: Migration): unknown {
  if (migration !== undefined) return migration.convert(stored);
  const { keeping } = bound.store;
  if (bound.kind !== 'set') return readmit(stored, keeping);
  keeping.shape?.check(fromCanonical(key));
  return stored;
}

/** Whether `heldValue` gives back what it is given. */
export function isHeldAsStored({ store }: BoundField): boolean {
  const { freeze = true, shape } = store.keeping;
  return freeze && shape === undefined;
}
