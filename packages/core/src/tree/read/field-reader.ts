import { fromCanonical, toCanonical } from '../../codec/canonical-key.js';
import type { CanonicalKey, IndexKey } from '../../codec/index-key.js';
import { InfinitreeError, throwIfAborted } from '../../errors.js';
import type { LoadToken } from '../../fields/committed.js';
import type { Columns } from '../../fields/delta.js';
import type { BoundField } from '../bind.js';
import { lastSequence } from '../empty-field.js';
import { type Migration, type Origin, originOf } from '../migration.js';
import type { FieldIdentity } from '../records/commit.js';
import type { Session } from '../session.js';
import { fieldKey, type Snapshot, sequenceOf } from '../snapshot.js';
import type { KeyRange } from './cursor.js';
import { TOMBSTONE } from './inline-table.js';
import { newestVersion } from './lookup.js';
import { overlayRange, withOverlay } from './overlay.js';
import { Places, requirePlaces } from './places.js';
import type { MergedBatch } from './scan.js';
import { Selection } from './selection.js';
import { heldValue, shownValue } from './shown.js';
import { steadyRead, steadyScan } from './steady-scan.js';
import type { Verdict } from './verdict.js';
import type { Window } from './window.js';

/** What a scan of entries takes besides its keys. */
export interface ScanOptions extends KeyRange {
  readonly where?: ((key: IndexKey) => Verdict) | undefined;
  readonly limit?: number | undefined;
  readonly keysOnly?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Keys looked up at the same time: enough to hide the way to a bucket, few enough not to flood it. */
const LOOKUPS = 16;

/** A value in stored form, boxed so that a stored `undefined` is not taken for absence. */
export interface Found {
  readonly value: unknown;
}

/** What was read of a field in order to load it. Nothing of it shows in the field before `finish`. */
export interface PreparedLoad {
  /** Whether others have changed what is to be moved since it was read: staged like this, their changes would be lost. */
  isStale(): boolean;
  finish(): void;
  cancel(): void;
}

/** Reads fields from storage, as they were in one snapshot and with what is staged on top. */
export class FieldReader {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Where the data of a field are; nowhere where a move has staged them all. */
  #origin(bound: BoundField, snapshot: Snapshot, to?: number): Origin | undefined {
    const origin = originOf(bound, snapshot, to);
    return origin?.migration !== undefined && this.#session.moves.has(bound) ? undefined : origin;
  }

  /** The value of a key at the moment of the call; undefined where there is none. */
  async find(bound: BoundField, key: CanonicalKey, snapshot: Snapshot): Promise<Found | undefined> {
    const staged = bound.store.peek(key);
    if (staged === undefined) return this.#findStored(bound, key, snapshot);
    return staged.kind === 'absent' ? undefined : staged;
  }

  /** The values of keys at the moment of the call, in the order of the keys. */
  async findMany(
    bound: BoundField,
    keys: readonly CanonicalKey[],
    snapshot: Snapshot,
    signal: AbortSignal | undefined,
  ): Promise<(Found | undefined)[]> {
    throwIfAborted(signal, 'Reading values');
    // All at once and not as their turn comes: what is staged now may be changed or committed by then.
    const staged = keys.map((key) => bound.store.peek(key));
    const found = new Array<Found | undefined>(keys.length).fill(undefined);
    let next = 0;
    const work = async (): Promise<void> => {
      for (let i = next++; i < keys.length; i = next++) {
        throwIfAborted(signal, 'Reading values');
        const known = staged[i];
        if (known === undefined) found[i] = await this.#findStored(bound, keys[i] as CanonicalKey, snapshot);
        else if (known.kind === 'value') found[i] = known;
      }
    };
    await Promise.all(Array.from({ length: LOOKUPS }, work));
    return found;
  }

  /** Whether there is a value of this key, which is not fetched. */
  async has(bound: BoundField, key: CanonicalKey, snapshot: Snapshot): Promise<boolean> {
    const staged = bound.store.peek(key);
    if (staged !== undefined) return staged.kind === 'value';
    const session = this.#session;
    const window = { from: 1, to: sequenceOf(snapshot) };
    return session.pinned(() =>
      steadyRead(session, snapshot, async (place) => {
        const origin = this.#origin(bound, place);
        const version = origin && (await newestVersion(session.blocks, origin.sources, key, window));
        return version !== undefined && version.kind !== TOMBSTONE;
      }),
    );
  }

