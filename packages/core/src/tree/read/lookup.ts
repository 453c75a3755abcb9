import { firstIndex } from '../../bytes/first-index.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import type { KeyFilter } from '../../codec/key-filter.js';
import { compareCanonical } from '../../codec/key-order.js';
import type { RunRef } from '../records/run.js';
import { type BlockRef, filterOf, type RunIndex } from '../records/run-index.js';
import type { FieldSources } from '../snapshot.js';
import { type AtHand, inSteps } from './at-hand.js';
import type { BlockStore, LoadedBlock } from './block-store.js';
import type { Version } from './inline-table.js';
import { lowestSequence, matters, type Window } from './window.js';

/** Yields what has to be read of runs, and is given it. */
type Search = Generator<unknown, Version | undefined, unknown>;

/** The newest version of a key inside the window, `undefined` where there is none. It may be a tombstone. */
export function newestVersion(
  store: BlockStore,
  sources: FieldSources,
  key: CanonicalKey,
  window: Window,
): AtHand<Version | undefined> {
  return inSteps(searchRuns(store, sources, key, window));
}

function* searchRuns(store: BlockStore, sources: FieldSources, key: CanonicalKey, window: Window): Search {
  const lowest = lowestSequence(sources.clears, window);
  let best = sources.inline.versions(key).findLast(({ sequence }) => sequence >= lowest && sequence <= window.to);
  // Sequences of runs may interleave: a run made by folding spans those of large commits in between.
  for (const run of sources.runs.toSorted((a, b) => b.lastSequence - a.lastSequence)) {
    if (run.lastSequence < lowest || (best !== undefined && run.lastSequence < best.sequence)) break;
    if (!matters(run, lowest, window) || !spans(run, key)) continue;
    const found = yield* searchRun(store, run, key, { from: lowest, to: window.to });
    // Of two runs that say something of one sequence, as those of moved chunks may, the later one counts.
    if (found !== undefined && (best === undefined || found.sequence >= best.sequence)) best = found;
  }
  return best;
}

function spans(range: { readonly firstKey: CanonicalKey; readonly lastKey: CanonicalKey }, key: CanonicalKey): boolean {
  return compareCanonical(range.firstKey, key) <= 0 && compareCanonical(key, range.lastKey) <= 0;
}

function* searchRun(store: BlockStore, run: RunRef, key: CanonicalKey, window: Window): Search {
  const index = (yield store.index(run)) as RunIndex;
  const { blocks } = index;
  const from = firstIndex(blocks.length, (i) => compareCanonical((blocks[i] as BlockRef).lastKey, key) >= 0);
  const first = blocks[from];
  if (first === undefined || !spans(first, key)) return undefined;
  const filter = filterOf(index, from);
  if (filter !== undefined && !((yield store.filter(filter)) as KeyFilter).mayHold(key)) return undefined;
  // Versions of one key may go on in the next block.
  for (const ref of blocks.slice(from)) {
    if (!spans(ref, key)) break;
    const found = findInBlock((yield store.block(ref)) as LoadedBlock, run, key, window);
    if (found !== undefined) return found;
  }
  return undefined;
}

function findInBlock(block: LoadedBlock, run: RunRef, key: CanonicalKey, window: Window): Version | undefined {
  const { keys, values, kinds, sequences } = block;
  let at = firstIndex(keys.length, (i) => compareCanonical(keys[i] as CanonicalKey, key) >= 0);
  for (; at < keys.length && keys[at] === key; at++) {
    const sequence = sequences?.[at] ?? run.firstSequence;
    if (sequence < window.from) return undefined;
    if (sequence <= window.to) return { sequence, kind: kinds?.[at] ?? 0, value: values.at(at) };
  }
  return undefined;
}
