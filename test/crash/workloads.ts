import { isInfinitreeError } from '@infinitree/core';
import { type Kind, largeChange, middlingChange, smallChange } from './contents.js';
import type { Durability, Machine } from './machine.js';
import { Program } from './program.js';

/** What a machine does until its power fails. Its choices are read off the machine's randomness. */
type Work = (machine: Machine) => Promise<void>;

export interface Workload {
  readonly run: Work;
  /** How many states of one run are looked at: where runs differ much, there are to be many of them. */
  readonly statesPerRun: number;
  /** Its part of all states, in shares. */
  readonly share: number;
  /** What its file system is taken for, where that is not a local one. */
  readonly durability?: Durability;
}

const TEN_MINUTES_MS = 600_000;

/** A tree with a history, at rest. */
async function planted(machine: Machine, commits = 2): Promise<void> {
  const program = await Program.create(machine);
  for (let i = 0; i < commits; i++) await program.commit(smallChange);
  await program.close();
  machine.beginHere();
}

/** How many of the first and of the last file operations of a creation matter most. */
const MATTER_MOST = 5;
let creation: Promise<number> | undefined;

/** In every other run somebody else begins and is killed, so that what is found need not be on the disk. */
const create: Work = async (machine) => {
  const { random } = machine;
  const killed = random.int(2) === 0;
  // Counted and not written down: who adds an operation would move the last ones out of reach, and nobody would notice.
  creation ??= Program.countCreation();
  const operations = await creation;
  const early = 1 + random.int(MATTER_MOST);
  const nth = random.pick([early, 1 + random.int(operations), operations + 1 - early]);
  if (killed) await Program.killedCreation(machine, nth);
  const program = killed ? await createdOrOpened(machine) : await Program.create(machine);
  await program.commit(smallChange);
  await program.close();
};

async function createdOrOpened(machine: Machine): Promise<Program> {
  try {
    return await Program.create(machine);
  } catch (error) {
    if (!isInfinitreeError(error, 'EXISTS')) throw error;
    return Program.open(machine);
  }
}

const smallCommits: Work = async (machine) => {
  await planted(machine);
  const program = await Program.open(machine);
  for (let i = 0; i < 5; i++) {
    await program.commit(smallChange, 1 + machine.random.int(3));
    if (machine.random.int(2) === 0) machine.disk.writeBack();
  }
  await program.close();
};

const largeCommits: Work = async (machine) => {
  await planted(machine);
  const program = await Program.open(machine);
  for (let i = 0; i < 3; i++) {
    await program.commit(machine.random.int(3) === 0 ? smallChange : largeChange);
    machine.disk.writeBack();
  }
  await program.close();
};

/** Each commit is an epoch of its own, as where appends are not trusted; the objects of the first are replaced, and go. */
const objectCommits: Work = async (machine) => {
  await planted(machine, 1);
  const program = await Program.open(machine);
  for (let i = 0; i < 6; i++) {
    machine.clock.advance(TEN_MINUTES_MS);
    await program.commit(machine.random.int(3) === 0 ? largeChange : smallChange, 1 + machine.random.int(2));
    if (machine.random.int(2) === 0) machine.disk.writeBack();
  }
  await program.close();
};

/** Commits until the head is full twice, so that the objects of the first fold are replaced, and deleted when due. */
const fold: Work = async (machine) => {
  await planted(machine);
  const program = await Program.open(machine);
  for (let i = 0; i < 24; i++) {
    machine.clock.advance(TEN_MINUTES_MS);
    await program.commit(middlingChange);
    if (machine.random.int(2) === 0) machine.disk.writeBack();
  }
  await program.close();
};

const DAY_MS = 24 * 60 * 60 * 1000;
/** File operations of a collection and the commits beside it, at one of which another writer commits. */
const GC_OPERATIONS = 70;

/**
 * Collects what an earlier session left behind: a blob that no commit refers to, too old to be on its way. In every
 * other run so old a blob is on its way all the same: another writer commits it somewhere in between.
 */
const gc: Work = async (machine) => {
  await planted(machine);
  const before = await Program.open(machine);
  await before.tree.blobs.put(machine.random.bytes(100_000));
  await before.commit(largeChange);
  await before.close();
  const slow = machine.random.int(2) === 0 ? undefined : await slowWriter(machine);
  machine.clock.advance(2 * DAY_MS);
  machine.beginHere();
  const program = await Program.open(machine, { takeover: true });
  if (slow !== undefined) program.before(1 + machine.random.int(GC_OPERATIONS), slow);
  await committed(program);
  await collect(program);
  await committed(program);
  await look(machine);
  await program.close();
};

/** Stores a blob, and commits it when it is called: with what others have committed taken over, if need be. */
async function slowWriter(machine: Machine): Promise<() => Promise<void>> {
  const program = await Program.open(machine);
  const commit = await program.prepare(largeChange);
  return async () => {
    if ((await commit()) !== 'refused') return program.resolve();
    await program.refresh();
    // Refused again where its blob was collected meanwhile.
    await program.commit(smallChange);
    await program.resolve();
  };
}

async function committed(program: Program): Promise<void> {
  if ((await program.commit(smallChange)) === 'stored') return;
  await program.refresh();
  await program.commit(smallChange);
}

