import type { CanonicalKey } from '../../codec/index-key.js';
import { compareCanonical } from '../../codec/key-order.js';
import { fewAtATime } from '../../object/few-at-a-time.js';
import type { ObjectWriter } from '../../object/object-writer.js';
import type { BlockStore } from '../read/block-store.js';
import { runSource } from '../read/cursor.js';
import { Heap } from '../read/heap.js';
import { TOMBSTONE, type Version } from '../read/inline-table.js';
import { SourceCursor } from '../read/source-cursor.js';
import type { RunRef } from '../records/run.js';
import { RunSink } from './run-sink.js';
import type { Slices } from './slices.js';

/** Runs of one field that become one, or two where there is history. */
export interface RunMerge {
  readonly runs: readonly RunRef[];
  /** Those of the same field that stay as they are. */
  readonly others: readonly RunRef[];
  /** Sequences of the commits that cleared the field, ascending. */
  readonly clears: readonly number[];
}

export interface MergeTools {
  readonly blocks: BlockStore;
  readonly objects: ObjectWriter;
  readonly slices: Slices;
}

/** A source, and whether it is history already. */
interface Input {
  readonly cursor: SourceCursor;
  readonly isHistory: boolean;
}

/**
 * Merges runs of a field into one that has the newest version of each key, and one of what these shadow. A key whose
 * newest version says that it is gone goes into history altogether, if no run that stays has anything older of it: then
 * all history of the field is shadowed by that commit, lest a reader who leaves this run out finds the key in another one.
 *
 * It takes memory for some blocks of each run. Nothing may refer to the runs before the objects were flushed.
 */
export async function mergeRuns(tools: MergeTools, merge: RunMerge): Promise<RunRef[]> {
  return new Merging(tools, merge).run();
}

class Merging {
  readonly #tools: MergeTools;
  readonly #merge: RunMerge;
  readonly #live: RunSink;
  readonly #history: RunSink;
  /** Runs that stay and are read by all. */
  readonly #staying: readonly RunRef[];
  #shadowedBy = 0;
  #hasGone = false;

  constructor(tools: MergeTools, merge: RunMerge) {
    this.#tools = tools;
    this.#merge = merge;
    this.#live = new RunSink(tools.objects);
    this.#history = new RunSink(tools.objects);
    this.#staying = merge.others.filter(({ shadowedBy }) => shadowedBy === undefined);
  }

  async run(): Promise<RunRef[]> {
    const { runs, others } = this.#merge;
    const { blocks } = this.#tools;
    for (const { shadowedBy } of runs) this.#shadow(shadowedBy ?? 0);
    const inputs = runs.map((run) => ({
      cursor: new SourceCursor(runSource(blocks, run, {}, 1)),
      isHistory: run.shadowedBy !== undefined,
    }));
    try {
      await this.#through(inputs);
    } finally {
      await Promise.all(inputs.map(({ cursor }) => cursor.close()));
    }
    if (this.#hasGone) for (const { shadowedBy } of others) this.#shadow(shadowedBy ?? 0);
    const merged = [await this.#live.finish(undefined), await this.#history.finish(this.#shadowedBy)];
    return merged.filter((run) => run !== undefined);
  }

  async #through(inputs: readonly Input[]): Promise<void> {
    const heap = new Heap<Input>((a, b) => compareCanonical(a.cursor.key, b.cursor.key));
    await fewAtATime(inputs, async (input) => {
      if (await input.cursor.fetch()) heap.push(input);
    });
    for (let top = heap.top; top !== undefined; top = heap.top) {
      const { key } = top.cursor;
      const versions: Version[] = [];
      const before: Version[] = [];
      for (; top !== undefined && top.cursor.key === key; top = heap.top) {
        const { cursor, isHistory } = top;
        const { sequence, kind, value } = cursor;
        (isHistory ? before : versions).push({ sequence, kind, value });
        if (cursor.step() || (await cursor.fetch())) heap.sink();
        else heap.pop();
      }
      await this.#place(key, ordered(versions), before);
    }
  }

  /** `before`: versions that are history already. */
  async #place(key: CanonicalKey, versions: readonly Version[], before: readonly Version[]): Promise<void> {
    const shadowed = [...before];
    let isFull = false;
    for (const [i, version] of versions.entries()) {
      const shadow = this.#shadowOf(key, version, versions[i - 1]);
      if (shadow === undefined) {
        isFull = this.#live.add(key, version);
      } else {
        this.#shadow(shadow);
        shadowed.push(version);
      }
    }
    if (isFull) await this.#flush(this.#live);
    for (const version of ordered(shadowed)) {
      if (this.#history.add(key, version)) await this.#flush(this.#history);
    }
  }

  /** The commit as of which nobody needs this version; undefined where there is none. */
  #shadowOf(key: CanonicalKey, { sequence, kind }: Version, newer: Version | undefined): number | undefined {
    const cleared = this.#merge.clears.find((each) => each > sequence);
    if (newer !== undefined) return Math.min(newer.sequence, cleared ?? newer.sequence);
    if (cleared !== undefined) return cleared;
    if (kind !== TOMBSTONE || this.#staysBefore(key, sequence)) return undefined;
    this.#hasGone = true;
    return sequence;
  }

  /** Whether a run that stays may say something of this key that an earlier commit has stored. */
  #staysBefore(key: CanonicalKey, sequence: number): boolean {
    return this.#staying.some(
      ({ firstSequence, firstKey, lastKey }) =>
        firstSequence < sequence && compareCanonical(firstKey, key) <= 0 && compareCanonical(key, lastKey) <= 0,
    );
  }

  #shadow(sequence: number): void {
    this.#shadowedBy = Math.max(this.#shadowedBy, sequence);
  }

  async #flush(sink: RunSink): Promise<void> {
    await sink.flush();
    await this.#tools.slices.pause();
  }
}

/** Newest first, and of each commit one: what a repair has found in an older head may be in another run as well. */
function ordered(versions: readonly Version[]): Version[] {
  const sorted = versions.toSorted((a, b) => b.sequence - a.sequence);
  return sorted.filter(({ sequence }, i) => sequence !== sorted[i - 1]?.sequence);
}
