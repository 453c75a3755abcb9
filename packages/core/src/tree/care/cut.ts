import { type Block, decodeBlock, ENTRY_KIND, encodeBlock } from '../../codec/block.js';
import { isInfinitreeError } from '../../errors.js';
import { ObjectReader } from '../../object/object-reader.js';
import {
  type CommitBody,
  type CommitRecord,
  changesOf,
  encodeCommitBody,
  type FieldChange,
  type FieldIdentity,
} from '../records/commit.js';
import { MOVED_FIELD } from '../records/moved-object.js';
import { isEmpty, type Pack, type PackedRun } from '../records/pack.js';
import type { PlacedRun, RunRef } from '../records/run.js';
import { type BlockRef, decodeRunIndex } from '../records/run-index.js';
import { Slices } from '../slices.js';
import { fieldKey, makeSnapshot, type Snapshot } from '../snapshot.js';
import { objectsIn, sizeOf } from '../write/extents.js';
import { LogWriter } from '../write/log-writer.js';
import { ObjectWriters } from '../write/object-writers.js';
import { RunWriter } from '../write/run-writer.js';
import { cutLog } from './cut-log.js';
import { type CutTools, isBadExtent, isLostValue } from './cut-tools.js';
import { type Span, salvage } from './salvage.js';

/** What is left of a run; of one that is as it was no objects are told. */
type Left = PlacedRun;

/**
 * Makes of a damaged state one that can be read in full: blocks that are gone are left out, or filled in from states that
 * still have their entries; where only a value is gone, its key is, too, since an older value must not pass for it.
 * Everything is durable when this resolves. It is no longer a young pack: what stays of it is not written again.
 */
export class Cut {
  /** Entries that other states still had. */
  recovered = 0;
  readonly #tools: CutTools;
  readonly #reader: ObjectReader;
  readonly #writers: ObjectWriters;
  /** Fields of which entries are gone. */
  readonly #damaged = new Set<string>();
  /** Whether nobody knows any more of some chunks that they were sealed again. */
  #isFoundBefore = false;

  constructor(tools: CutTools) {
    this.#tools = tools;
    this.#reader = new ObjectReader(tools.context, { fresh: true });
    this.#writers = new ObjectWriters(tools.context, { signal: tools.signal });
  }

  async state(damaged: Snapshot): Promise<Snapshot> {
    const { position, base, care } = damaged;
    const commits = await cutLog(this.#tools, this.#reader, damaged);
    const packs: Pack[] = [];
    for (const pack of base.packs) {
      packs.push(await this.#pack(commits === undefined ? pack : { ...pack, log: [] }));
    }
    const tail: CommitBody[] = [];
    for (const body of damaged.tail.list()) tail.push(await this.#body(body));
    if (commits !== undefined) packs.push(await this.#logPack(commits));
    await this.#writers.flush();
    const left = packs.filter((pack) => !isEmpty(pack)).map((pack) => this.#shown(pack));
    const whole = { ...base, packs: left, isYoung: false };
    // Those are read where they were before, and what is listed there is not to go.
    const replaced = this.#isFoundBefore ? [] : care.replaced;
    return makeSnapshot(position, whole, undefined, tail, { ...care, replaced });
  }

  async #logPack(commits: readonly CommitRecord[]): Promise<Pack> {
    const writer = new LogWriter(this.#writers.index, new Slices('Repairing the tree', this.#tools.signal));
    await writer.add(commits);
    const log = await writer.finish();
    const extents = log.map(({ extent }) => extent);
    return { objects: objectsIn(extents), bytes: sizeOf(extents), runs: [], log };
  }

  /** What is left of a pack, and what others still had. */
  async #pack(pack: Pack): Promise<Pack> {
    const runs: PackedRun[] = [];
    const objects = new Set(pack.objects);
    for (const { field, run } of pack.runs) {
      for (const left of await this.#folded(field, run)) {
        runs.push({ field, run: left.run });
        for (const object of left.objects) objects.add(object);
      }
    }
    return { ...pack, runs, objects: [...objects] };
  }

  /** Where entries that every read looks at are gone, older ones count that these have shadowed. */
  #shown(pack: Pack): Pack {
    const isShown = (field: FieldIdentity) => this.#damaged.has(fieldKey(field));
    const runs = pack.runs.map(({ field, run }) => ({
      field,
      run: isShown(field) ? { ...run, shadowedBy: undefined } : run,
    }));
    return { ...pack, runs };
  }

  /** What is left of a run, and what others still had. */
  async #folded(field: FieldIdentity, run: RunRef): Promise<readonly Left[]> {
    const { left, lost } = await this.#run(run);
    if (lost.length === 0) return left;
    const { shadowedBy } = run;
    if (shadowedBy === undefined) this.#damaged.add(fieldKey(field));
    if (field.name === MOVED_FIELD.name) this.#isFoundBefore = true;
    const found = await salvage(this.#tools, this.#reader, this.#writers.index, field, { lost, shadowedBy });
    this.recovered += found.reduce((sum, { run: { count } }) => sum + count, 0);
    return [...left, ...found];
  }

  /** Runs of single commits are written once: nobody else has what is gone of them. */
  async #body(body: CommitBody): Promise<CommitBody> {
    const changes: FieldChange[] = [];
    for (const change of body.changes) {
      const runs = change.run === undefined ? [] : await this.#placed(change.run);
      const inline = change.inline && this.#inline(change.inline);
      changes.push(...changesOf({ ...change, inline, decoded: undefined }, runs));
    }
    const before = body.changes;
    const isSameAt = ({ run, inline }: FieldChange, i: number) =>
      run === before[i]?.run && inline === before[i]?.inline;
    const isSame = changes.length === before.length && changes.every(isSameAt);
    return isSame ? body : encodeCommitBody(body.commit, changes);
  }

  async #placed(placed: PlacedRun): Promise<PlacedRun[]> {
    const { left } = await this.#run(placed.run);
    return left.map((part) =>
      // What is left of it may stand in objects of before.
      part.run === placed.run ? placed : { ...part, objects: [...placed.objects, ...part.objects] },
    );
  }

  /** What is left of a block that rides in a frame; one that does not decode was sealed like that, and nothing is. */
  #inline(block: Uint8Array): Uint8Array | undefined {
    const decoded = decodedOrLost(block);
    if (decoded === undefined) return undefined;
    const kinds = this.#withoutLostValues(decoded.values, decoded.kinds);
    return kinds === undefined ? block : encodeBlock({ keys: decoded.keys, values: decoded.values, kinds });
  }

