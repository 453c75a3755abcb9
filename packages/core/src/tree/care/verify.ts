import type { Cancel } from '../../backend/backend.js';
import { sameBytes } from '../../bytes/compare.js';
import { type InfinitreeError, isInfinitreeError, throwIfAborted } from '../../errors.js';
import type { BoundField } from '../bind.js';
import type { Session } from '../session.js';
import type { Snapshot } from '../snapshot.js';
import { Verification } from './verification.js';
import type { VerifyOptions, VerifyReport } from './verify-report.js';

/** How often the walk is begun again when a writer replaces objects meanwhile. */
const ATTEMPTS = 8;

/**
 * Checks everything that the newest state reaches, and collects all that is wrong instead of ending at the first. Where that
 * state does not open, the given one is checked, which may be older. Beside a writer that replaces objects it begins again.
 */
export async function verifyTree(
  session: Session,
  snapshot: Snapshot,
  fields: readonly BoundField[],
  options: VerifyOptions,
): Promise<VerifyReport> {
  throwIfAborted(options.signal, 'Verifying the tree');
  for (let attempt = 1; ; attempt++) {
    const { newest, error } = await newestOf(session, options);
    const state = newest ?? snapshot;
    const verification = new Verification(session, options);
    if (error !== undefined) verification.unopened(error);
    await session.pinned(() => verification.run(state));
    if (verification.missesObjects && attempt < ATTEMPTS) {
      const after = await newestOf(session, options);
      if (after.newest !== undefined && !sameBytes(after.newest.position.hash, state.position.hash)) continue;
    }
    return verification.report(fields);
  }
}

/** The newest state, or why it does not open. */
async function newestOf(
  session: Session,
  options: Cancel,
): Promise<{ readonly newest?: Snapshot | undefined; readonly error?: InfinitreeError }> {
  try {
    return { newest: await session.newest(options) };
  } catch (error) {
    if (!isInfinitreeError(error, 'CORRUPT')) throw error;
    return { error };
  }
}
