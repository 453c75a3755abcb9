import { smallChange } from './contents.js';
import { Machine } from './machine.js';
import { type Paused, pausedAt } from './paused.js';
import { Program } from './program.js';
import { abandoned, collected, committed, LONG_AFTER_MS, planted } from './steps.js';

/** How many file operations a program makes, on a machine of its own. */
export interface Counts {
  readonly creation: number;
  /** Those of a commit by a frame, and by a head. */
  readonly frame: number;
  readonly head: number;
  /** Those of a takeover behind a commit that came in between, and how many of them come before a head is made. */
  readonly takeover: number;
  readonly early: number;
  /** Those of a collection and the commits beside it. */
  readonly collection: number;
}

let known: Promise<Counts> | undefined;

/** Counted and not written down: who adds an operation would move the last ones out of reach, and nobody would notice. */
export function operationCounts(): Promise<Counts> {
  known ??= count();
  return known;
}

async function count(): Promise<Counts> {
  const { made: creation } = await Program.create(new Machine({ seed: 1 }));
  const machine = new Machine({ seed: 1 });
  await planted(machine);
  const writer = await Program.open(machine);
  const head = await madeBy(writer, commit);
  const frame = await madeBy(writer, commit);
  const takeover = await countTakeover();
  const early = await countEarly(frame);
  return { creation, head, frame, takeover, early, collection: await countCollection() };
}

const commit = (program: Program): Promise<unknown> => program.commit(smallChange);

async function countTakeover(): Promise<number> {
  const { paused, second } = await secondBehind(1);
  await paused.goOn();
  return madeBy(second, committed);
}

/** Here the first writer stops before the last operation, by which it would write its mark. */
async function countEarly(last: number): Promise<number> {
  const { machine, second } = await secondBehind(last);
  const begun = machine.now;
  const before = second.made;
  let early = 0;
  const look = async (): Promise<void> => {
    if (machine.operations.slice(begun).some(({ during }) => during === 'heads.create')) return;
    early = second.made - before;
    second.before(1, look);
  };
  second.before(1, look);
  await committed(second);
  return early;
}

/** A writer who has taken the tree over from one who stopped before that operation of a commit by a frame. */
async function secondBehind(nth: number): Promise<{ machine: Machine; paused: Paused; second: Program }> {
  const machine = new Machine({ seed: 1 });
  await planted(machine);
  const first = await Program.open(machine);
  await first.commit(smallChange);
  const paused = pausedAt(first, nth, smallChange);
  await paused.reached;
  return { machine, paused, second: await Program.open(machine, { takeover: true }) };
}

async function countCollection(): Promise<number> {
  const machine = new Machine({ seed: 1 });
  await abandoned(machine);
  machine.clock.advance(LONG_AFTER_MS);
  return madeBy(await Program.open(machine), collected);
}

async function madeBy(program: Program, work: (program: Program) => Promise<unknown>): Promise<number> {
  const before = program.made;
  await work(program);
  return program.made - before;
}
