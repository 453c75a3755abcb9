import type { CanonicalKey, IndexKey } from '../../codec/index-key.js';
import { throwIfAborted } from '../../errors.js';
import type { LoadToken } from '../../fields/committed.js';
import { LoadedValues } from '../../fields/loaded-values.js';
import { isPromise } from '../../platform/promise.js';
import type { BoundField } from '../bind.js';
import { lastSequence } from '../empty-field.js';
import type { Migration, Origin } from '../migration.js';
import type { FieldIdentity } from '../records/commit.js';
import type { Session } from '../session.js';
import { Slices } from '../slices.js';
import { fieldKey, type Snapshot, sequenceOf } from '../snapshot.js';
import type { MergedBatch } from './scan.js';
import { type SelectedEntry, Selection } from './selection.js';
import { heldValue, isHeldAsStored } from './shown.js';
import { isAtHand, originIn, scanField } from './stored-field.js';
import type { Verdict } from './verdict.js';
import type { Window } from './window.js';

/** Entries as they are taken in: keys that ascend, and their values. */
interface Taken {
  readonly keys: CanonicalKey[];
  readonly values: LoadedValues;
}

/** What was read of a field in order to load it. Nothing of it shows in the field before `finish`. */
export interface PreparedLoad {
  /** Whether others have changed what is to be moved since it was read: staged like this, their changes would be lost. */
  isStale(): boolean;
  finish(): void;
  cancel(): void;
}

/** Brings fields into memory. */
export class FieldLoader {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Reads a field to load it, or the keys that `where` takes, as far as the commits of the window go. */
  async prepare(
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
      const entries: Taken = { keys: [], values: new LoadedValues() };
      const origin = originIn(this.#session, bound, snapshot, window.to);
      const move = options.moves === true ? origin?.migration : undefined;
      // What is moved is moved as a whole: the old name is dropped with the commit.
      const where = move === undefined ? options.where : undefined;
      if (origin !== undefined) {
        await this.#session.pinned(async () => {
          const selection = new Selection({ where });
          const takesAll = where === undefined && origin.migration === undefined && isHeldAsStored(bound);
          const slices = new Slices('Loading', signal);
          for await (const batch of scanField(this.#session, bound, snapshot, window, {}, signal)) {
            await slices.pause();
            if (takesAll && isAtHand(origin.bound, batch)) append(entries, batch);
            else await this.#take(bound, origin, selection.of(batch), entries);
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

  /** Adds entries to what was taken, each with its value as the field holds it. */
  async #take(bound: BoundField, origin: Origin, take: () => SelectedEntry | undefined, entries: Taken): Promise<void> {
    const row = this.#session.values.row(origin.bound, take);
    const values: unknown[] = [];
    for (let next = row.next(); next !== undefined; next = row.next()) {
      const { item, result } = next;
      // Most values are at hand, and awaiting each of those would take longer than all the rest.
      const value: unknown = isPromise(result) ? await result : result;
      entries.keys.push(item.key);
      values.push(heldValue(bound, item.key, value, origin.migration));
    }
    entries.values.append(values, values.length);
  }

  #hasChanged(field: FieldIdentity, since: number): boolean {
    const sources = this.#session.snapshot.fields.get(fieldKey(field));
    return sources !== undefined && lastSequence(sources) > since;
  }

  /** Stages all values of a moved field under its new name. Until they are stored, the old name keeps them. */
  #stageMove(bound: BoundField, move: Migration, token: LoadToken, entries: Taken): void {
    const { store } = bound;
    store.finishLoad(token, [], 'all');
    store.setMustLoad(undefined);
    for (const [i, key] of entries.keys.entries()) store.set(key, () => entries.values.at(i));
    this.#session.moves.set(bound, move.from);
  }
}

/** Keys one by one, as a batch may have more than a call takes arguments. Its values nobody has asked for yet. */
function append({ keys, values }: Taken, batch: MergedBatch): void {
  for (const key of batch.keys) keys.push(key);
  values.append(batch.values, batch.keys.length);
}
