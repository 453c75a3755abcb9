import { fromCanonical, toCanonical } from '../../codec/canonical-key.js';
import type { CanonicalKey, IndexKey } from '../../codec/index-key.js';
import { compareCanonical } from '../../codec/key-order.js';
import { InfinitreeError, throwIfAborted } from '../../errors.js';
import { fewAtATime } from '../../object/few-at-a-time.js';
import { isMissingObject } from '../../object/missing.js';
import { isPromise } from '../../platform/promise.js';
import type { BoundField } from '../bind.js';
import type { Origin } from '../migration.js';
import type { SparsePointer } from '../records/sparse-pointer.js';
import type { Session } from '../session.js';
import { Slices } from '../slices.js';
import { type Snapshot, sequenceOf } from '../snapshot.js';
import { type AtHand, andThen } from './at-hand.js';
import type { KeyRange } from './cursor.js';
import { EntryIterator, type Page } from './entry-iterator.js';
import { POINTER, TOMBSTONE, type Version } from './inline-table.js';
import { newestVersion } from './lookup.js';
import { overlayRange, withOverlay } from './overlay.js';
import { Places, requirePlaces } from './places.js';
import type { MergedBatch } from './scan.js';
import { type SelectedEntry, Selection } from './selection.js';
import { heldValue, shownValue } from './shown.js';
import { steadyRead } from './steady-scan.js';
import { isAtHand, originIn, scanField } from './stored-field.js';
import type { Verdict } from './verdict.js';
import type { Window } from './window.js';

/** What a scan of entries takes besides its keys. */
export interface ScanOptions extends KeyRange {
  readonly where?: ((key: IndexKey) => Verdict) | undefined;
  readonly limit?: number | undefined;
  readonly keysOnly?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Keys of which what is stored is held at a time. */
const LOOKUPS = 1024;

/** A value in stored form, boxed so that a stored `undefined` is not taken for absence. */
export interface Found {
  readonly value: unknown;
}

/** What is stored of a key, and where its field was found. */
interface StoredVersion {
  readonly origin: Origin;
  readonly version: Version;
}

/** Reads fields from storage, as they were in one snapshot and with what is staged on top. */
export class FieldReader {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** The value of a key at the moment of the call; undefined where there is none. */
  find(bound: BoundField, key: CanonicalKey, snapshot: Snapshot): AtHand<Found | undefined> {
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
    const found = staged.map((known): Found | undefined => (known?.kind === 'value' ? known : undefined));
    const slices = new Slices('Reading values', signal);
    const keyOf = (i: number) => keys[i] as CanonicalKey;
    // In the order of keys, so that a block which holds many of them is read once, whatever order they are asked for in.
    const unknown = [...keys.keys()].filter((i) => staged[i] === undefined);
    unknown.sort((a, b) => compareCanonical(keyOf(a), keyOf(b)));
    for (let start = 0; start < unknown.length; start += LOOKUPS) {
      const some = unknown.slice(start, start + LOOKUPS);
      const values = await this.#findSome(bound, some.map(keyOf), snapshot, slices);
      for (const [k, i] of some.entries()) found[i] = values[k];
    }
    return found;
  }

