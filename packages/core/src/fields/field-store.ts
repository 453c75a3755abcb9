import type { CanonicalKey } from '../codec/index-key.js';
import { InfinitreeError } from '../errors.js';
import { Delta } from './delta.js';
import { FieldData } from './field-data.js';
import { ABSENT, type Known, UNKNOWN } from './known.js';
import type { Shape } from './shape.js';
import type { Keeping } from './values.js';

/** How a field that is not loaded can be read: by key from storage, or only by loading it. */
export type Access = 'keyed' | 'whole';

/** What users call an entry: its key, or its place among the others, where keys are the field's own business. */
export type Naming = 'key' | 'place';

export interface FieldStoreOptions {
  readonly keeping?: Keeping;
}

/**
 * The engine of every kind of field: reads and changes by canonical key, values in stored form, all synchronous. What
 * stands in front of it turns keys and values into what users see; the tree uses what is inherited.
 *
 * A change happens altogether or, where the user's function throws, not at all.
 */
export class FieldStore extends FieldData {
  readonly naming: Naming = 'key';
  #keeping: Keeping;
  #property = '';
  #access: Access = 'keyed';
  #readonly: string | undefined;
  #mustLoad: string | undefined;
  #unreadable: string | undefined;
  #closed = false;

  constructor({ keeping = {} }: FieldStoreOptions = {}) {
    super();
    this.#keeping = keeping;
  }

  /** How the field keeps its values; whoever loads them has to do the same. */
  get keeping(): Keeping {
    return this.#keeping;
  }

  /** Says what the values are. Before there are any. */
  setShape(shape: Shape): void {
    this.#keeping = { ...this.#keeping, shape };
  }

  /** The property that errors name. */
  get property(): string {
    return this.#property;
  }

  bind(property: string, access: Access = 'keyed'): void {
    this.#property = property;
    this.#access = access;
  }

  /** Makes every change throw `READONLY` with this message. */
  setReadonly(reason: string): void {
    this.#readonly = reason;
  }

  /** Makes every change of what is not loaded throw `NOT_LOADED` with this message, or allows blind ones again. */
  setMustLoad(reason: string | undefined): void {
    this.#mustLoad = reason;
  }

  /** Makes reads of what is not in memory throw `UNSUPPORTED` with this message, where there is no way to load it. */
  setUnreadable(reason: string): void {
    this.#unreadable = reason;
  }

  /** Makes every later read or change throw `CLOSED`. */
  close(): void {
    this.#closed = true;
    this.dropCaches();
  }

  get(key: CanonicalKey): unknown {
    const found = this.#read(key);
    return found === ABSENT ? undefined : found;
  }

  has(key: CanonicalKey): boolean {
    return this.#read(key) !== ABSENT;
  }

  get size(): number {
    this.requireAll();
    return this.countKeys();
  }

  /** The keys as they are now, in key order. */
  keys(): readonly CanonicalKey[] {
    this.requireAll();
    return this.sortKeys();
  }

  /** The keys as they are now, in key order, each with the value it has when its turn comes; deleted ones are left out. */
  entries(): IterableIterator<[CanonicalKey, unknown]> {
    return this.#walk(this.keys());
  }

  /** Overwrites, whatever is there. `make` gives the value, and only once it is certain that it is taken. */
  set(key: CanonicalKey, make: () => unknown): void {
    this.requireWritable();
    const value = make();
    this.expect(key, true);
    this.pending.edit().putBlind(key, 'value', value);
  }

  /** As `set`, where the key always has the same value: with one that is known to be there nothing changes. */
  setOnce(key: CanonicalKey, value: unknown): void {
    this.requireWritable();
    const found = this.find(key);
    if (found === UNKNOWN || found === ABSENT) this.set(key, () => value);
  }

  /** Returns the value that is there, or else stages and returns the one that `make` gives. */
  insert(key: CanonicalKey, make: () => unknown): unknown {
    this.requireWritable();
    const found = this.#require(this.#ground(key));
    const winner = found === ABSENT ? make() : found;
    this.dropConflict(key);
    if (found === ABSENT) this.compute(key, 'value', winner);
    return winner;
  }

  /** Stages and returns what `fn` makes of the value that is there; where there is none, `fn` is not called. */
  update(key: CanonicalKey, fn: (value: unknown) => unknown): unknown {
    this.requireWritable();
    const found = this.#require(this.#ground(key));
    const updated = found === ABSENT ? undefined : fn(found);
    this.dropConflict(key);
    if (found !== ABSENT) this.compute(key, 'value', updated);
    return updated;
  }

