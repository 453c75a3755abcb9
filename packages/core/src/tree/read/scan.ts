import { ENTRY_KIND } from '../../codec/block.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { compareCanonical } from '../../codec/key-order.js';
import type { ValuesAt } from '../../codec/open-column.js';
import { throwIfAborted } from '../../errors.js';
import { fewAtATime } from '../../object/few-at-a-time.js';
import type { RunRef } from '../records/run.js';
import type { FieldSources } from '../snapshot.js';
import type { BlockStore } from './block-store.js';
import { inlineSource, type KeyRange, meets, runSource, type Source } from './cursor.js';
import { Heap } from './heap.js';
import { SourceCursor } from './source-cursor.js';
import { lowestSequence, matters, type Window } from './window.js';

/** The newest version of each key, tombstones included, in the order of the scan. */
export interface MergedBatch {
  readonly keys: readonly CanonicalKey[];
  readonly values: ValuesAt;
  /** As in a block; absent where all entries are values. */
  readonly kinds: ArrayLike<number> | undefined;
}

/** Entries merged before they are handed on: few enough to be taken back early, enough to make waiting cheap. */
const BATCH = 1024;

/**
 * Merges the sources of a field by key and keeps of each key the newest version inside the window. Tombstones are
 * handed on, because a caller that lays these entries over older ones has to see them.
 */
export async function* scan(
  store: BlockStore,
  sources: FieldSources,
  window: Window,
  range: KeyRange,
  signal?: AbortSignal,
): AsyncGenerator<MergedBatch, void, undefined> {
  const lowest = lowestSequence(sources.clears, window);
  const inside = { from: lowest, to: window.to };
  const runs = sources.runs.filter((run) => matters(run, lowest, window) && meets(run, range));
  const atOnce = Math.floor(store.atOnce / Math.max(1, runs.length));
  const open: Source[] = runs.map((run) => runSource(store, run, range, atOnce));
  if (!sources.inline.isEmpty) open.push(inlineSource(sources.inline, range));
  const only = open.length === 1 ? open[0] : undefined;
  const plain = only !== undefined && runs[0] !== undefined && isWithin(runs[0], inside);
  for await (const batch of plain ? only() : merge(open, inside, range.reverse === true)) {
    throwIfAborted(signal, 'Reading a field');
    yield batch;
  }
}

/** Whether what is in a run is just what is asked for. */
function isWithin({ isUnique, firstSequence, lastSequence }: RunRef, { from, to }: Window): boolean {
  return isUnique && firstSequence >= from && lastSequence <= to;
}

async function* merge(
  sources: readonly Source[],
  window: Window,
  reverse: boolean,
): AsyncGenerator<MergedBatch, void, undefined> {
  const order = reverse
    ? (a: SourceCursor, b: SourceCursor) => compareCanonical(b.key, a.key)
    : (a: SourceCursor, b: SourceCursor) => compareCanonical(a.key, b.key);
  const heap = new Heap<SourceCursor>(order);
  const all = sources.map((source) => new SourceCursor(source));
  try {
    await fewAtATime(all, async (head) => {
      if (await head.fetch()) heap.push(head);
    });
    let out = new Merged();
    for (let top = heap.top; top !== undefined; top = heap.top) {
      const { key } = top;
      let newest = -1;
      let kind = 0;
      let value: unknown;
      for (; top !== undefined && top.key === key; top = heap.top) {
        const { sequence } = top;
        if (sequence >= window.from && sequence <= window.to && sequence > newest) {
          newest = sequence;
          kind = top.kind;
          value = top.value;
        }
        if (top.step() || (await top.fetch())) heap.sink();
        else heap.pop();
      }
      if (newest < 0) continue;
      out.add(key, kind, value);
      if (out.keys.length < BATCH) continue;
      yield out;
      out = new Merged();
    }
    if (out.keys.length > 0) yield out;
  } finally {
    await Promise.all(all.map((head) => head.close()));
  }
}

class Merged implements MergedBatch {
  readonly keys: CanonicalKey[] = [];
  readonly values: unknown[] = [];
  readonly #kinds: number[] = [];
  #areValues = true;

  get kinds(): readonly number[] | undefined {
    return this.#areValues ? undefined : this.#kinds;
  }

  add(key: CanonicalKey, kind: number, value: unknown): void {
    this.keys.push(key);
    this.#kinds.push(kind);
    this.values.push(value);
    if (kind !== ENTRY_KIND.value) this.#areValues = false;
  }
}
