import type { CanonicalKey } from '../codec/index-key.js';
import { compareCanonical } from '../codec/key-order.js';

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
  /** The same operations as columns, where all are values and their keys ascend. */
  readonly columns?: Columns | undefined;
}

/** Values by keys that ascend. */
export interface Columns {
  readonly keys: readonly CanonicalKey[];
  readonly values: readonly unknown[];
}

/**
 * The changes that one commit makes to one field: at most one operation a key, on top of an optional clear.
 *
 * Invariant: below a clear nothing can be seen, so where `cleared` is set no operation depends on anything.
 */
export class Delta implements Changes {
  /** The operations whose ground was changed by another writer; each is in `ops` and depends. */
  readonly conflicts: Set<CanonicalKey>;
  cleared: boolean;
  /** Whether somebody else reads `ops`: it must be copied before it is changed. */
  shared = false;
  #ops: Map<CanonicalKey, StagedOp> | undefined;
  // Bulk loads come in key order. As long as they do, two arrays hold all there is to know, in a fraction of the time
  // that a map of operations takes; whoever asks for one key of them, or for the operations, makes them a map.
  #keys: CanonicalKey[] = [];
  #values: unknown[] = [];
  #depends = false;

  constructor(from?: Delta) {
    if (from !== undefined && !from.isEmpty) this.#ops = new Map(from.ops);
    this.conflicts = new Set(from?.conflicts);
    this.cleared = from?.cleared ?? false;
  }

  get ops(): Map<CanonicalKey, StagedOp> {
    if (this.#ops === undefined) {
      this.#ops = new Map();
      for (const [i, key] of this.#keys.entries()) {
        this.#ops.set(key, { kind: 'value', value: this.#values[i], depends: this.#depends });
      }
      this.#keys = [];
      this.#values = [];
    }
    return this.#ops;
  }

  get columns(): Columns | undefined {
    return this.#ops === undefined ? { keys: this.#keys, values: this.#values } : undefined;
  }

  get isEmpty(): boolean {
    return (this.#ops?.size ?? this.#keys.length) === 0 && !this.cleared;
  }

  /** The operation on a key. */
  find(key: CanonicalKey): StagedOp | undefined {
    return this.#isBehindAll(key) ? undefined : this.ops.get(key);
  }

  #isBehindAll(key: CanonicalKey): boolean {
    if (this.#ops !== undefined) return false;
    const last = this.#keys.at(-1);
    return last === undefined || compareCanonical(last, key) < 0;
  }

  #put(key: CanonicalKey, kind: StagedOp['kind'], value: unknown, depends: boolean): void {
    const fits = kind === 'value' && (this.#keys.length === 0 || depends === this.#depends);
    if (fits && this.#isBehindAll(key)) {
      this.#depends = depends;
      this.#keys.push(key);
      this.#values.push(value);
      return;
    }
    this.ops.set(key, { kind, value, depends });
  }

  get hasConflicts(): boolean {
    return this.conflicts.size > 0;
  }

  /** An operation that ignores what was there. It settles a conflict on the key. */
  putBlind(key: CanonicalKey, kind: StagedOp['kind'], value: unknown): void {
    this.#put(key, kind, value, false);
    if (this.conflicts.size > 0) this.conflicts.delete(key);
  }

  /** An operation computed from what the key held: it depends on what lies below, unless this delta itself put it there. */
  putComputed(key: CanonicalKey, kind: StagedOp['kind'], value: unknown): void {
    this.#put(key, kind, value, this.find(key)?.depends ?? !this.cleared);
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
