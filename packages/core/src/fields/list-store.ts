import { toCanonical } from '../codec/canonical-key.js';
import type { CanonicalKey } from '../codec/index-key.js';
import type { Changes, Delta, StagedOp } from './delta.js';
import { FieldStore } from './field-store.js';
import type { ListEngine } from './list-engine.js';

/** Stands for the sequence of a commit that is yet to be made: it sorts behind every one. */
const UNCOMMITTED = Number.POSITIVE_INFINITY;

/**
 * The engine of append-only lists. Keys are (commit sequence, ordinal) and never places: so an element can be appended
 * without knowing how many there are, and it keeps its key whatever other writers have appended before it.
 *
 * Until its commit is made an element has a provisional key. It never occurs twice in a store: of two deltas in flight
 * the older one has the lower ones, and a delta whose commit failed goes below the newer ones as it is. That is why it
 * is only the copy written or settled that gets the final keys.
 */
export class ListStore extends FieldStore implements ListEngine {
  override readonly naming = 'place';
  #next = 0;
  /** The keys by place. Appended to by pushes: it would be costly to sort anew after each. */
  #order: CanonicalKey[] | undefined;
  #last: { readonly delta: Delta; readonly sequence: number; readonly changes: Changes } | undefined;

  push(make: () => readonly unknown[]): void {
    this.requireWritable();
    for (const value of make()) {
      const key = toCanonical([UNCOMMITTED, this.#next++]);
      this.set(key, () => value);
      this.#order?.push(key);
    }
  }

  valueAt(index: number): unknown {
    return this.get(this.keys()[index] ?? false);
  }

  valuesNow(): readonly unknown[] {
    return this.keys().map((key) => this.find(key));
  }

  /** The operations of a delta are in the order of their ordinals, since none is ever replaced or taken back. */
  override stored(delta: Delta, sequence: number): Changes {
    if (this.#last?.delta === delta && this.#last.sequence === sequence) return this.#last.changes;
    const ops = new Map<CanonicalKey, StagedOp>();
    let ordinal = 0;
    for (const op of delta.ops.values()) ops.set(toCanonical([sequence, ordinal++]), op);
    const changes = { cleared: delta.cleared, ops };
    this.#last = { delta, sequence, changes };
    return changes;
  }

  override settle(delta: Delta, sequence: number): void {
    super.settle(delta, sequence);
    this.#rename(this.stored(delta, sequence));
    this.#last = undefined;
  }

  protected override sortKeys(): readonly CanonicalKey[] {
    // A copy: what was loaded goes by the same array.
    this.#order ??= [...super.sortKeys()];
    return this.#order;
  }

  protected override dropCaches(): void {
    super.dropCaches();
    this.#order = undefined;
  }

  /** Puts the final keys of what was settled into the order: it comes right before all that is still pending. */
  #rename({ ops }: Changes): void {
    const { layers, cleared } = this.pending;
    if (this.#order === undefined || cleared) return;
    const pending = layers.reduce((sum, layer) => sum + layer.ops.size, 0);
    let place = this.#order.length - pending - ops.size;
    for (const key of ops.keys()) this.#order[place++] = key;
  }
}
