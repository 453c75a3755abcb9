import type { Cancel } from '../backend/backend.js';
import { toCanonical } from '../codec/canonical-key.js';
import type { CanonicalKey } from '../codec/index-key.js';
import { InfinitreeError, throwIfAborted } from '../errors.js';
import type { BoundField, BoundIndex } from './bind.js';
import { verifyTree } from './care/verify.js';
import type { VerifyOptions, VerifyReport } from './care/verify-report.js';
import { checkOptions } from './check-options.js';
import { type Commit, toCommit } from './commit-info.js';
import { commitRecords } from './log.js';
import { FieldLoader, type PreparedLoad } from './read/field-loader.js';
import { FieldReader, rangeOf, type ScanOptions } from './read/field-reader.js';
import { readPlaces } from './read/read-places.js';
import { shownValue } from './read/shown.js';
import type { Window } from './read/window.js';
import { type CommitFilter, type Ref, resolveRef } from './refs.js';
import type { Session } from './session.js';
import { Turns } from './slices.js';
import type { Snapshot } from './snapshot.js';
import type { CollectionName, Entries, FieldAt, FieldName, KeyOf, LoadOptions, Range, ValueOf } from './types.js';

/** What a tree and a view of an earlier state have in common: reading. */
export abstract class Reading<T extends object> {
  /** The fields, as ordinary collections. What is not loaded throws `NOT_LOADED` when it is read. */
  readonly index: T;
  // Private, so that whoever prints a tree or makes JSON of it does not get all that is behind it.
  readonly #session: Session;
  readonly #fields: readonly BoundField[];
  readonly #byProperty: ReadonlyMap<string, BoundField>;
  readonly #reader: FieldReader;
  readonly #turns = new Turns();
  readonly #loader: FieldLoader;

  protected constructor(session: Session, bound: BoundIndex<T>) {
    this.index = bound.index;
    this.#session = session;
    this.#fields = bound.fields;
    this.#byProperty = bound.byProperty;
    this.#reader = new FieldReader(session);
    this.#loader = new FieldLoader(session);
  }

  protected get session(): Session {
    return this.#session;
  }

  protected get fields(): readonly BoundField[] {
    return this.#fields;
  }

  /** The state that is read from storage now. */
  protected abstract get snapshot(): Snapshot;

  /** Whether a field that was moved is staged under its new name when it is loaded. */
  protected abstract get movesFields(): boolean;

  /** Throws `CLOSED` where nothing can be read any more. */
  protected abstract requireOpen(): void;

