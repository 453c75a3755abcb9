import { isInfinitreeError } from '../../errors.js';
import type { ObjectId } from '../../format/ids.js';
import type { BoundField } from '../bind.js';
import { toCommit } from '../commit-info.js';
import type { HeadStore } from '../heads/head-store.js';
import { renewKeyObjects } from '../keys/renew-key-objects.js';
import type { CommitBody } from '../records/commit.js';
import type { Session } from '../session.js';
import { comparePositions, type Snapshot } from '../snapshot.js';
import { isSameFork, requireGoesOn } from '../succession.js';
import { checkCommit } from '../write/commit-options.js';
import { composeCommit } from '../write/compose-commit.js';
import type { HeadWriter } from '../write/head-writer.js';
import { ObjectWriters } from '../write/object-writers.js';
import { Copies } from './copies.js';
import { Cut } from './cut.js';
import type { Fault } from './fault.js';
import type { RepairOptions, RepairReport } from './repair-report.js';
import { Verification } from './verification.js';

/** Faults that cutting would not mend, or would make worse. */
const STAYING: readonly Fault['part'][] = ['chunk', 'padding', 'key object'];
/** As many faults are told in the data of the commit. */
const TOLD = 100;

/**
 * Brings back what a second copy has, then cuts off what is gone, and names it in a commit. First all of it is found out,
 * reading copies as if they were in their places. Order of writes: copies; what is made anew; the head.
 */
export class Repair {
  readonly #session: Session;
  readonly #fields: readonly BoundField[];
  readonly #options: RepairOptions;
  readonly #copies: Copies;

  constructor(session: Session, fields: readonly BoundField[], options: RepairOptions) {
    this.#session = session;
    this.#fields = fields;
    this.#options = options;
    this.#copies = new Copies(session.context, options.from);
  }

  /** `others`: the heads of the copy. */
  async run(writer: HeadWriter, others: HeadStore | undefined): Promise<RepairReport> {
    const session = this.#session;
    const { dryRun = false } = this.#options;
    const base = session.snapshot;
    const found = await this.#newest(others);
    // Commits of another copy have sequences of their own, and are none of this tree; only its objects are the same.
    const copied = found !== undefined && isSameFork(found.care.fork, base.care.fork) ? found : undefined;
    const goesOn = base.care.ended === undefined;
    const state = copied !== undefined && goesOn && isNewer(copied, base) ? copied : base;
    const verification = await this.#examine(state);
    const faults = verification.report(this.#fields).faults;
    // What rides in a head is in no object, and the head is written anew. Values are given up by who could read them: to
    // bring them back from a copy takes a reader.
    const { readsStorage } = session.context.keys;
    const canCut = ({ part, object }: Fault): boolean =>
      part === 'inline' || (object !== undefined && !STAYING.includes(part) && (part !== 'values' || readsStorage));
    const lost = faults.filter(canCut);
    const isFaulty = (id: ObjectId): boolean => faults.some(({ object }) => object === id);
    const renewed = await renewKeyObjects(session, isFaulty, this.#options);
    const isRenewed = ({ object }: Fault): boolean => renewed.some((id) => id === object);
    const remaining = faults.filter((fault) => !canCut(fault) && !isRenewed(fault));
    const restored = Object.freeze([...this.#copies.ids, ...renewed]);
    const nothingMore = { dryRun, restored, remaining: Object.freeze(remaining) };
    if (!dryRun) await this.#copies.write(this.#options);
    if (lost.length === 0 && state === base) {
      return Object.freeze({ ...nothingMore, commit: undefined, recovered: 0, lost: Object.freeze(lost) });
    }
    // Upon a head that ends its chain nothing can be cut off; copies are in their places all the same.
    requireGoesOn(state);
    const donors = await this.#donors(state, [copied, base]);
    const { now } = verification;
    const isBad = (object: ObjectId, offset: number): boolean => now.knows(object, offset);
    const isLost = (object: ObjectId, offset: number): boolean => readsStorage && now.knowsNamed(object, offset);
    const { signal } = this.#options;
    const context = dryRun ? { ...session.context, backend: this.#copies.patched } : session.context;
    const cut = new Cut({ context, isBad, isLost, donors, signal });
    const repaired = await cut.state(state);
    const told = { ...nothingMore, recovered: cut.recovered, lost: Object.freeze(lost) };
    if (dryRun) return Object.freeze({ ...told, commit: undefined });
    const body = await this.#commit(repaired, lost);
    session.snapshot = await writer.writeRepaired(base, repaired, [body], { signal });
    // What is in memory of these fields may be more than there is.
    const names = new Set(lost.map(({ field }) => field?.name));
    for (const { store, identity } of this.#fields) if (names.has(identity.name)) store.unload();
    return Object.freeze({ ...told, commit: toCommit(body.commit) });
  }

  /** Looks until no further copy brings anything to light: behind what was damaged there may be more. */
  async #examine(state: Snapshot): Promise<Verification> {
    const { context } = this.#session;
    for (;;) {
      const patched = { ...context, backend: this.#copies.patched };
      const verification = new Verification(this.#session, { ...this.#options, readData: true }, patched);
      try {
        await this.#session.heads.newest({});
      } catch (error) {
        if (!isInfinitreeError(error, 'CORRUPT')) throw error;
        verification.unopened(error);
      }
      await verification.run(state);
      if ((await this.#copies.add(verification.now, this.#options)) === 0) return verification;
    }
  }

  async #newest(heads: HeadStore | undefined): Promise<Snapshot | undefined> {
    try {
      return await heads?.newest({ acceptOlderHead: true });
    } catch (error) {
      if (!isInfinitreeError(error, 'CORRUPT')) throw error;
      return undefined;
    }
  }

  /** The states that may have what this one lacks. */
  async #donors(state: Snapshot, others: readonly (Snapshot | undefined)[]): Promise<Snapshot[]> {
    const donors = others.filter((other) => other !== undefined && other !== state) as Snapshot[];
    for (const id of this.#session.heads.standing(state)) {
      if (id === state.position.id) continue;
      try {
        const head = await this.#session.heads.read(id, this.#options);
        if (head !== undefined) donors.push(head.snapshot);
      } catch (error) {
        if (!isInfinitreeError(error, 'CORRUPT')) throw error;
      }
    }
    return donors;
  }

  async #commit(repaired: Snapshot, lost: readonly Fault[]): Promise<CommitBody> {
    const session = this.#session;
    const { signal } = this.#options;
    const told = lost.slice(0, TOLD).map(({ part, field, commits, entries, lost: what }) => ({
      part,
      field: field?.name,
      commits: commits && { ...commits },
      entries,
      lost: what,
    }));
    const data = { repair: { lost: told, faults: lost.length } };
    const options = checkCommit({ message: `Repair: ${lost.length} parts of the tree were lost`, data });
    const objects = new ObjectWriters(session.context, { signal });
    const job = { options, staged: [], resolve: () => undefined, reject: () => undefined };
    return composeCommit(session, objects, session.context.entropy.draw(), job, repaired.last, signal);
  }
}

function isNewer({ position: a }: Snapshot, { position: b }: Snapshot): boolean {
  return comparePositions(a, b) > 0;
}
