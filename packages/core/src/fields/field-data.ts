import type { CanonicalKey } from '../codec/index-key.js';
import { compareCanonical } from '../codec/key-order.js';
import type { FieldState } from '../index/field-types.js';
import { Committed, type Coverage, type LoadedEntries, type LoadToken } from './committed.js';
import { markConflicts } from './conflicts.js';
import { type Changes, Delta } from './delta.js';
import { ABSENT, type Known, UNKNOWN } from './known.js';
import { Pending } from './pending.js';

/** What is known of a key without asking storage. */
export type Peeked = { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'absent' };

/** What other writers did to a key. `unread`: it has a value, which cannot be read here. */
export type RemoteChange =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'tombstone' }
  | { readonly kind: 'unread' };

/**
 * The data of one field as the tree handles it: what is committed, as far as it is in memory, and the deltas on top.
 *
 * Invariants: a read goes through the layers from the top (staged, in flight, committed) and ends at the first that
 * knows. Swapping, settling and restoring move changes between layers and never change what a read gives, except that
 * a field that is not loaded, or shows the past, forgets what it settled. The caches belong to a field that is fully
 * known and are dropped by whatever may change the view from below.
 *
 * What a commit filter loads is never laid into `committed`: other writers' commits would be applied to it, and a
 * snapshot field would compute what it writes from it.
 */
export class FieldData {
  /** Whether the field means all that it holds: it is loaded as a whole, and who changes it has seen the whole. */
  readonly isWhole: boolean = false;
  protected readonly committed = new Committed();
  protected readonly pending = new Pending();
  /** What shows below the pending changes: what is committed, or what a commit filter took of it. */
  #shown = this.committed;
  #size: number | undefined;
  #sorted: readonly CanonicalKey[] | undefined;
  #revision = 0;

  /** `loaded` also where a staged clear makes the rest irrelevant: whether reads work is what this tells. */
  get state(): FieldState {
    return this.pending.cleared ? 'loaded' : this.#shown.state;
  }

  /** Whether it is the past that shows, for as long as the field is not loaded without a commit filter. */
  get showsPast(): boolean {
    return this.#shown !== this.committed;
  }

  /** Another number whenever a read may give something else than before. */
  get revision(): number {
    return this.#revision;
  }

  /** The staged delta, to be looked at. */
  get delta(): Delta {
    return this.pending.staged;
  }

  /** Whether any change is staged or in flight whose ground another writer changed. */
  get hasConflicts(): boolean {
    return this.pending.hasConflicts;
  }

  /** Whether nothing of the field is in memory, pending or being loaded: what other writers do does not concern it. */
  get isDormant(): boolean {
    return this.committed.state === 'none' && this.pending.isEmpty && !this.committed.isLoading;
  }

  /** Makes the field an empty one that is known to be empty, as in a fresh tree. */
  markLoaded(): void {
    this.committed.markLoaded();
    this.dropCaches();
  }

  /** Moves the staged delta on its way to storage, in O(1). `undefined` when nothing is staged. */
  swap(): Delta | undefined {
    return this.pending.swap();
  }

  /** What a delta is once it is committed with this sequence. A field whose keys depend on it gives them here. */
  stored(delta: Delta, _sequence: number): Changes {
    return delta;
  }

  /** What is written for a delta: anything that does the same as `stored`. Asked while the delta is in flight. */
  written(delta: Delta, sequence: number): Changes {
    return this.stored(delta, sequence);
  }

  /** The delta, the oldest in flight, is committed with this sequence. */
  settle(delta: Delta, sequence: number): void {
    this.pending.settle(delta);
    this.committed.applyOwn(this.stored(delta, sequence));
    if (this.showsPast || this.committed.state === 'none') this.dropCaches();
  }

  /** The commit of the delta failed: its changes are staged again, below the newer ones. */
  restore(delta: Delta): void {
    this.pending.restore(delta);
  }

  /** To be called before the state that is read is chosen; ends with `finishLoad` or `cancelLoad`. */
  beginLoad(): LoadToken {
    return this.committed.beginLoad();
  }

  cancelLoad(load: LoadToken): void {
    this.committed.cancelLoad(load);
  }