  /** The stored values of keys that ascend. */
  async #findSome(
    bound: BoundField,
    keys: readonly CanonicalKey[],
    snapshot: Snapshot,
    slices: Slices,
  ): Promise<(Found | undefined)[]> {
    return this.#session.pinned(async () => {
      const stored = await fewAtATime(keys, async (key) => {
        await slices.pause();
        return this.#stored(bound, key, snapshot);
      });
      // And their values in the order in which these lie.
      const order = [...keys.keys()].sort((a, b) => comparePlaces(stored[a], stored[b]));
      const found = new Array<Found | undefined>(keys.length);
      await fewAtATime(order, async (i) => {
        await slices.pause();
        found[i] = await this.#valueOf(bound, keys[i] as CanonicalKey, stored[i], snapshot);
      });
      return found;
    });
  }

  /** Whether there is a value of this key, which is not fetched. */
  async has(bound: BoundField, key: CanonicalKey, snapshot: Snapshot): Promise<boolean> {
    const staged = bound.store.peek(key);
    if (staged !== undefined) return staged.kind === 'value';
    return (await this.#session.pinned(async () => this.#stored(bound, key, snapshot))) !== undefined;
  }

  /** The entries in key order at the moment of the call, staged changes included; nothing is loaded. */
  entries(bound: BoundField, snapshot: Snapshot, options: ScanOptions): EntryIterator<[IndexKey, unknown]> {
    const staged = bound.store.overlay();
    const origin = staged.cleared ? undefined : originIn(this.#session, bound, snapshot);
    if (bound.store.naming === 'place') requirePlaces(options);
    const range = keyRange(bound, options);
    return new EntryIterator(this.#pages(bound, origin, overlayRange(staged.ops, range), snapshot, options));
  }

  #findStored(bound: BoundField, key: CanonicalKey, snapshot: Snapshot): AtHand<Found | undefined> {
    return this.#session.pinned(() =>
      andThen(this.#stored(bound, key, snapshot), (stored) => this.#valueOf(bound, key, stored, snapshot)),
    );
  }

  /** What is stored of a key; undefined where that is nothing, or that it is gone. */
  #stored(bound: BoundField, key: CanonicalKey, snapshot: Snapshot): AtHand<StoredVersion | undefined> {
    const session = this.#session;
    const window = { from: 1, to: sequenceOf(snapshot) };
    return steadyRead(session, snapshot, (place): AtHand<StoredVersion | undefined> => {
      const origin = originIn(session, bound, place);
      if (origin === undefined) return undefined;
      return andThen(newestVersion(session.blocks, origin.sources, key, window), (version) =>
        version === undefined || version.kind === TOMBSTONE ? undefined : { origin, version },
      );
    });
  }

  #valueOf(
    bound: BoundField,
    key: CanonicalKey,
    stored: StoredVersion | undefined,
    snapshot: Snapshot,
  ): AtHand<Found | undefined> {
    if (stored === undefined) return undefined;
    const { origin, version } = stored;
    const held = (value: unknown) => ({ value: heldValue(bound, key, value, origin.migration) });
    const value = this.#session.values.get(origin.bound, key, version.kind, version.value);
    if (!isPromise(value)) return held(value);
    return value.then(held).catch(async (error: unknown) => {
      if (!isMissingObject(error)) throw error;
      // What was replaced meanwhile is found in the newest head.
      const place = await this.#session.relocate(snapshot, error);
      return this.#valueOf(bound, key, await this.#stored(bound, key, place), place);
    });
  }

  /** How many elements of a list are committed. No value is fetched. */
  async #countStored(
    bound: BoundField,
    snapshot: Snapshot,
    window: Window,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    let count = 0;
    for await (const { keys } of scanField(this.#session, bound, snapshot, window, {}, signal)) count += keys.length;
    return count;
  }

  async *#pages(
    bound: BoundField,
    origin: Origin | undefined,
    staged: ReturnType<typeof overlayRange>,
    snapshot: Snapshot,
    options: ScanOptions,
  ): AsyncGenerator<Page<[IndexKey, unknown]>, void, undefined> {
    const { signal } = options;
    const session = this.#session;
    const slices = new Slices('Reading entries', signal);
    await slices.pause();
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
      const committed = reads
        ? scanField(this.#session, bound, snapshot, window, keyRange(bound, options), signal)
        : undefined;
      for await (const batch of withOverlay(committed, staged, reverse)) {
        yield this.#page(bound, origin, batch, selection, options);
        if (selection.isOver) return;
        await slices.pause();
      }
    } finally {
      session.pins -= 1;
    }
  }

  /** Entries as users see them, made when it is their turn: who leaves early has no more made than is looked at. */
  #page(
    bound: BoundField,
    origin: Origin | undefined,
    batch: MergedBatch,
    selection: Selection,
    { keysOnly = false, signal }: ScanOptions,
  ): Page<[IndexKey, unknown]> {
    const session = this.#session;
    const take = selection.of(batch);
    const checked = <E>(entry: E | undefined): E | undefined => {
      if (entry !== undefined) {
        throwIfAborted(signal, 'Reading entries');
        session.requireOpen();
      }
      return entry;
    };
    if (keysOnly) {
      return {
        next: () => {
          const entry = checked(take());
          return entry && [fromCanonical(entry.name), undefined];
        },
      };
    }
    const shown = ({ key, name }: SelectedEntry, stored: unknown): [IndexKey, unknown] => {
      const value = heldValue(bound, key, stored, origin?.migration);
      return [fromCanonical(name), shownValue(bound, key, value)];
    };
    const storedIn = origin?.bound ?? bound;
    if (isAtHand(storedIn, batch)) {
      return {
        next: () => {
          const entry = checked(take());
          return entry && shown(entry, entry.stored);
        },
      };
    }
    const row = session.values.row(storedIn, take);
    return {
      next: () => {
        const begun = checked(row.next());
        if (begun === undefined) return undefined;
        const { item, result } = begun;
        return isPromise(result) ? result.then((stored) => shown(item, stored)) : shown(item, result);
      },
    };
  }
}

/** Orders what is stored by where the values lie; those that are at hand come first. */
function comparePlaces(a: StoredVersion | undefined, b: StoredVersion | undefined): number {
  const [left, right] = [chunkOf(a), chunkOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function chunkOf(stored: StoredVersion | undefined): string {
  if (stored?.version.kind !== POINTER) return '';
  const chunk = (stored.version.value as Partial<SparsePointer> | null)?.chunk;
  // What has no such form is refused when it is read.
  return typeof chunk === 'string' ? chunk : '';
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
