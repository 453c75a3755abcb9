import { Copied } from '../codec/copied.js';
import { copyValue } from '../codec/copy-value.js';
import { explain } from '../codec/explain-value.js';
import { deepFreeze } from '../codec/freeze.js';
import { FOUND, inspect } from '../codec/value-kind.js';
import type { Shape } from './shape.js';

export { Copied };

/** How a field keeps its values. */
export interface Keeping {
  /** Whether values are frozen, and copied where freezing does not help. `true` unless told. */
  readonly freeze?: boolean;
  /** What the field's declaration says of them. */
  readonly shape?: Shape;
}

/**
 * What a field keeps for a value it is given: the value itself, its objects and arrays frozen in place, the caller's own
 * included; or a private copy in a box where there is a Date, Map, Set or bytes. Throws `INVALID_ARGUMENT`, before
 * anything is frozen, for what cannot be stored.
 *
 * Copying every value instead was rejected: it costs several times as much, and the caller's object would differ from
 * the stored one without a word when it is changed later.
 */
export function admit(value: unknown, { freeze = true, shape }: Keeping = {}): unknown {
  const plain = shape === undefined ? value : shape.take(value);
  const found = inspect(plain);
  if ((found & FOUND.invalid) !== 0) throw explain(plain, found);
  return freeze ? keep(plain, found) : plain;
}

/** As {@link admit}, for what a field has stored: it may be older than what the field's declaration says now. */
export function readmit(stored: unknown, keeping: Keeping): unknown {
  const { freeze = true, shape } = keeping;
  const own = freeze ? stored : unfrozen(stored);
  if (shape === undefined) return own;
  const released = release(own, { freeze });
  const plain = shape.check(released);
  return plain === released ? own : admit(plain, { freeze });
}

/** Decoded values are kept for other readers, and for what is to be written of the past: what may be changed is a copy. */
function unfrozen(stored: unknown): unknown {
  return copyValue(stored instanceof Copied ? stored.value : stored);
}

/** As {@link admit}, for a value that was just decoded, of whatever field. `plain`: there is nothing in it to box. */
export function admitLoaded(value: unknown, plain: boolean): unknown {
  // Plain values are frozen when they are first read: most of what is loaded never is.
  if (plain || typeof value !== 'object' || value === null) return value;
  // What another implementation made larger than ours would is not looked at to its end.
  return (inspect(value) & (FOUND.rich | FOUND.invalid)) === 0 ? value : new Copied(value);
}

/** What a reader gets for what a field keeps: frozen; for a box, a copy of what is in it. */
export function release(stored: unknown, { freeze = true, shape }: Keeping = {}): unknown {
  if (typeof stored !== 'object' || stored === null) return stored;
  const plain = releasePlain(stored, freeze);
  return shape === undefined ? plain : shape.give(plain, freeze);
}

function releasePlain(stored: object, freeze: boolean): unknown {
  if (stored instanceof Copied) return deepFreeze(copyValue(stored.value));
  // Whoever froze the outermost object here froze everything within it first.
  return !freeze || Object.isFrozen(stored) ? stored : deepFreeze(stored);
}

function keep(value: unknown, found: number): unknown {
  if ((found & FOUND.rich) !== 0) return new Copied(copyValue(value));
  if (typeof value !== 'object' || value === null) return value;
  return (found & FOUND.nested) === 0 ? Object.freeze(value) : deepFreeze(value);
}
