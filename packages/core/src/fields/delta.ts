import type { CanonicalKey } from '../codec/index-key.js';

/** What is to become of one key. */
export interface StagedOp {
  readonly kind: 'value' | 'tombstone';
  /** In stored form; `undefined` for a tombstone. */
  readonly value: unknown;
  /** Whether it was computed from what lay below its delta. A blind one means the same whatever lies there. */
  readonly depends: boolean;
}

/** What {@link Delta} is to those who only read it. */
export interface Changes {
  /** Everything that lies below is gone; the operations come after that. */
  readonly cleared: boolean;
  readonly ops: ReadonlyMap<CanonicalKey, StagedOp>;
}

/**
 * The changes that one commit makes to one field: at most one operation a key, on top of an optional clear.
 *
 * Invariant: below a clear nothing can be seen, so where `cleared` is set no operation depends on anything.
 */
export class Delta implements Changes {
  readonly ops: Map<CanonicalKey, StagedOp>;
  /** The operations whose ground was changed by another writer; each is in `ops` and depends. */
  readonly conflicts: Set<CanonicalKey>;
  cleared: boolean;
  /** Whether somebody else reads `ops`: it must be copied before it is changed. */
  shared = false;

  constructor(from?: Delta) {
    this.ops = new Map(from?.ops);
    this.conflicts = new Set(from?.conflicts);
    this.cleared = from?.cleared ?? false;
  }

  get isEmpty(): boolean {
    return this.ops.size === 0 && !this.cleared;
  }

  get hasConflicts(): boolean {
    return this.conflicts.size > 0;
  }

  /** An operation that ignores what was there. It settles a conflict on the key. */
  putBlind(key: CanonicalKey, kind: StagedOp['kind'], value: unknown): void {
    this.ops.set(key, { kind, value, depends: false });
    this.conflicts.delete(key);
  }

  /** An operation computed from what the key held: it depends on what lies below, unless this delta itself put it there. */
  putComputed(key: CanonicalKey, kind: StagedOp['kind'], value: unknown): void {
    const depends = this.ops.get(key)?.depends ?? !this.cleared;
    this.ops.set(key, { kind, value, depends });
  }

  remove(key: CanonicalKey): void {
    this.ops.delete(key);
    this.conflicts.delete(key);
  }
}

/** The delta that does what `lower` and then `upper` do. Neither of them is changed. */
export function compose(lower: Delta, upper: Delta): Delta {
  if (upper.cleared || lower.isEmpty) return upper;
  if (upper.isEmpty) return lower;
  const both = new Delta(lower);
  for (const [key, op] of upper.ops) {
    const depends = op.depends && (lower.ops.get(key)?.depends ?? !lower.cleared);
    both.ops.set(key, depends === op.depends ? op : { ...op, depends });
    // What was computed from a conflicting operation conflicts too, even if the other writer came in between.
    if (depends && (upper.conflicts.has(key) || lower.conflicts.has(key))) both.conflicts.add(key);
    else both.conflicts.delete(key);
  }
  return both;
}