  /**
   * Brings fields into memory: all of them, or those named; with `where` only the keys it takes (lists, snapshot fields
   * and single values come whole), with `commits` only what those commits say. Staged changes stay on top.
   *
   * Throws `INVALID_ARGUMENT` for a field or commit there is not, `CORRUPT` for damaged data: all is loaded, or nothing.
   *
   * @example
   * await tree.load();
   * await tree.load('measurements', { where: (id) => id < 1000 });
   */
  load(...names: FieldName<T>[]): Promise<void>;
  load(options: LoadOptions): Promise<void>;
  load<F extends FieldName<T>>(...args: [F, ...F[], LoadOptions<KeyOf<FieldAt<T, F>>>]): Promise<void>;
  async load(...args: unknown[]): Promise<void> {
    this.requireOpen();
    const last = args.at(-1);
    const options = (typeof last === 'object' && last !== null ? args.pop() : {}) as LoadOptions;
    checkOptions(options);
    const chosen = args.length === 0 ? this.fields : args.map((name) => this.#field(name));
    const { signal, where, commits } = options;
    throwIfAborted(signal, 'Loading');
    if (where !== undefined && args.length > 0) chosen.forEach(requireLoadsInPart);
    const window = commits === undefined ? undefined : await this.#window(commits, { signal });
    for (;;) {
      const prepared = await this.#prepare(chosen, window, options);
      const isStale = prepared.some((load) => load.isStale());
      for (const load of prepared) {
        if (isStale) load.cancel();
        else load.finish();
      }
      if (!isStale) return;
    }
  }

  /** Reads what is to be loaded. All is read before anything is shown. */
  async #prepare(
    chosen: readonly BoundField[],
    window: Window | undefined,
    { signal, onProgress, where }: LoadOptions,
  ): Promise<PreparedLoad[]> {
    let done = 0;
    const prepared: PreparedLoad[] = [];
    try {
      for (const bound of chosen) {
        const before = done;
        const onEntries = (count: number) => {
          done = before + count;
          onProgress?.({ done });
        };
        const load = await this.#loader.prepare(bound, this.snapshot, {
          signal,
          onEntries,
          moves: this.movesFields && window === undefined,
          ...(window === undefined ? {} : { window }),
          ...(loadsInPart(bound) ? { where } : {}),
        });
        prepared.push(load);
      }
    } catch (error) {
      for (const load of prepared) load.cancel();
      throw error;
    }
    return prepared;
  }

  /**
   * Iterates a field in key order without loading it: at the state of the call, staged changes included. Values are
   * frozen. `batches()` of what it returns is faster for many entries.
   *
   * @example
   * for await (const [id, health] of tree.entries('measurements', { gte: 100, limit: 10 })) print(id, health);
   */
  entries<F extends CollectionName<T>>(
    name: F,
    options: Range<KeyOf<FieldAt<T, F>>> & { readonly keysOnly: true },
  ): Entries<[KeyOf<FieldAt<T, F>>, undefined]>;
  entries<F extends CollectionName<T>>(
    name: F,
    options?: Range<KeyOf<FieldAt<T, F>>> & { readonly keysOnly?: false },
  ): Entries<[KeyOf<FieldAt<T, F>>, ValueOf<FieldAt<T, F>>]>;
  entries(name: string, options: object = {}): Entries<[never, never]> {
    this.requireOpen();
    checkOptions(options);
    const { where, limit, keysOnly, signal } = options as ScanOptions;
    const bound = this.#collection(name);
    const range = rangeOf(options);
    const found = this.#reader.entries(bound, this.snapshot, { ...range, where, limit, keysOnly, signal });
    return found as Entries<[unknown, unknown]> as Entries<[never, never]>;
  }

  /**
   * The value of one key, without loading the field; `undefined` where there is none. The keys of a list are places: to
   * find one, what stands before it is gone through.
   */
  async get<F extends CollectionName<T>>(
    name: F,
    key: KeyOf<FieldAt<T, F>>,
    options: Cancel = {},
  ): Promise<ValueOf<FieldAt<T, F>> | undefined> {
    this.requireOpen();
    checkOptions(options);
    throwIfAborted(options.signal, 'Reading a value');
    const bound = this.#collection(name);
    const canonical = toCanonical(key);
    if (bound.store.naming === 'place') {
      const [value] = await this.#values(bound, [canonical], options);
      return value as ValueOf<FieldAt<T, F>> | undefined;
    }
    // The state is that of the call.
    const found = await this.#reader.find(bound, canonical, this.snapshot);
    await this.#turns.pause();
    throwIfAborted(options.signal, 'Reading a value');
    return (found && shownValue(bound, canonical, found.value)) as ValueOf<FieldAt<T, F>> | undefined;
  }

  /** The values of several keys, in the order asked; `undefined` for keys there are not. */
  async getMany<F extends CollectionName<T>>(
    name: F,
    keys: Iterable<KeyOf<FieldAt<T, F>>>,
    options: Cancel = {},
  ): Promise<(ValueOf<FieldAt<T, F>> | undefined)[]> {
    this.requireOpen();
    checkOptions(options);
    const bound = this.#collection(name);
    const wanted = Array.from(requireIterable(keys), (key) => toCanonical(key));
    const values = await this.#values(bound, wanted, options);
    return values as (ValueOf<FieldAt<T, F>> | undefined)[];
  }

  /** Whether there is a value of this key, without loading the field. */
  async has<F extends CollectionName<T>>(name: F, key: KeyOf<FieldAt<T, F>>, options: Cancel = {}): Promise<boolean> {
    this.requireOpen();
    checkOptions(options);
    throwIfAborted(options.signal, 'Looking for a key');
    const bound = this.#collection(name);
    const canonical = toCanonical(key);
    if (bound.store.naming === 'key') {
      const isThere = await this.#reader.has(bound, canonical, this.snapshot);
      await this.#turns.pause();
      return isThere;
    }
    const found = await readPlaces(this.#reader, bound, this.snapshot, [canonical], { ...options, keysOnly: true });
    return found.has(canonical);
  }

  /** All commits, oldest first. */
  async commits(options: Cancel = {}): Promise<Commit[]> {
    const all: Commit[] = [];
    for await (const commit of this.log(options)) all.push(commit);
    return all.reverse();
  }

  /** The commits, newest first, read as they are asked for. */
  log(options: Cancel = {}): AsyncIterableIterator<Commit> {
    this.requireOpen();
    checkOptions(options);
    return toCommits(commitRecords(this.session, this.snapshot, options));
  }

  /**
   * Checks everything that any commit refers to: every authentication tag of the index, that what it says fits together,
   * and that all objects are there; with `readData` every byte of every object, padding included. It changes nothing, and
   * collects all that is wrong: what, where, which commits are affected, what is lost by it and what is not.
   *
   * It looks at the newest state in storage, with all of history, also on a view. `done` of the progress counts pieces of
   * objects. Throws `BACKEND` where the storage cannot be read, `ABORTED`, `CLOSED`; damage is never thrown.
   *
   * @example
   * const { ok, faults } = await tree.verify({ readData: true });
   * if (!ok) for (const { message, lost } of faults) print(message, lost);
   */
  async verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    this.requireOpen();
    checkOptions(options);
    return verifyTree(this.session, this.snapshot, this.fields, options);
  }

  /** What readers get for keys, in their order; `undefined` for those there are not. */
  async #values(bound: BoundField, keys: readonly CanonicalKey[], { signal }: Cancel): Promise<unknown[]> {
    if (bound.store.naming === 'place') {
      const found = await readPlaces(this.#reader, bound, this.snapshot, keys, { signal });
      return keys.map((place) => found.get(place));
    }
    const all = await this.#reader.findMany(bound, keys, this.snapshot, signal);
    return all.map((found, i) => found && shownValue(bound, keys[i] as CanonicalKey, found.value));
  }

  async #window(filter: CommitFilter, options: Cancel): Promise<Window> {
    const { snapshot } = this;
    const sequence = async (ref: Ref) => (await resolveRef(this.session, snapshot, ref, options)).sequence;
    const given = filter as { readonly single?: Ref; readonly upTo?: Ref; readonly range?: readonly [Ref, Ref] };
    if (given.single !== undefined) {
      const only = await sequence(given.single);
      return { from: only, to: only };
    }
    if (given.upTo !== undefined) return { from: 1, to: await sequence(given.upTo) };
    if (given.range?.length !== 2) {
      throw new InfinitreeError('INVALID_ARGUMENT', 'A commit filter is { single }, { upTo } or { range: [a, b] }.');
    }
    const [from, to] = [await sequence(given.range[0]), await sequence(given.range[1])];
    if (from <= to) return { from, to };
    throw new InfinitreeError('INVALID_ARGUMENT', 'The first commit of a range is not before its last.');
  }

  #field(name: unknown): BoundField {
    const bound = this.#byProperty.get(name as string);
    if (bound !== undefined) return bound;
    const known = [...this.#byProperty.keys()].join('", "');
    // Not everything can be made a string.
    const asked = typeof name === 'string' ? JSON.stringify(name) : 'of that name';
    throw new InfinitreeError(
      'INVALID_ARGUMENT',
      `There is no field ${asked}. Fields are called by their property: "${known}".`,
    );
  }

  #collection(name: unknown): BoundField {
    const bound = this.#field(name);
    if (bound.kind !== 'cell') return bound;
    throw new InfinitreeError(
      'INVALID_ARGUMENT',
      `The field "${bound.property}" is a single value without keys: load it and read its value.`,
    );
  }
}

/** What is read by place, or means all that it holds, is loaded whole or not at all; so is a single value. */
function loadsInPart({ kind, store }: BoundField): boolean {
  return kind !== 'cell' && store.naming === 'key' && !store.isWhole;
}

function requireLoadsInPart(bound: BoundField): void {
  if (bound.kind === 'cell' || loadsInPart(bound)) return;
  throw new InfinitreeError(
    'INVALID_ARGUMENT',
    `The field "${bound.property}" cannot be loaded in part. Load it without "where", or read it with ` +
      `tree.entries("${bound.property}").`,
  );
}

/** Of what is no iterable, `Array.from` would make an empty array without a word. */
function requireIterable<K>(keys: Iterable<K>): Iterable<K> {
  const given: unknown = keys;
  if (given !== undefined && given !== null && Symbol.iterator in Object(given)) return keys;
  throw new InfinitreeError('INVALID_ARGUMENT', 'The keys to be read are an iterable, such as an array.');
}

async function* toCommits(records: ReturnType<typeof commitRecords>): AsyncGenerator<Commit, void, undefined> {
  for await (const record of records) yield toCommit(record);
}
