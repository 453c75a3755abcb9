import type { Backend } from '../../backend/backend.js';
import { openBackend } from '../../backend/registry.js';
import { InfinitreeError, throwIfAborted } from '../../errors.js';
import { checkOptions, isBackend } from '../check-options.js';
import type { Infinitree } from '../infinitree.js';
import { partsOf } from '../tree-parts.js';
import type { CopyOptions, CopyReport } from './copy-report.js';
import { Copying } from './copying.js';

/**
 * Copies a tree into another storage, of whichever kind: all commits with their ids, all fields and blobs, and all
 * keys: it opens there with the same ones. Objects are copied as they are, and every tag in them is checked on the
 * way. What is staged and not committed is not copied.
 *
 * Without `move` there are two trees from then on. They have the same keys, and their `fork` tells them apart. With `move`
 * the source ends: what was committed until then is in the target, and nothing can be committed to the source any more, by
 * any process; it can still be opened for reading.
 *
 * Make the call again where it was interrupted: it goes on where it was, and reads again what is there. Until it has
 * resolved there is no tree in the target. A URL as the target is opened and closed by the call. `done` of the progress
 * counts objects that are in the target, `total` those known of so far.
 *
 * Throws `EXISTS` where the target has a tree of this key, `CORRUPT` where the source is damaged (nothing is copied by
 * halves), `BACKEND`, `ABORTED`; with `move` also `READONLY` and `CONFLICT` as `commit()` does.
 *
 * @example
 * const { head } = await copyTree(tree, 's3://bucket/weather', { move: true });
 * await tree.close();
 */
export async function copyTree<T extends object>(
  tree: Infinitree<T>,
  target: Backend | string | URL,
  options: CopyOptions = {},
): Promise<CopyReport> {
  checkOptions(options);
  const { session, committer } = partsOf(tree);
  session.requireOpen();
  const { snapshot } = session;
  const isAddress = typeof target === 'string' || target instanceof URL;
  if (!isAddress && !isBackend(target)) {
    throw new InfinitreeError('INVALID_ARGUMENT', 'The target of a copy is a backend, or the URL of one.');
  }
  throwIfAborted(options.signal, 'Copying the tree');
  const backend = isAddress ? await openBackend(target, options) : target;
  try {
    return await new Copying(session, committer, snapshot, backend, options).run();
  } finally {
    if (isAddress) await backend.close();
  }
}
