import type { CanonicalKey } from '../../codec/index-key.js';
import { compareCanonical } from '../../codec/key-order.js';
import type { StagedOp } from '../../fields/delta.js';
import { type KeyRange, sliceRange } from './cursor.js';
import { STAGED, TOMBSTONE } from './inline-table.js';
import type { MergedBatch } from './scan.js';

/** Staged changes in a range, in the order of the scan. */
export type StagedEntries = readonly (readonly [CanonicalKey, StagedOp])[];

/** The part of what is staged that lies in the range. */
export function overlayRange(ops: ReadonlyMap<CanonicalKey, StagedOp>, range: KeyRange): StagedEntries {
  const sorted = [...ops].sort(([a], [b]) => compareCanonical(a, b));
  const [start, end] = sliceRange(
    sorted.map(([key]) => key),
    range,
  );
  const part = sorted.slice(start, end);
  return range.reverse === true ? part.reverse() : part;
}

/** Lays staged changes over committed entries, both in the order of the scan. */
export async function* withOverlay(
  committed: AsyncIterable<MergedBatch> | undefined,
  staged: StagedEntries,
  reverse: boolean,
): AsyncGenerator<MergedBatch, void, undefined> {
  let at = 0;
  if (committed !== undefined) {
    for await (const batch of committed) {
      if (at === staged.length) {
        yield batch;
        continue;
      }
      const merged = new Staging();
      for (let i = 0; i < batch.keys.length; i++) {
        const key = batch.keys[i] as CanonicalKey;
        let replaced = false;
        for (let next = staged[at]; next !== undefined && !replaced; next = staged[at]) {
          const order = reverse ? compareCanonical(key, next[0]) : compareCanonical(next[0], key);
          if (order > 0) break;
          merged.stage(next);
          at += 1;
          replaced = order === 0;
        }
        if (!replaced) merged.add(key, batch.values.at(i), batch.kinds?.[i] ?? 0);
      }
      yield merged;
    }
  }
  const rest = new Staging();
  for (const entry of staged.slice(at)) rest.stage(entry);
  if (rest.keys.length > 0) yield rest;
}

class Staging implements MergedBatch {
  readonly keys: CanonicalKey[] = [];
  readonly values: unknown[] = [];
  readonly kinds: number[] = [];

  add(key: CanonicalKey, value: unknown, kind: number): void {
    this.keys.push(key);
    this.values.push(value);
    this.kinds.push(kind);
  }

  stage([key, op]: StagedEntries[number]): void {
    this.add(key, op.value, op.kind === 'value' ? STAGED : TOMBSTONE);
  }
}
