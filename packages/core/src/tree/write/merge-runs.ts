import { firstIndex } from '../../bytes/first-index.js';
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
import type { Slices } from '../slices.js';
import { RunSink } from './run-sink.js';

/** Runs of one field that become what is live of it, and history: one run each, as long as that can be read. */
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
 * Merges runs of a field into those that have the newest version of each key, and those of what these shadow. A key whose
 * newest version says that it is gone goes into history altogether, if no run that stays has anything older of it: then
 * all history of the field is shadowed by that commit, lest a reader who leaves this out finds the key in another one.
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
    return [...(await this.#live.finish(undefined)), ...(await this.#history.finish(this.#shadowedBy))];
  }

  async #through(inputs: readonly Input[]): Promise<void> {
    // The versions of a key come newest first, as they stand in each run.
    const heap = new Heap<Input>(
      ({ cursor: a }, { cursor: b }) => compareCanonical(a.key, b.key) || b.sequence - a.sequence,
    );
    await fewAtATime(inputs, async (input) => {
      if (await input.cursor.fetch()) heap.push(input);
    });
    let before: { readonly key: CanonicalKey; readonly sequence: number } | undefined;
    for (let top = heap.top; top !== undefined; top = heap.top) {
      const { cursor, isHistory } = top;
      const { key, sequence, kind, value } = cursor;
      const newer = before?.key === key ? before.sequence : undefined;
      // What a repair has found in an older head may be in another run as well.
      if (newer !== sequence) await this.#place(key, { sequence, kind, value }, isHistory, newer);
      before = { key, sequence };
      if (cursor.step() || (await cursor.fetch())) heap.sink();
      else heap.pop();
    }
  }

  /** `newer`: the commit of the next newer version. */
  async #place(key: CanonicalKey, version: Version, isHistory: boolean, newer: number | undefined): Promise<void> {
    const shadow = isHistory ? version.sequence : this.#shadowOf(key, version, newer);
    if (shadow !== undefined) this.#shadow(shadow);
    const sink = shadow === undefined ? this.#live : this.#history;
    if (!sink.add(key, version)) return;
    await sink.flush();
    await this.#tools.slices.pause();
  }

  /** The commit as of which nobody needs this version; undefined where there is none. */
  #shadowOf(key: CanonicalKey, { sequence, kind }: Version, newer: number | undefined): number | undefined {
    const cleared = this.#clearAfter(sequence);
    if (newer !== undefined || cleared !== undefined) return Math.min(newer ?? cleared ?? 0, cleared ?? newer ?? 0);
    if (kind !== TOMBSTONE || this.#staysBefore(key, sequence)) return undefined;
    this.#hasGone = true;
    return sequence;
  }

  #clearAfter(sequence: number): number | undefined {
    const { clears } = this.#merge;
    return clears[firstIndex(clears.length, (i) => (clears[i] as number) > sequence)];
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
}