  /** The run itself where nothing of it is gone; else what is left of it, and what is not. `objects`: that are new. */
  async #run(run: RunRef): Promise<{ readonly left: readonly Left[]; readonly lost: readonly Span[] }> {
    const { firstSequence, lastSequence } = run;
    if (isBadExtent(this.#tools, run.index)) return { left: [], lost: [run] };
    const lost: Span[] = [];
    const writer = new RunWriter(this.#writers.index);
    const { blocks, filters } = decodeRunIndex(await this.#reader.read(run.index));
    let changed = filters.some(({ extent }) => isBadExtent(this.#tools, extent));
    for (const ref of blocks) {
      if (isBadExtent(this.#tools, ref.extent)) lost.push({ ...ref, firstSequence, lastSequence });
      else changed = (await this.#block(writer, ref)) || changed;
    }
    if (lost.length === 0 && !changed) return { left: [{ run, objects: [], bytes: 0 }], lost };
    if (lost.length === blocks.length) return { left: [], lost };
    return { left: await writer.placed(run), lost };
  }

  /** Whether the block had to be made anew because values of it are gone. */
  async #block(writer: RunWriter, ref: BlockRef): Promise<boolean> {
    const block = decodeBlock(await this.#reader.read(ref.extent, ref.plainLength));
    const kinds = this.#withoutLostValues(block.values, block.kinds);
    if (kinds === undefined) {
      await writer.keep(ref, block.keys);
      return false;
    }
    const { keys, values, sequences } = block;
    const bytes = encodeBlock({ keys, values, kinds, ...(sequences === undefined ? {} : { sequences }) });
    await writer.add({ keys, firstKey: ref.firstKey, lastKey: ref.lastKey, count: ref.count, bytes });
    return true;
  }

  /** The kinds of entries with tombstones for those whose values are gone; undefined where none is. */
  #withoutLostValues(values: readonly unknown[], kinds: Uint8Array | undefined): Uint8Array | undefined {
    if (kinds === undefined) return undefined;
    const isGone = (value: unknown, i: number): boolean =>
      kinds[i] === ENTRY_KIND.pointer && isLostValue(this.#tools, value);
    if (!values.some(isGone)) return undefined;
    return kinds.map((kind, i) => (isGone(values[i], i) ? ENTRY_KIND.tombstone : kind));
  }
}

function decodedOrLost(block: Uint8Array): Block | undefined {
  try {
    return decodeBlock(block);
  } catch (error) {
    if (!isInfinitreeError(error, 'CORRUPT')) throw error;
    return undefined;
  }
}
