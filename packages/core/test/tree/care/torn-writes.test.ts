import type { ObjectId } from '@infinitree/core';
import { expect, test } from '@jest/globals';
import { OBJECT_SIZE } from '../scene.js';
import { noise, World } from './scene.js';

const PAGE = 4096;

interface Scene {
  readonly world: World;
  readonly head: ObjectId;
  /** The head as it was when it was new, when it had one frame, and when it had two. */
  readonly fresh: Uint8Array;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** A head with a small frame and one of two pages. */
async function scene(): Promise<Scene> {
  const world = new World('epoch');
  const tree = await world.create();
  const versions: Map<string, Uint8Array>[] = [];
  for (const size of [1, 1, 6000]) {
    tree.index.notes.set('note', noise(size));
    await tree.commit();
    versions.push(new Map([...world.store.entries].map(([id, { bytes }]) => [id, bytes.slice()])));
  }
  const [fresh, before, after] = versions as [
    Map<string, Uint8Array>,
    Map<string, Uint8Array>,
    Map<string, Uint8Array>,
  ];
  const changed = world.ids.filter((id) => Buffer.compare(before.get(id)!, after.get(id)!) !== 0);
  expect(changed).toHaveLength(1);
  const head = changed[0] as ObjectId;
  return { world, head, fresh: fresh.get(head)!, before: before.get(head)!, after: after.get(head)! };
}

/** The pages in which two versions of a head differ. */
function pagesOf(before: Uint8Array, after: Uint8Array): { start: number; end: number } {
  const differs = [...after.keys()].filter((at) => after[at] !== before[at]);
  return { start: Math.floor(differs[0]! / PAGE) * PAGE, end: Math.ceil(differs.at(-1)! / PAGE) * PAGE };
}

/** Offsets of the faults in padding that `verify` finds while the head has these bytes. */
async function faultsOf(world: World, head: ObjectId, bytes: Uint8Array): Promise<(number | undefined)[]> {
  const entry = world.store.entries.get(head)!;
  world.store.entries.set(head, { ...entry, bytes });
  const reader = await world.open({ readonly: true });
  const { faults, olderFaults } = await reader.verify({ readData: true });
  await reader.close();
  return [...faults, ...olderFaults].map(({ offset }) => offset);
}

test('what a power cut leaves of a frame or mark is no damage, wherever it was torn', async () => {
  const { world, head, fresh, before, after } = await scene();
  const { start, end } = pagesOf(before, after);
  expect(end - start).toBe(3 * PAGE);
  const mark = end - PAGE;
  const cuts = [start, start + 16, start + 511, start + 512, start + PAGE, mark - 20, mark - 1];
  const marks = [mark, mark + 16, mark + 96, mark + 97, mark + 111, mark + 112, mark + 512, end];
  // Of so little nobody can tell that it was torn: then it is reported, and a mark, which opens whole or not at all, as such.
  const slivers = new Map([
    [mark - 1, mark - 1],
    [mark + 97, mark],
    [mark + 111, mark],
  ]);
  for (const cut of [...cuts, ...marks]) {
    const torn = after.slice();
    torn.set(before.subarray(cut, end), cut);
    expect([cut, await faultsOf(world, head, torn)]).toEqual([cut, slivers.has(cut) ? [slivers.get(cut)] : []]);
  }
  // Sectors may reach the disk in any order.
  const late = after.slice();
  late.set(before.subarray(start + 512, start + 1024), start + 512);
  late.set(before.subarray(mark), mark);
  expect(await faultsOf(world, head, late)).toEqual([]);
  // A writer and its successor have both written the mark, and the later one was torn: that is like one that was changed.
  const twice = after.slice();
  twice.set(noise(60), mark + 52);
  expect(await faultsOf(world, head, twice)).toEqual([mark]);
  // The mark before comes with the same sync as the frame, or not.
  const unmarked = after.slice();
  const first = start - PAGE;
  unmarked.set(fresh.subarray(first, start), first);
  expect(await faultsOf(world, head, unmarked)).toEqual([]);
}, 60_000);

test('one changed bit is, also beside a torn write', async () => {
  const { world, head, before, after } = await scene();
  const { start, end } = pagesOf(before, after);
  const torn = before.slice();
  torn.set(after.subarray(start, start + 700), start);
  const places = [start + 1024, start + PAGE, start + PAGE + 15, OBJECT_SIZE - 1];
  for (const at of places) {
    for (const bit of [0, 7]) {
      const flipped = torn.slice();
      flipped[at]! ^= 1 << bit;
      expect([at, await faultsOf(world, head, flipped)]).toEqual([at, [at]]);
    }
  }
  // In the box of the last mark, which opens no more, and in the page behind it.
  for (const at of [0, 40, 111, 112, 600, PAGE - 1]) {
    const flipped = after.slice();
    flipped[end - PAGE + at]! ^= 1;
    expect([at, (await faultsOf(world, head, flipped)).length]).toEqual([at, 1]);
  }
}, 60_000);
