import type { CanonicalKey } from '../codec/index-key.js';
import type { FieldState } from '../index/field-types.js';
import type { Changes } from './delta.js';
import { ABSENT, type Known, UNKNOWN } from './known.js';
import { type LoadedColumns, LoadedTable } from './loaded-table.js';

/** A load on its way. It gathers what becomes committed meanwhile, which its reader may not have seen. */
export class LoadToken {
  readonly since: Changes[] = [];
}

/** How much of the field a load brings: all of it, or what a predicate let through. */
export type Coverage = 'all' | 'part';

/** What a load gives: pairs, a `Map` that is taken over, or columns, which are taken over too. */
export type LoadedEntries = Iterable<readonly [CanonicalKey, unknown]> | LoadedColumns;

function* entriesOf(entries: LoadedEntries): IterableIterator<readonly [CanonicalKey, unknown]> {
  if (Symbol.iterator in entries) yield* entries;
  else for (const [i, key] of entries.keys.entries()) yield [key, entries.values.at(i)];
}

/**
 * What is known in memory of the committed data of one field.
 *
 * - `loaded`: the entries are all there is.
 * - `partial`: the entries are right, and there may be more. A key known to be absent has {@link ABSENT} as its entry.
 * - `none`: there are no entries. What is committed passes by unseen, so that a process that only writes never grows.
 *
 * What is known is kept up to date: every change that becomes committed comes through `apply`.
 */
export class Committed {
  #state: FieldState = 'none';
  #map = new Map<CanonicalKey, unknown>();
  /** What was loaded, in the place of the map: whoever asks for many of its keys makes it one. */
  #table: LoadedTable | undefined;
  readonly #loads = new Set<LoadToken>();
  /** What became committed last and is not yet among the entries: a commit does not wait for that, the next read does. */
  #last: Changes | undefined;

  get #entries(): Map<CanonicalKey, unknown> {
    const table = this.#table;
    if (table !== undefined) {
      this.#entries = table.toMap(this.#state === 'partial');
    }
    return this.#map;
  }

  set #entries(entries: Map<CanonicalKey, unknown>) {
    this.#table = undefined;
    this.#map = entries;
  }

  get state(): FieldState {
    return this.#state;
  }

  /** The keys, where loaded: in key order as loaded, with newer ones behind. */
  get keys(): Iterable<CanonicalKey> {
    this.#foldLast();
    return (this.#table ?? this.#entries).keys();
  }

  get size(): number {
    this.#foldLast();
    return (this.#table ?? this.#entries).size;
  }

  get isLoading(): boolean {
    return this.#loads.size > 0;
  }

  find(key: CanonicalKey): Known {
    this.#foldLast();
    const table = this.#table;
    if (table?.isWorn === false) {
      const known = table.find(key);
      return known === UNKNOWN && this.#state === 'loaded' ? ABSENT : known;
    }
    if (this.#entries.size > 0) {
      const value = this.#entries.get(key);
      if (value !== undefined || this.#entries.has(key)) return value;
    }
    return this.#state === 'loaded' ? ABSENT : UNKNOWN;
  }

  /** Becomes an empty field that is known to be empty. */
  markLoaded(): void {
    this.#last = undefined;
    this.#state = 'loaded';
    this.#entries = new Map();
  }

  /** Forgets all that is known. */
  forget(): void {
    this.#last = undefined;
    this.#state = 'none';
    this.#entries = new Map();
  }

  /** Forgets all that is known, and what is being loaded: it would be older than what is committed by now. */
  lose(): void {
    this.forget();
    this.#loads.clear();
  }

  /** Takes over a delta of our own that is now committed. Its clear makes the whole field known. */
  applyOwn(changes: Changes): void {
    for (const load of this.#loads) load.since.push(changes);
    this.#foldLast();
    if (changes.cleared) this.markLoaded();
    if (this.#state !== 'none') this.#last = changes;
  }

  /** Takes over newer commits of other writers. They never make a field grow that nobody asked for. */
  applyRemote(changes: Changes): void {
    for (const load of this.#loads) load.since.push(changes);
    this.#foldLast();
    this.#fold(changes);
  }

  beginLoad(): LoadToken {
    const load = new LoadToken();
    this.#loads.add(load);
    return load;
  }

  cancelLoad(load: LoadToken): void {
    this.#loads.delete(load);
  }

  /** Lays what was read under what became committed since the load began. Returns whether that told anything new. */
  finishLoad(load: LoadToken, entries: LoadedEntries, coverage: Coverage): boolean {
    if (!this.#loads.delete(load)) return false;
    this.#foldLast();
    // A part of what is all here, and kept up to date, is known already.
    if (coverage === 'part' && this.#state === 'loaded') return false;
    if (coverage === 'part' && this.#state === 'partial') {
      for (const [key, value] of entriesOf(entries)) if (!this.#entries.has(key)) this.#entries.set(key, value);
    } else {
      if (!(Symbol.iterator in entries)) this.#take(entries);
      else this.#entries = entries instanceof Map ? (entries as Map<CanonicalKey, unknown>) : new Map(entries);
      this.#state = coverage === 'all' ? 'loaded' : 'partial';
    }
    // To go once more over what was applied already changes nothing: the last one on each key still has the last word.
    for (const changes of load.since) this.#fold(changes);
    return true;
  }

  #take(columns: LoadedColumns): void {
    this.#entries = new Map();
    this.#table = new LoadedTable(columns);
  }

  #foldLast(): void {
    const changes = this.#last;
    if (changes === undefined) return;
    this.#last = undefined;
    this.#fold(changes);
  }

  #fold(changes: Changes): void {
    if (this.#state === 'none') return;
    if (changes.cleared) this.markLoaded();
    const { columns } = changes;
    if (columns !== undefined) {
      const entries = this.#toChange(columns.keys.length);
      for (let i = 0; i < columns.keys.length; i++) entries.set(columns.keys[i] as CanonicalKey, columns.values[i]);
      return;
    }
    const entries = this.#toChange(changes.ops.size);
    for (const [key, op] of changes.ops) {
      if (op.kind === 'value') entries.set(key, op.value);
      else if (this.#state === 'loaded') entries.delete(key);
      else entries.set(key, ABSENT);
    }
  }

  /** Where so many changes are made: in what was loaded, as long as they are few. */
  #toChange(changes: number): { set(key: CanonicalKey, value: unknown): unknown; delete(key: CanonicalKey): unknown } {
    return this.#table?.takes(changes) === true ? this.#table : this.#entries;
  }
}