  /**
   * Lays committed data under all newer changes. What is given is the field's from now on: a `Map` is not copied.
   *
   * @param sortedKeys all keys of the entries in key order, where they are at hand
   */
  finishLoad(load: LoadToken, entries: LoadedEntries, coverage: Coverage, sortedKeys?: readonly CanonicalKey[]): void {
    const isNew = this.committed.finishLoad(load, entries, coverage);
    if (!isNew && !this.showsPast) return;
    this.#shown = this.committed;
    this.dropCaches();
    if (isNew && coverage === 'all' && load.since.length === 0 && this.pending.isEmpty) this.#sorted = sortedKeys;
  }

  /** Ends a load of what some commits said: that shows in place of the present, which is forgotten. */
  showPast(load: LoadToken, entries: LoadedEntries, coverage: Coverage): void {
    this.cancelLoad(load);
    this.committed.forget();
    this.#shown = new Committed();
    this.#shown.finishLoad(this.#shown.beginLoad(), entries, coverage);
    this.dropCaches();
  }

  /** What is staged or in flight for a key; `undefined` means that storage has to be asked. */
  peek(key: CanonicalKey): Peeked | undefined {
    const known = this.pending.find(key);
    if (known === UNKNOWN) return undefined;
    return known === ABSENT ? { kind: 'absent' } : { kind: 'value', value: known };
  }

  /** All that is staged or in flight, as it is now and stays. */
  overlay(): Changes {
    return this.pending.overlay();
  }

  /**
   * Lays newer commits of other writers under the pending changes. Returns the staged keys that conflict by now. Where one of
   * their values cannot be read, the field forgets what is committed, rather than show what is not there any more.
   */
  applyRemote(changes: Iterable<readonly [CanonicalKey, RemoteChange]>, cleared: boolean): CanonicalKey[] {
    const remote = new Delta();
    remote.cleared = cleared;
    let isUnread = false;
    for (const [key, change] of changes) {
      isUnread ||= change.kind === 'unread';
      const kind = change.kind === 'tombstone' ? 'tombstone' : 'value';
      remote.putBlind(key, kind, change.kind === 'value' ? change.value : undefined);
    }
    markConflicts(this.pending.layers, remote, this.isWhole);
    if (isUnread) this.committed.lose();
    else this.committed.applyRemote(remote);
    this.dropCaches();
    return [...this.pending.staged.conflicts];
  }

  /** Drops the staged operations that conflict; what is below them shows again. */
  dropConflicts(): void {
    const staged = this.pending.edit();
    for (const key of staged.conflicts) staged.remove(key);
    this.dropCaches();
  }

  /** Drops all that is staged. */
  discard(): void {
    this.pending.replace(new Delta());
    this.dropCaches();
  }

  /** Forgets the committed data, not the changes on top. */
  unload(): void {
    this.committed.forget();
    this.dropCaches();
  }

  protected find(key: CanonicalKey): Known {
    const known = this.pending.find(key);
    return known === UNKNOWN ? this.#shown.find(key) : known;
  }

  /** What shows of a key where the staged delta is looked through. */
  protected findBelowStaged(key: CanonicalKey): Known {
    const known = this.pending.findInFlight(key);
    return known === UNKNOWN ? this.committed.find(key) : known;
  }

  /** How many keys show. Of a fully known field only. */
  protected countKeys(): number {
    this.#size ??= this.pending.isEmpty ? this.#shown.size : this.#visibleKeys().length;
    return this.#size;
  }

  /** The keys that show, in key order, in an array that never changes. Of a fully known field only. */
  protected sortKeys(): readonly CanonicalKey[] {
    // Keys mostly come in runs that are in order already, and of those the sort makes use.
    this.#sorted ??= this.#visibleKeys().sort(compareCanonical);
    return this.#sorted;
  }

  /** To be called before a change is staged: keeps what the caches say of the field right. */
  protected expect(key: CanonicalKey, present: boolean): void {
    this.#revision += 1;
    if (this.#size === undefined && this.#sorted === undefined) return;
    if ((this.find(key) !== ABSENT) === present) return;
    this.#sorted = undefined;
    if (this.#size !== undefined) this.#size += present ? 1 : -1;
  }

  protected dropCaches(): void {
    this.#revision += 1;
    this.#size = undefined;
    this.#sorted = undefined;
  }

  #visibleKeys(): CanonicalKey[] {
    if (this.pending.isEmpty) return [...this.#shown.keys];
    const keys = new Set(this.#shown.keys);
    for (const layer of this.pending.layers) {
      if (layer.cleared) keys.clear();
      for (const [key, op] of layer.ops) {
        if (op.kind === 'value') keys.add(key);
        else keys.delete(key);
      }
    }
    return [...keys];
  }
}
