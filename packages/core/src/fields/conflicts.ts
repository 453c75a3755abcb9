import type { CanonicalKey } from '../codec/index-key.js';
import type { Changes, Delta } from './delta.js';

/**
 * Marks what other writers' changes pull the ground from under: the operations that were computed from what is now
 * different. Blind ones never conflict, and they shelter what was computed from them in the layers above.
 *
 * @param layers oldest first, the staged delta last
 */
export function markConflicts(layers: readonly Delta[], remote: Changes): void {
  if (!remote.cleared && remote.ops.size === 0) return;
  let changed = (key: CanonicalKey): boolean => remote.cleared || remote.ops.has(key);
  for (const layer of layers) {
    for (const [key, op] of layer.ops) {
      const lookedAtAll = layer.dependsOnField && op.kind === 'tombstone';
      if (op.depends && (lookedAtAll || changed(key))) layer.conflicts.add(key);
    }
    if (layer.cleared) return;
    const below = changed;
    changed = (key) => (layer.ops.has(key) ? layer.conflicts.has(key) : below(key));
  }
}
