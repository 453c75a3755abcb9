import type { CanonicalKey } from '../codec/index-key.js';
import { type Changes, Delta } from './delta.js';
import { FieldStore } from './field-store.js';
import { ABSENT } from './known.js';
import { sameValue } from './same-value.js';

/**
 * The engine of the fields that mean everything they hold at each commit. What they write is their difference to the
 * last commit, and so nothing where that is nothing. To know it they have to be loaded: every change needs that.
 *
 * Invariant: each staged operation changes what lies below it, and depends on it. There is no staged clear: it would
 * hide what the field held before, of which a later change may make up again.
 */
export class SnapshotStore extends FieldStore {
  override readonly isWhole = true;

  override set(key: CanonicalKey, make: () => unknown): void {
    this.requireChangeable();
    const value = make();
    this.dropConflict(key);
    this.compute(key, 'value', value);
  }

  override setOnce(key: CanonicalKey, value: unknown): void {
    this.set(key, () => value);
  }

  override insert(key: CanonicalKey, make: () => unknown): unknown {
    this.requireChangeable();
    return super.insert(key, make);
  }

  override update(key: CanonicalKey, fn: (value: unknown) => unknown): unknown {
    this.requireChangeable();
    return super.update(key, fn);
  }

  override delete(key: CanonicalKey): void {
    this.requireChangeable();
    this.dropConflict(key);
    this.compute(key, 'tombstone', undefined);
  }

  override clear(): void {
    this.requireChangeable();
    // Not to be computed from what others have changed: nothing of it is left.
    this.dropConflicts();
    for (const key of this.keys()) this.compute(key, 'tombstone', undefined);
  }

  override retain(keep: (key: CanonicalKey, value: unknown) => boolean): void {
    this.requireChangeable();
    super.retain(keep);
  }

  /** What was staged on top of a commit that failed may now be what was there before. */
  override restore(delta: Delta): void {
    super.restore(delta);
    for (const key of [...this.delta.ops.keys()]) this.#dropIfSame(key);
  }

  /** The difference, or everything where that is less. */
  override written(delta: Delta, sequence: number): Changes {
    const stored = this.stored(delta, sequence);
    if (!hasTombstone(stored)) return stored;
    const everything = this.#everythingUpTo(delta, stored.ops.size);
    return everything === undefined ? stored : everything;
  }

  protected override compute(key: CanonicalKey, kind: 'value' | 'tombstone', value: unknown): void {
    super.compute(key, kind, value);
    this.#dropIfSame(key);
  }

  protected requireChangeable(): void {
    this.requireWritable();
    this.requireAll('whole');
  }

  /** Takes back what is staged for a key where it changes nothing; what is read stays the same. */
  #dropIfSame(key: CanonicalKey): void {
    const op = this.delta.ops.get(key);
    if (op === undefined) return;
    const below = this.findBelowStaged(key);
    const same = op.kind === 'tombstone' ? below === ABSENT : below !== ABSENT && this.#isSame(op.value, below);
    if (same) this.pending.edit().remove(key);
  }

  #isSame(staged: unknown, below: unknown): boolean {
    // What is not frozen may have been changed in place, and handed back to have that saved.
    if (this.keeping.freeze === false && staged === below && typeof staged === 'object' && staged !== null)
      return false;
    return sameValue(staged, below);
  }

  /** All that the field holds with a delta in flight and those below it; `undefined` where it is not less than `limit`. */
  #everythingUpTo(delta: Delta, limit: number): Changes | undefined {
    // At least so much is left of what is committed: usually that is enough to know.
    const layers = this.pending.layers.slice(0, this.pending.layers.indexOf(delta) + 1);
    const changed = layers.reduce((sum, { ops }) => sum + ops.size, 0);
    if (this.committed.state !== 'loaded' || this.committed.size - changed >= limit) return undefined;
    const all = new Delta();
    all.cleared = true;
    for (const key of this.committed.keys) all.putBlind(key, 'value', this.committed.find(key));
    for (const { ops } of layers) {
      for (const [key, op] of ops) {
        if (op.kind === 'value') all.putBlind(key, 'value', op.value);
        else all.remove(key);
      }
    }
    return all.ops.size < limit ? all : undefined;
  }
}

function hasTombstone({ ops }: Changes): boolean {
  for (const op of ops.values()) if (op.kind === 'tombstone') return true;
  return false;
}
