import { largeChange, smallChange } from './contents.js';
import { operationCounts } from './counts.js';
import type { Machine } from './machine.js';
import { pausedAt } from './paused.js';
import { Program } from './program.js';
import { committed, look, planted } from './steps.js';

/** How far the first writer comes on the way of the second. */
type Wakes = 'never' | 'to its frame' | 'for good';

/**
 * A writer is stopped in the middle of a commit, another one takes the tree over, and somewhere on the way the first
 * goes on, or never does, or stops again with its frame written and not synced. Readers look at what is shown meanwhile.
 */
export async function takeover(machine: Machine): Promise<void> {
  const { random } = machine;
  const { frame, head } = await operationCounts();
  await planted(machine);
  const first = await Program.open(machine);
  const framed = random.int(3) > 0;
  if (framed) await first.commit(smallChange);
  machine.beginHere();
  // One more, and the commit is whole.
  const stop = 1 + random.int((framed ? frame : head) + 1);
  const begun = machine.now;
  const paused = pausedAt(first, stop, random.int(4) === 0 ? largeChange : smallChange);
  await paused.reached;
  const wakes = random.pick<Wakes>(['never', 'to its frame', 'for good', 'for good']);
  const isFramed = (): boolean =>
    machine.operations.slice(begun).some(({ during }) => during === 'heads.append of a frame');
  const second = await secondWriter(machine, async () => {
    // Nobody looks at a frame that is written and no more: a reader syncs it.
    if (wakes === 'to its frame') return paused.goOn(isFramed);
    if (wakes === 'for good') await paused.goOn();
    await look(machine);
  });
  await look(machine);
  // One that has not come to its end on the way is dead, or only slow.
  if (wakes !== 'for good' && random.int(2) === 0) return;
  await paused.goOn();
  await look(machine);
  await second.commit(smallChange);
  await first.refresh();
  await first.commit(smallChange);
  await look(machine);
}

/** Takes the tree over and commits, with an interlude somewhere on the way. */
async function secondWriter(machine: Machine, interlude: () => Promise<void>): Promise<Program> {
  const { takeover, early } = await operationCounts();
  const second = await Program.open(machine, { takeover: true });
  const operations = machine.random.int(2) === 0 ? early : takeover;
  second.before(1 + machine.random.int(operations), interlude);
  await committed(second);
  return second;
}