/** Collects, again if another writer came in between. */
async function collect(program: Program): Promise<void> {
  try {
    await program.tree.gc();
  } catch (error) {
    // One who came while the head was written leaves it in doubt.
    if (!isInfinitreeError(error, 'CONFLICT') && !(isInfinitreeError(error) && error.retryable)) throw error;
    await program.refresh();
    await program.tree.gc();
  }
}

const reopen: Work = async (machine) => {
  await planted(machine);
  for (let i = 0; i < 3; i++) {
    const program = await Program.open(machine);
    await program.commit(smallChange);
    if (machine.random.int(2) === 0) await program.commit(smallChange);
    await program.close();
  }
};

const refresh: Work = async (machine) => {
  await planted(machine);
  const writer = await Program.open(machine);
  const reader = await Program.open(machine, { readonly: true });
  const other = await Program.open(machine, { takeover: true });
  for (let i = 0; i < 2; i++) {
    await writer.commit(smallChange);
    await reader.refresh();
    // Whoever comes second is refused, and goes on after a refresh.
    await other.commit(smallChange);
    await other.refresh();
    await other.commit(smallChange);
    await reader.refresh();
    await writer.refresh();
    machine.disk.writeBack();
  }
  for (const program of [reader, other, writer]) await program.close();
};

/** Commits and closes, after which everything is marked, whatever the power does. */
const close: Work = async (machine) => {
  await planted(machine, 1);
  for (const times of [1, 2]) {
    const program = await Program.open(machine);
    for (let i = 0; i < times; i++) await program.commit(smallChange);
    machine.disk.writeBack();
    await program.close();
  }
};

/** File operations of a commit by a frame and by a head, at one of which the first writer is stopped. */
const FRAME_OPERATIONS = 9;
const HEAD_OPERATIONS = 26;
/** Those of a takeover, at one of which it wakes, and how many of them come before anything is made that lasts. */
const TAKEOVER_OPERATIONS = 36;
const EARLY_OPERATIONS = 20;

/**
 * A writer is stopped in the middle of a commit, another one takes the tree over, and somewhere on the way the first
 * goes on, or never does. Readers look at what is shown meanwhile.
 */
const takeover: Work = async (machine) => {
  await planted(machine);
  const first = await Program.open(machine);
  const framed = machine.random.int(3) > 0;
  if (framed) await first.commit(smallChange);
  machine.beginHere();
  const stop = 1 + machine.random.int(framed ? FRAME_OPERATIONS : HEAD_OPERATIONS);
  const paused = pausedAt(first, stop, machine.random.int(4) === 0 ? largeChange : smallChange);
  await paused.reached;
  const wakes = machine.random.int(3) > 0;
  const second = await secondWriter(machine, async () => {
    if (wakes) await paused.goOn();
    await look(machine);
  });
  await look(machine);
  // One that was not to wake on the way is dead, or only slow.
  if (!wakes && machine.random.int(2) === 0) return;
  await paused.goOn();
  await look(machine);
  await second.commit(smallChange);
  await first.refresh();
  await first.commit(smallChange);
  await look(machine);
};

/** Begins a commit that stops before its n-th file operation, or ends before that. */
export function pausedAt(program: Program, nth: number, kind: Kind): { reached: Promise<void>; goOn(): Promise<void> } {
  let wake = (): void => undefined;
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  let committed: Promise<unknown> = Promise.resolve();
  const reached = new Promise<void>((resolve) => {
    program.before(nth, () => {
      resolve();
      return woken;
    });
    committed = program.commit(kind).finally(resolve);
  });
  const goOn = async (): Promise<void> => {
    wake();
    await committed;
  };
  return { reached, goOn };
}

/** Takes the tree over and commits, with an interlude somewhere on the way. */
async function secondWriter(machine: Machine, interlude: () => Promise<void>): Promise<Program> {
  const second = await Program.open(machine, { takeover: true });
  const operations = machine.random.int(2) === 0 ? EARLY_OPERATIONS : TAKEOVER_OPERATIONS;
  second.before(1 + machine.random.int(operations), interlude);
  await committed(second);
  return second;
}

export async function look(machine: Machine): Promise<void> {
  const reader = await Program.open(machine, { readonly: true });
  await reader.close();
}

/** By name; `docs/format/ordering.md` says which of them tests what. */
export const WORKLOADS: Readonly<Record<string, Workload>> = {
  create: { run: create, statesPerRun: 40, share: 2 },
  'small-commits': { run: smallCommits, statesPerRun: 100, share: 4 },
  'large-commits': { run: largeCommits, statesPerRun: 100, share: 3 },
  'object-commits': { run: objectCommits, statesPerRun: 60, share: 2, durability: 'object' },
  fold: { run: fold, statesPerRun: 100, share: 3 },
  takeover: { run: takeover, statesPerRun: 16, share: 8 },
  reopen: { run: reopen, statesPerRun: 100, share: 2 },
  gc: { run: gc, statesPerRun: 30, share: 4 },
  refresh: { run: refresh, statesPerRun: 60, share: 3 },
  close: { run: close, statesPerRun: 60, share: 1 },
};
