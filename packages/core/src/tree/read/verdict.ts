import { fromCanonical } from '../../codec/canonical-key.js';
import type { CanonicalKey, IndexKey } from '../../codec/index-key.js';
import { InfinitreeError } from '../../errors.js';

/** What a predicate says of a key: take it, leave it out, or end here. */
export type Verdict = boolean | 'take' | 'skip' | 'abort';

/** Asks a predicate. Anything but a verdict is refused: a forgotten `return` would silently leave everything out. */
export function admits(where: (key: IndexKey) => Verdict, key: CanonicalKey): boolean | 'abort' {
  const verdict: unknown = where(fromCanonical(key));
  if (verdict === true || verdict === 'take') return true;
  if (verdict === false || verdict === 'skip') return false;
  if (verdict === 'abort') return 'abort';
  throw new InfinitreeError('INVALID_ARGUMENT', 'A predicate returns a boolean, "take", "skip" or "abort".');
}
