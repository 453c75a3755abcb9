import { InfinitreeError, isInfinitreeError } from '../../errors.js';
import type { ObjectId } from '../../format/ids.js';
import { isMissingObject } from '../../object/missing.js';
import { conflict } from '../heads/head-store.js';
import type { Session } from '../session.js';
import type { Snapshot } from '../snapshot.js';
import type { GcOptions } from './gc-report.js';
import { IdSet } from './id-set.js';
import type { IdTable } from './id-table.js';
import { type Visitor, Walk } from './walk.js';

/** Marks what is reached. */
export class Marking implements Visitor {
  readonly marked: IdSet;
  readonly #session: Session;
  readonly #listed: number;
  readonly #options: GcOptions;
  readonly #walk: Walk;
  /** Whether damage ends it. It must where the state matters: what lies behind the damage would pass for garbage. */
  #strict = true;

  /** `ids`: where the ids stand of those that were `listed`. */
  constructor(session: Session, ids: IdTable, listed: number, options: GcOptions) {
    this.marked = new IdSet(ids);
    this.#session = session;
    this.#listed = listed;
    this.#options = options;
    this.#walk = new Walk(session.context.keys, session.reader, this, {
      values: true,
      signal: options.signal,
      names: new IdSet(ids),
    });
  }

  object(id: ObjectId): void {
    if (!this.marked.add(id)) return;
    const done = this.marked.size;
    this.#options.onProgress?.({ done, total: Math.max(done, this.#listed) });
  }

  piece(): void {
    // Objects stay or go as a whole.
  }

  entries(): void {
    // Nobody asks for their number.
  }

  fault(error: InfinitreeError): void {
    if (this.#strict) throw error;
  }

  /** What the newest state reaches. */
  async newest(): Promise<void> {
    const { snapshot } = this.#session;
    this.#strict = true;
    try {
      await this.#walk.state(snapshot);
    } catch (error) {
      if (isMissingObject(error)) {
        await this.#session.relocate(snapshot, error);
        throw conflict('Another writer has committed.');
      }
      if (isInfinitreeError(error, 'CORRUPT')) throw damaged(error);
      throw error;
    }
  }

  /** And what views and older heads reach beyond that. What of them was replaced and is gone already is no damage. */
  async all(): Promise<void> {
    await this.newest();
    const session = this.#session;
    this.#strict = false;
    for (const snapshot of session.views.values()) await this.#walk.state(snapshot);
    // The ends of chains of earlier key epochs stay for good.
    for (const { heads } of session.snapshot.care.history?.epochs ?? []) for (const id of heads) this.object(id);
    for (const id of session.heads.standing(session.snapshot)) {
      this.object(id);
      const state = await this.#older(id);
      if (state !== undefined) await this.#walk.state(state);
    }
  }

  async #older(id: ObjectId): Promise<Snapshot | undefined> {
    try {
      return (await this.#session.heads.read(id, this.#options))?.snapshot;
    } catch (error) {
      if (!isInfinitreeError(error, 'CORRUPT')) throw error;
      return undefined;
    }
  }
}

function damaged(cause: InfinitreeError): InfinitreeError {
  return new InfinitreeError(
    'CORRUPT',
    `${cause.message} What only that refers to cannot be told from garbage, so nothing was deleted. See tree.verify() ` +
      'and tree.repair().',
    { cause },
  );
}
