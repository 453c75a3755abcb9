import { firstIndex } from '../../bytes/first-index.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { compareCanonical } from '../../codec/key-order.js';
import { Gathered, type ValuesAt } from '../../codec/open-column.js';
import type { RunRef } from '../records/run.js';
import type { BlockRef } from '../records/run-index.js';
import { Ahead } from './ahead.js';
import type { BlockStore } from './block-store.js';
import type { InlineTable, Version } from './inline-table.js';

/** Which keys are asked for: from `gte` up to but without `lt`, downwards if `reverse`. */
export interface KeyRange {
  readonly gte?: CanonicalKey | undefined;
  readonly lt?: CanonicalKey | undefined;
  readonly reverse?: boolean | undefined;
}

/** Consecutive entries of one source, in the order of the scan. Versions of one key stand together, in any order. */
export interface Batch {
  readonly keys: readonly CanonicalKey[];
  readonly values: ValuesAt;
  readonly kinds: ArrayLike<number> | undefined;
  /** The commit of each entry; where it is absent, all are of `sequence`. */
  readonly sequences: ArrayLike<number> | undefined;
  readonly sequence: number;
}

/** Gives the entries of one source, a batch at a time. */
export type Source = () => AsyncGenerator<Batch, void, undefined>;

/** The part of sorted keys that lies in the range: indices `[start, end)`. */
export function sliceRange(keys: readonly CanonicalKey[], range: KeyRange): readonly [number, number] {
  const { gte, lt } = range;
  const start =
    gte === undefined ? 0 : firstIndex(keys.length, (i) => compareCanonical(keys[i] as CanonicalKey, gte) >= 0);
  const end =
    lt === undefined ? keys.length : firstIndex(keys.length, (i) => compareCanonical(keys[i] as CanonicalKey, lt) >= 0);
  return [start, Math.max(start, end)];
}

/** The entries of a run, block by block; `atOnce` blocks are fetched before their turn, at least the next one. */
export function runSource(store: BlockStore, run: RunRef, range: KeyRange, atOnce: number): Source {
  return async function* () {
    const refs = (await blocksInRange(store, run, range)).values();
    const blocks = new Ahead<BlockRef>(
      Math.max(2, atOnce),
      () => refs.next().value,
      (ref) => ({ item: ref, result: store.fetch(ref), fetched: ref, bytes: sizeOf(ref) }),
    );
    for (let next = blocks.next(); next !== undefined; next = blocks.next()) {
      const decode = await (next.result as ReturnType<BlockStore['fetch']>);
      const block = decode();
      const [start, end] = sliceRange(block.keys, range);
      const isWhole = end - start === block.keys.length && range.reverse !== true;
      const cut = <V>(column: ArrayLike<V>): readonly V[] => cutColumn(column, start, end, range);
      yield {
        keys: cut(block.keys),
        values: isWhole ? new Gathered(block.values) : cut(block.values.all()),
        kinds: block.kinds && cut(block.kinds),
        sequences: block.sequences && cut(block.sequences),
        sequence: run.firstSequence,
      };
    }
  };
}

function sizeOf({ extent }: BlockRef): number {
  return extent.segments.reduce((sum, { length }) => sum + length, 0);
}

/** The part of a column that lies in the range, in the order of the scan. */
function cutColumn<V>(column: ArrayLike<V>, start: number, end: number, { reverse }: KeyRange): readonly V[] {
  const whole = Array.isArray(column) ? (column as readonly V[]) : Array.from(column);
  if (start === 0 && end === whole.length) return reverse === true ? whole.toReversed() : whole;
  const part = whole.slice(start, end);
  return reverse === true ? part.reverse() : part;
}

async function blocksInRange(store: BlockStore, run: RunRef, range: KeyRange): Promise<BlockRef[]> {
  const blocks = (await store.blocks(run)).filter((block) => meets(block, range));
  return range.reverse === true ? blocks.reverse() : blocks;
}

/** Whether a run or a block may hold keys of the range; of one that does not, nothing has to be fetched. */
export function meets(
  { firstKey, lastKey }: { readonly firstKey: CanonicalKey; readonly lastKey: CanonicalKey },
  { gte, lt }: KeyRange,
): boolean {
  return (
    (gte === undefined || compareCanonical(lastKey, gte) >= 0) &&
    (lt === undefined || compareCanonical(firstKey, lt) < 0)
  );
}

/** The entries that ride in frames. */
export function inlineSource(table: InlineTable, range: KeyRange): Source {
  return async function* () {
    await Promise.resolve();
    const all = table.keys();
    const [start, end] = sliceRange(all, range);
    const keys: CanonicalKey[] = [];
    const versions: Version[] = [];
    for (const key of cutColumn(all, start, end, range)) {
      for (const version of table.versions(key)) {
        keys.push(key);
        versions.push(version);
      }
    }
    yield {
      keys,
      values: versions.map(({ value }) => value),
      kinds: versions.map(({ kind }) => kind),
      sequences: versions.map(({ sequence }) => sequence),
      sequence: 0,
    };
  };
}