  /** Reads a field to load it, or the keys that `where` takes, as far as the commits of the window go. */
  async prepareLoad(
    bound: BoundField,
    snapshot: Snapshot,
    options: {
      readonly window?: Window;
      readonly where?: ((key: IndexKey) => Verdict) | undefined;
      readonly signal?: AbortSignal | undefined;
      readonly onEntries?: (count: number) => void;
      /** Whether a field that was moved is staged under its new name, to be stored by the next commit. */
      readonly moves?: boolean;
    },
  ): Promise<PreparedLoad> {
    const { window = { from: 1, to: sequenceOf(snapshot) }, signal, onEntries } = options;
    const { store } = bound;
    const token = store.beginLoad();
    const isPast = options.window !== undefined;
    const cancel = () => store.cancelLoad(token);
    try {
      // All of it is staged already, upon nothing.
      const isMoved = () => !isPast && this.#session.moves.has(bound);
      if (isMoved()) {
        return {
          isStale: () => false,
          finish: () => (isMoved() ? store.finishLoad(token, [], 'all') : cancel()),
          cancel,
        };
      }
      const entries: { readonly keys: CanonicalKey[]; readonly values: unknown[] } = { keys: [], values: [] };
      const origin = this.#origin(bound, snapshot, window.to);
      const move = options.moves === true ? origin?.migration : undefined;
      // What is moved is moved as a whole: the old name is dropped with the commit.
      const where = move === undefined ? options.where : undefined;
      if (origin !== undefined) {
        await this.#session.pinned(async () => {
          const selection = new Selection({ where });
          for await (const batch of this.#scan(bound, snapshot, window, {}, signal)) {
            const row = this.#session.values.row(origin.bound, selection.of(batch));
            for (let next = row.next(); next !== undefined; next = row.next()) {
              const { item, result } = next;
              // Most values are at hand, and awaiting each of those would take longer than all the rest.
              const value: unknown = result instanceof Promise ? await result : result;
              entries.keys.push(item.key);
              entries.values.push(heldValue(bound, item.key, value, origin.migration));
            }
            if (selection.isOver) return;
            onEntries?.(entries.keys.length);
          }
        });
      }
      throwIfAborted(signal, 'Loading');
      return {
        isStale: () => move !== undefined && this.#hasChanged(move.from, sequenceOf(snapshot)),
        finish: () => {
          const coverage = where === undefined ? 'all' : 'part';
          if (move !== undefined) this.#stageMove(bound, move, token, entries);
          else if (isPast) store.showPast(token, entries, coverage);
          else store.finishLoad(token, entries, coverage, entries.keys);
        },
        cancel,
      };
    } catch (error) {
      cancel();
      throw error;
    }
  }

  /** The entries in key order at the moment of the call, staged changes included; nothing is loaded. */
  entries(
    bound: BoundField,
    snapshot: Snapshot,
    options: ScanOptions,
  ): AsyncGenerator<[IndexKey, unknown], void, undefined> {
    const staged = bound.store.overlay();
    const origin = staged.cleared ? undefined : this.#origin(bound, snapshot);
    if (bound.store.naming === 'place') requirePlaces(options);
    const range = keyRange(bound, options);
    return this.#walk(bound, origin, overlayRange(staged.ops, range), snapshot, options);
  }

  #hasChanged(field: FieldIdentity, since: number): boolean {
    const sources = this.#session.snapshot.fields.get(fieldKey(field));
    return sources !== undefined && lastSequence(sources) > since;
  }

  /** Stages all values of a moved field under its new name. Until they are stored, the old name keeps them. */
  #stageMove(bound: BoundField, move: Migration, token: LoadToken, entries: Columns): void {
    const { store } = bound;
    store.finishLoad(token, [], 'all');
    store.setMustLoad(undefined);
    for (const [i, key] of entries.keys.entries()) store.set(key, () => entries.values[i]);
    this.#session.moves.set(bound, move.from);
  }

  async #findStored(bound: BoundField, key: CanonicalKey, snapshot: Snapshot): Promise<Found | undefined> {
    const window = { from: 1, to: sequenceOf(snapshot) };
    const session = this.#session;
    return session.pinned(() =>
      steadyRead(session, snapshot, async (place) => {
        const origin = this.#origin(bound, place);
        const version = origin && (await newestVersion(session.blocks, origin.sources, key, window));
        if (origin === undefined || version === undefined || version.kind === TOMBSTONE) return undefined;
        const value = await session.values.get(origin.bound, key, version.kind, version.value);
        return { value: heldValue(bound, key, value, origin.migration) };
      }),
    );
  }

  #scan(
    bound: BoundField,
    snapshot: Snapshot,
    window: Window,
    range: KeyRange,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<MergedBatch, void, undefined> {
    const sourcesIn = (place: Snapshot) => this.#origin(bound, place, window.to)?.sources;
    return steadyScan(this.#session, { snapshot, sourcesIn }, window, range, signal);
  }

  /** How many elements of a list are committed. No value is fetched. */
  async #countStored(
    bound: BoundField,
    snapshot: Snapshot,
    window: Window,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    let count = 0;
    for await (const { keys } of this.#scan(bound, snapshot, window, {}, signal)) count += keys.length;
    return count;
  }

  async *#walk(
    bound: BoundField,
    origin: Origin | undefined,
    staged: ReturnType<typeof overlayRange>,
    snapshot: Snapshot,
    options: ScanOptions,
  ): AsyncGenerator<[IndexKey, unknown], void, undefined> {
    const { keysOnly = false, signal } = options;
    const session = this.#session;
    const check = () => {
      throwIfAborted(signal, 'Reading entries');
      session.requireOpen();
    };
    throwIfAborted(signal, 'Reading entries');
    session.pins += 1;
    try {
      const window = { from: 1, to: sequenceOf(snapshot) };
      const { reverse = false } = options;
      const byPlace = bound.store.naming === 'place';
      // What is staged is of the new kind already: while a move is staged, nothing is read from storage.
      const reads = origin !== undefined;
      const count = byPlace && reverse && reads ? await this.#countStored(bound, snapshot, window, signal) : 0;
      const places = byPlace ? new Places(options, count + staged.length) : undefined;
      const selection = new Selection({ ...options, places });
      const committed = reads ? this.#scan(bound, snapshot, window, keyRange(bound, options), signal) : undefined;
      for await (const batch of withOverlay(committed, staged, reverse)) {
        check();
        const take = selection.of(batch);
        if (keysOnly) {
          for (let entry = take(); entry !== undefined; entry = take()) {
            check();
            yield [fromCanonical(entry.name), undefined];
          }
        } else {
          const row = session.values.row(origin?.bound ?? bound, take);
          for (let next = row.next(); next !== undefined; next = row.next()) {
            check();
            const { key, name } = next.item;
            const value = heldValue(bound, key, await next.result, origin?.migration);
            yield [fromCanonical(name), shownValue(bound, key, value)];
          }
        }
        if (selection.isOver) return;
      }
    } finally {
      session.pins -= 1;
    }
  }
}

/** Which keys of a field are gone through. Those of a list say nothing of places: its range is cut while it is walked. */
function keyRange(bound: BoundField, options: KeyRange): KeyRange {
  return bound.store.naming === 'place' ? { reverse: options.reverse } : options;
}

/** Keys as given by users, checked and in canonical form. */
export function rangeOf(options: { gte?: IndexKey; lt?: IndexKey; reverse?: boolean; limit?: number }): KeyRange {
  const { gte, lt, reverse, limit } = options;
  if (limit !== undefined && (!Number.isInteger(limit) || limit < 0)) {
    throw new InfinitreeError('INVALID_ARGUMENT', 'A limit is a non-negative integer.');
  }
  return {
    gte: gte === undefined ? undefined : toCanonical(gte),
    lt: lt === undefined ? undefined : toCanonical(lt),
    reverse,
  };
}
