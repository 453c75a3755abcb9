import { fromCanonical } from '../../codec/canonical-key.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { release } from '../../fields/values.js';
import type { BoundField } from '../bind.js';

/** What a reader gets for a stored value. An element of a set is its own value, as in a `Set`. */
export function shownValue(bound: BoundField, key: CanonicalKey, stored: unknown): unknown {
  return bound.kind === 'set' ? fromCanonical(key) : release(stored, bound.store.keeping);
}
