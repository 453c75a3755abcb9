import { fromCanonical } from '../../codec/canonical-key.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import type { TreeKeys } from '../../crypto/tree-keys.js';
import { isInfinitreeError } from '../../errors.js';
import { admit, release } from '../../fields/values.js';
import type { ObjectWriter } from '../../object/object-writer.js';
import type { BoundField } from '../bind.js';
import { strategyFailed } from '../read/stored-values.js';
import type { Slices } from '../slices.js';
import type { Entries } from './block-plan.js';
import { putApart } from './sparse-writer.js';

/** Lets a user's strategy say what stands in the index for each value. */
export async function applyStrategy(
  bound: BoundField,
  strategy: NonNullable<BoundField['strategy']>,
  tree: TreeKeys,
  storage: ObjectWriter,
  slices: Slices,
  entries: Entries,
): Promise<Entries> {
  const { keys, kinds } = entries;
  const apart = { put: (value: unknown) => putApart(tree, storage, value) };
  const values = [...entries.values];
  for (let i = 0; i < keys.length; i++) {
    if ((kinds?.[i] ?? 0) !== 0) continue;
    const value = release(values[i], bound.store.keeping);
    try {
      values[i] = admit(await strategy.store(fromCanonical(keys[i] as CanonicalKey) as never, value, apart));
    } catch (cause) {
      throw isInfinitreeError(cause) ? cause : strategyFailed(bound, strategy.id, 'store', cause);
    }
    await slices.pause();
  }
  return { ...entries, values };
}
