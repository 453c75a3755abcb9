import { type Block, decodeBlock, ENTRY_KIND, encodeBlock } from '../../codec/block.js';
import { isInfinitreeError } from '../../errors.js';
import { ObjectReader } from '../../object/object-reader.js';
import { type CommitBody, encodeCommitBody, type FieldChange, type FieldIdentity } from '../records/commit.js';
import { MOVED_FIELD } from '../records/moved-object.js';
import { isEmpty, type Pack, type PackedRun } from '../records/pack.js';
import type { RunRef } from '../records/run.js';
import { type BlockRef, decodeRunIndex } from '../records/run-index.js';
import { fieldKey, makeSnapshot, type Snapshot } from '../snapshot.js';
import { writeLog } from '../write/log-writer.js';
import { ObjectWriters } from '../write/object-writers.js';
import { RunWriter } from '../write/run-writer.js';
import { cutLog } from './cut-log.js';
import { type CutTools, isBadExtent, isLostValue } from './cut-tools.js';
import { type Span, salvage } from './salvage.js';

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
    this.#writers = new ObjectWriters(tools.context, tools.signal);
  }

  async state(damaged: Snapshot): Promise<Snapshot> {
    const { position, base, care } = damaged;
    const commits = await cutLog(this.#tools, this.#reader, damaged);
    const packs: Pack[] = [];
    for (const pack of base.packs) {
      const runs: PackedRun[] = [];
      for (const { field, run } of pack.runs) {
        for (const left of await this.#folded(field, run)) runs.push({ field, run: left });
      }
      packs.push({ ...pack, runs, log: commits === undefined ? pack.log : [] });
    }
    const tail: CommitBody[] = [];
    for (const body of damaged.tail.list()) tail.push(await this.#body(body));
    const { index } = this.#writers;
    const log = await writeLog(index, commits ?? []);
    await this.#writers.flush();
    // Any of them may have something in what was made anew.
    const named = packs.map((pack) => ({ ...pack, runs: pack.runs.map((run) => this.#seen(run)), objects: [...pack.objects, ...index.objects] }));
    const all = [...named, { objects: index.objects, bytes: index.written, runs: [], log }];
    const whole = { ...base, packs: all.filter((pack) => !isEmpty(pack)), isYoung: false };
    // Those are read where they were before, and what is listed there is not to go.
    const replaced = this.#isFoundBefore ? [] : care.replaced;
    return makeSnapshot(position, whole, undefined, tail, { ...care, replaced });
  }

  /** Where newer entries of a field are gone, or older ones were found again, all that is left of it counts. */
  #seen({ field, run }: PackedRun): PackedRun {
    return { field, run: this.#damaged.has(fieldKey(field)) ? { ...run, shadowedBy: undefined } : run };
  }

  /** What is left of a run, and what others still had. */
  async #folded(field: FieldIdentity, run: RunRef): Promise<RunRef[]> {
    const { left, lost } = await this.#run(run);
    const kept = left === undefined ? [] : [left];
    if (lost.length === 0) return kept;
    this.#damaged.add(fieldKey(field));
    if (field.name === MOVED_FIELD.name) this.#isFoundBefore = true;
    const found = await salvage(this.#tools, this.#reader, this.#writers.index, field, lost);
    this.recovered += found?.count ?? 0;
    return found === undefined ? kept : [...kept, found];
  }

  /** Runs of single commits are written once: nobody else has what is gone of them. */
  async #body(body: CommitBody): Promise<CommitBody> {
    const changes: FieldChange[] = [];
    for (const change of body.changes) {
      const run = change.run && (await this.#run(change.run)).left;
      changes.push({ ...change, run, inline: change.inline && this.#inline(change.inline), decoded: undefined });
    }
    const before = body.changes;
    const isSame = changes.every(({ run, inline }, i) => run === before[i]?.run && inline === before[i]?.inline);
    return isSame ? body : encodeCommitBody(body.commit, changes);
  }

  /** What is left of a block that rides in a frame; one that does not decode was sealed like that, and nothing is. */
  #inline(block: Uint8Array): Uint8Array | undefined {
    const decoded = decodedOrLost(block);
    if (decoded === undefined) return undefined;
    const kinds = this.#withoutLostValues(decoded.values, decoded.kinds);
    return kinds === undefined ? block : encodeBlock({ keys: decoded.keys, values: decoded.values, kinds });
  }

  /** The run itself where nothing of it is gone; else what is left of it, and what is not. */
  async #run(run: RunRef): Promise<{ readonly left: RunRef | undefined; readonly lost: readonly Span[] }> {
    const { firstSequence, lastSequence } = run;
    if (isBadExtent(this.#tools, run.index)) return { left: undefined, lost: [run] };
    const lost: Span[] = [];
    const writer = new RunWriter(this.#writers.index);
    const { blocks, filters } = decodeRunIndex(await this.#reader.read(run.index));
    let changed = filters.some(({ extent }) => isBadExtent(this.#tools, extent));
    for (const ref of blocks) {
      if (isBadExtent(this.#tools, ref.extent)) lost.push({ ...ref, firstSequence, lastSequence });
      else changed = (await this.#block(writer, ref)) || changed;
    }
    if (lost.length === 0 && !changed) return { left: run, lost };
    if (lost.length === blocks.length) return { left: undefined, lost };
    return { left: await writer.finish(run), lost };
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