  delete(key: CanonicalKey): void {
    this.requireWritable();
    this.expect(key, false);
    const staged = this.pending.edit();
    // Where no lower layer can hold the key there is nothing to say of it, and perhaps nothing to commit.
    const neverThere = this.pending.findInFlight(key) === UNKNOWN && this.committed.find(key) === ABSENT;
    if (staged.cleared || neverThere) staged.remove(key);
    else staged.putBlind(key, 'tombstone', undefined);
  }

  clear(): void {
    this.requireWritable();
    const staged = new Delta();
    staged.cleared = !this.#isCommittedEmpty();
    this.pending.replace(staged);
    this.dropCaches();
  }

  /** Deletes every entry for which `keep` returns false. It looks at the whole field, so all of it must be known. */
  retain(keep: (key: CanonicalKey, value: unknown) => boolean): void {
    this.requireWritable();
    const keys = this.keys();
    // What an earlier `retain` deleted before another writer changed the field is looked at anew.
    const { conflicts, ops } = this.pending.staged;
    const again = [...conflicts].filter((key) => ops.get(key)?.kind === 'tombstone');
    const rejects = (key: CanonicalKey, found: Known): boolean => found !== ABSENT && !keep(key, found);
    const rejected = keys.filter((key) => rejects(key, this.find(key)));
    rejected.push(...again.filter((key) => rejects(key, this.findBelowStaged(key))));
    for (const key of again) this.dropConflict(key);
    for (const key of rejected) this.compute(key, 'tombstone', undefined);
  }

  *#walk(keys: readonly CanonicalKey[]): IterableIterator<[CanonicalKey, unknown]> {
    for (const key of keys) {
      const found = this.#read(key);
      if (found !== ABSENT) yield [key, found];
    }
  }

  /** What a computed change starts from: where its predecessor conflicts, what that was not computed from. */
  #ground(key: CanonicalKey): Known {
    const { conflicts } = this.pending.staged;
    return conflicts.size > 0 && conflicts.has(key) ? this.findBelowStaged(key) : this.find(key);
  }

  protected dropConflict(key: CanonicalKey): void {
    const { conflicts } = this.pending.staged;
    if (conflicts.size === 0 || !conflicts.has(key)) return;
    this.pending.edit().remove(key);
    this.dropCaches();
  }

  protected compute(key: CanonicalKey, kind: 'value' | 'tombstone', value: unknown): void {
    this.expect(key, kind === 'value');
    this.pending.edit().putComputed(key, kind, value);
  }

  #isCommittedEmpty(): boolean {
    return this.committed.state === 'loaded' && this.committed.size === 0 && !this.pending.isInFlight;
  }

  #read(key: CanonicalKey): Known {
    this.#requireOpen();
    return this.#require(this.find(key));
  }

  #require(found: Known): Known {
    if (found === UNKNOWN) throw this.#notLoaded(this.#access);
    return found;
  }

  /** `access`: whether what is to be done could be done by other means than loading. */
  protected requireAll(access = this.#access): void {
    this.#requireOpen();
    if (this.state !== 'loaded') throw this.#notLoaded(access);
  }

  #notLoaded(access: Access): InfinitreeError {
    if (this.#unreadable !== undefined) return new InfinitreeError('UNSUPPORTED', this.#unreadable);
    return notLoaded(this.#property, access);
  }

  #requireOpen(): void {
    if (this.#closed) throw new InfinitreeError('CLOSED', `The tree of the field '${this.#property}' is closed.`);
  }

  protected requireWritable(): void {
    this.#requireOpen();
    const reason = this.#readonly ?? (this.showsPast ? pastReason(this.#property) : undefined);
    if (reason !== undefined) throw new InfinitreeError('READONLY', reason);
    if (this.#mustLoad !== undefined) throw new InfinitreeError('NOT_LOADED', this.#mustLoad);
  }
}

function pastReason(property: string): string {
  return `The field '${property}' was loaded through a commit filter and shows the past. Load it without one to change it.`;
}

function notLoaded(property: string, access: Access): InfinitreeError {
  if (property === '')
    return new InfinitreeError('NOT_LOADED', 'The field is not in memory: it belongs to no tree yet.');
  const load = `load it with await tree.load('${property}')`;
  const read = `, or read from storage with tree.get('${property}', key) or tree.entries('${property}')`;
  const ways = access === 'keyed' ? load + read : load;
  return new InfinitreeError('NOT_LOADED', `The field '${property}' is not in memory: ${ways}.`);
}
