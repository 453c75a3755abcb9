import type { CanonicalKey } from '../codec/index-key.js';
import type { Changes, Delta } from './delta.js';

/**
 * Marks what other writers' changes pull the ground from under: the operations that were computed from what is now
 * different. Blind ones never conflict, and they shelter what was computed from them in the layers above.
 *
 * @param layers oldest first, the staged delta last
 * @param whole whether every operation that depends was computed from the whole field
 */
export function markConflicts(layers: readonly Delta[], remote: Changes, whole = false): void {
  if (!remote.cleared && remote.ops.size === 0) return;
  // Whether what `key` was computed from is different now; for who looked at the whole field, any change is.
  let moved = (key: CanonicalKey, all: boolean): boolean => all || remote.cleared || remote.ops.has(key);
  for (const layer of layers) {
    const below = moved;
    for (const [key, op] of layer.ops) {
      // `delete` is blind: a tombstone that depends is a `retain`'s, and that looked at all there was.
      if (op.depends && below(key, whole || op.kind === 'tombstone')) layer.conflicts.add(key);
    }
    if (layer.cleared) return;
    moved = (key, all) => {
      const op = layer.ops.get(key);
      if (op === undefined) return below(key, all);
      return op.depends && (layer.conflicts.has(key) || below(key, all));
    };
  }
}
