import { createHash } from 'node:crypto';
import {
  type BlobRef,
  type Infinitree,
  registerIndex,
  Serialized,
  VersionedList,
  VersionedMap,
  type View,
} from '@infinitree/core';
import type { SeededRandom } from '@infinitree/testing';

/** The tree of the crash suite: every way in which data are stored. */
export class Plot {
  notes = new VersionedMap<string, string>();
  readings = new VersionedMap<number, string>();
  last = new Serialized<string>('');
  files = new VersionedMap<string, BlobRef>();
  events = new VersionedList<string>();
}
registerIndex(Plot, {
  fields: [
    { property: 'notes', name: 'notes' },
    { property: 'readings', name: 'readings', strategy: 'sparse' },
    { property: 'last', name: 'last' },
    { property: 'files', name: 'files' },
    { property: 'events', name: 'events' },
  ],
});

/** What one commit changes. */
export interface Change {
  readonly notes: readonly (readonly [key: string, value: string | undefined])[];
  readonly readings: readonly (readonly [key: number, value: string])[];
  readonly last: string;
  readonly files: readonly (readonly [name: string, bytes: Uint8Array])[];
  readonly events: readonly string[];
}

/** Makes the change of a commit. */
export type Kind = (random: SeededRandom, label: string) => Change;

/** A few hundred bytes, which ride in the frame. */
export const smallChange: Kind = (random, label) => {
  const notes = [0, 1].map(
    () => [`note ${random.int(12)}`, random.int(5) === 0 ? undefined : text(random, 60)] as const,
  );
  return { notes, readings: [[random.int(20), text(random, 40)]], last: text(random, 8), files: [], events: [label] };
};

/**
 * As much as just rides in a frame: five of them fill a journal, and one more a head. Folding moves the value out of the
 * pack, which stays small enough to be written again, and replaced, by the next fold.
 */
export const middlingChange: Kind = (random, label) => ({
  ...smallChange(random, label),
  readings: [[random.int(40), text(random, 5500)]],
});

/** What is large, and small once it is packed. */
export const packingChange: Kind = (random, label) => ({
  ...smallChange(random, label),
  readings: [[random.int(40), text(random, 40).repeat(1200)]],
});

/** More than rides in a frame, in every field: index objects, packed sparse values and a blob of two objects. */
export const largeChange: Kind = (random, label) => {
  const notes = Array.from({ length: 30 }, (_, i) => [`plant ${i}`, text(random, 200)] as const);
  const readings = Array.from({ length: 12 }, (_, i) => [100 + i, text(random, 1000)] as const);
  const files = [[`file ${random.int(3)}`, random.bytes(90_000)] as const];
  return { notes, readings, last: text(random, 8), files, events: [label] };
};

/** Both changes, one after the other, in one commit. */
export function joined(first: Change, second: Change): Change {
  return {
    notes: [...first.notes, ...second.notes],
    readings: [...first.readings, ...second.readings],
    last: second.last,
    files: [...first.files, ...second.files],
    events: [...first.events, ...second.events],
  };
}

function text(random: SeededRandom, bytes: number): string {
  return Buffer.from(random.bytes(bytes)).toString('base64');
}

/** Stores the blobs of a change; what it gives stages the whole change at once. */
export async function prepare(
  tree: Infinitree<Plot>,
  change: Change,
  put: (bytes: Uint8Array) => Promise<BlobRef> = (bytes) => tree.blobs.put(bytes),
): Promise<() => void> {
  const refs: [string, BlobRef][] = [];
  for (const [name, bytes] of change.files) refs.push([name, await put(bytes)]);
  return () => stage(tree, change, refs);
}

function stage(tree: Infinitree<Plot>, change: Change, refs: readonly [string, BlobRef][]): void {
  const { index } = tree;
  for (const [key, value] of change.notes) {
    if (value === undefined) index.notes.delete(key);
    else index.notes.set(key, value);
  }
  for (const [key, value] of change.readings) index.readings.set(key, value);
  for (const [name, ref] of refs) index.files.set(name, ref);
  index.last.value = change.last;
  for (const event of change.events) index.events.push(event);
}

/** What a tree holds after these commits, written out so that it can be compared. */
export function contentsAfter(changes: readonly Change[]): string {
  const notes = new Map<string, string>();
  const readings = new Map<number, string>();
  const files = new Map<string, string>();
  let last = '';
  for (const change of changes) {
    for (const [key, value] of change.notes) {
      if (value === undefined) notes.delete(key);
      else notes.set(key, value);
    }
    for (const [key, value] of change.readings) readings.set(key, value);
    for (const [name, bytes] of change.files) files.set(name, written(bytes));
    last = change.last;
  }
  const events = changes.flatMap((change) => change.events);
  return print(notes, readings, files, last, events);
}

/** What a tree, or a view of it, says that it holds: every byte of it is read. */
export async function contentsOf(tree: Infinitree<Plot>, at: Infinitree<Plot> | View<Plot> = tree): Promise<string> {
  await at.load();
  const { notes, readings, files, last, events } = at.index;
  const blobs = new Map<string, string>();
  for (const [name, ref] of files) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of tree.blobs.get(ref)) chunks.push(chunk);
    blobs.set(name, written(Buffer.concat(chunks)));
  }
  return print(new Map(notes), new Map(readings), blobs, last.value, [...events.values()]);
}

/** Blobs are told apart by their hash: written out, they would be most of what is compared. */
function written(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64');
}

function print(
  notes: ReadonlyMap<string, string>,
  readings: ReadonlyMap<number, string>,
  files: ReadonlyMap<string, string>,
  last: string,
  events: readonly string[],
): string {
  const sorted = (map: ReadonlyMap<string | number, string>): (readonly [string | number, string])[] =>
    [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([sorted(notes), sorted(readings), sorted(files), last, events]);
}
