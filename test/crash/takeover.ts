import { largeChange, smallChange } from './contents.js';
import { operationCounts } from './counts.js';
import type { Machine } from './machine.js';
import { type Paused, pausedAt } from './paused.js';
import { Program } from './program.js';
import { committed, look, planted } from './steps.js';

/** How far the first writer comes on the way of the second. */
type Wakes = 'never' | 'to its frame' | 'for good';

/** A writer in the middle of a commit. */
interface Stopped {
  readonly program: Program;
  readonly paused: Paused;
  /** Whether its frame is written, if it writes one. */
  readonly isFramed: () => boolean;
}

/**
 * A writer is stopped in the middle of a commit, another one takes the tree over, and somewhere on the way the first
 * goes on, or never does, or stops again with its frame written and not synced. Readers look at what is shown meanwhile.
 * In one of four runs a third writer comes in between.
 */
export async function takeover(machine: Machine): Promise<void> {
  const { random } = machine;
  await planted(machine);
  const first = await stoppedWriter(machine);
  if (random.int(4) === 0) return thirdWriter(machine, first);
  const wakes = random.pick<Wakes>(['never', 'to its frame', 'for good', 'for good']);
  const second = await secondWriter(machine, async () => {
    // Nobody looks at a frame that is written and no more: a reader syncs it.
    if (wakes === 'to its frame') return first.paused.goOn(first.isFramed);
    if (wakes === 'for good') await first.paused.goOn();
    await look(machine);
  });
  await look(machine);
  // One that has not come to its end on the way is dead, or only slow.
  if (wakes !== 'for good' && random.int(2) === 0) return;
  await first.paused.goOn();
  await look(machine);
  await second.commit(smallChange);
  await first.program.refresh();
  await first.program.commit(smallChange);
  await look(machine);
}

async function stoppedWriter(machine: Machine): Promise<Stopped> {
  const { random } = machine;
  const { frame, head } = await operationCounts();
  const program = await Program.open(machine);
  const framed = random.int(3) > 0;
  if (framed) await program.commit(smallChange);
  machine.beginHere();
  const begun = machine.now;
  // One more, and the commit is whole.
  const stop = 1 + random.int((framed ? frame : head) + 1);
  const paused = pausedAt(program, stop, random.int(4) === 0 ? largeChange : smallChange);
  await paused.reached;
  const isFramed = (): boolean =>
    machine.operations.slice(begun).some(({ during }) => during === 'heads.append of a frame');
  return { program, paused, isFramed };
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

/**
 * On the way of the second writer a third one comes as far as it may, and the first goes on. What the second then finds
 * is not in what the third builds upon.
 */
async function thirdWriter(machine: Machine, first: Stopped): Promise<void> {
  const { random } = machine;
  const { early } = await operationCounts();
  const second = await Program.open(machine, { takeover: true });
  let third: Pick<Stopped, 'program' | 'paused'> | undefined;
  second.before(1 + random.int(early), async () => {
    const program = await Program.open(machine, { takeover: true });
    third = { program, paused: pausedAt(program, 1 + random.int(early), smallChange) };
    await third.paused.reached;
    await first.paused.goOn(random.int(2) === 0 ? first.isFramed : undefined);
  });
  await second.commit(smallChange);
  await look(machine);
  await third?.paused.goOn();
  await look(machine);
  await first.paused.goOn();
  for (const program of [first.program, second, third?.program]) {
    await program?.refresh();
    await program?.commit(smallChange);
    await look(machine);
  }
}
