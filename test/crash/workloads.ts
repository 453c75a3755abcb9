import { setImmediate } from 'node:timers/promises';
import { isInfinitreeError, Key } from '@infinitree/core';
import { contentsOf, largeChange, middlingChange, packingChange, smallChange } from './contents.js';
import { copiedAgain, copying } from './copying.js';
import { operationCounts } from './counts.js';
import { handedInAgain, handingIn } from './handing-in.js';
import { type CacheMode, type Durability, KEY, type Machine, WRITER } from './machine.js';
import { Program } from './program.js';
import type { Recovery } from './recover.js';
import { rotatedAgain, rotating } from './rotating.js';
import { abandoned, collected, LONG_AFTER_MS, look, planted } from './steps.js';
import { takeover } from './takeover.js';

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
  /** How programs cache what they read and write, where they do. */
  readonly cache?: CacheMode;
  /** Whether its tree is split. */
  readonly split?: boolean;
  /** How it goes on after a crash, where that is not by opening the tree and writing to it. */
  readonly recovery?: Recovery;
}

const TEN_MINUTES_MS = 600_000;

/** How many of the first and of the last file operations of a creation matter most. */
const MATTER_MOST = 5;

/** In every other run somebody else begins and is killed, so that what is found need not be on the disk. */
const create: Work = async (machine) => {
  const { random } = machine;
  const killed = random.int(2) === 0;
  const { creation } = await operationCounts();
  const early = 1 + random.int(MATTER_MOST);
  const nth = random.pick([early, 1 + random.int(creation), creation + 1 - early]);
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

/**
 * Commits through a cache that is too small for all of it, and reads that through it again. A cut takes from both, and
 * what is read after it, past the cache at first, has to be there all the same.
 */
const cached: Work = async (machine) => {
  await planted(machine);
  for (let session = 0; session < 2; session++) {
    const program = await Program.open(machine);
    for (let i = 0; i < 2; i++) {
      await program.commit(machine.random.int(4) === 0 ? smallChange : largeChange);
      // Copies are never synced: what is lost of them in all combinations would be too much to look at.
      machine.disk.writeBack();
    }
    await contentsOf(program.tree);
    await program.close();
  }
};

/** Each commit is an epoch of its own, as where appends are not trusted; what the first fold wrote is replaced, and goes. */
const objectCommits: Work = async (machine) => {
  await planted(machine, 1);
  const program = await Program.open(machine);
  for (let i = 0; i < 17; i++) {
    machine.clock.advance(TEN_MINUTES_MS);
    await program.commit(machine.random.int(5) === 0 ? largeChange : middlingChange);
    if (machine.random.int(2) === 0) machine.disk.writeBack();
  }
  await program.close();
};

/**
 * Large commits, each a pack of its own, and small ones, until there are enough of one size more than once; at last all that
 * is left becomes one.
 */
const merge: Work = async (machine) => {
  await planted(machine);
  const program = await Program.open(machine);
  for (let i = 0; i < 14; i++) {
    machine.clock.advance(TEN_MINUTES_MS);
    await program.commit(machine.random.int(3) === 0 ? middlingChange : largeChange);
    // What is due is merged beside the next commit, or before it.
    if (machine.random.int(2) === 0) await setImmediate();
    if (machine.random.int(2) === 0) machine.disk.writeBack();
  }
  await program.compact();
  for (let i = 0; i < 2; i++) await program.commit(smallChange);
  await program.close();
};

/** Commits until the head is full twice, so that the objects of the first fold are replaced, and deleted when due. */
const fold: Work = async (machine) => {
  await planted(machine);
  const program = await Program.open(machine);
  for (let i = 0; i < 26; i++) {
    machine.clock.advance(TEN_MINUTES_MS);
    await program.commit(middlingChange);
    if (machine.random.int(2) === 0) machine.disk.writeBack();
  }
  await program.close();
};

/** Commits that pack well, so that a head has room for more of them than are carried on: they are folded beside others. */
const foldBeside: Work = async (machine) => {
  await planted(machine);
  const program = await Program.open(machine);
  for (let i = 0; i < 16; i++) {
    machine.clock.advance(TEN_MINUTES_MS);
    // With others while it is under way, or when it is done.
    await (machine.random.int(3) === 0 ? program.commit(smallChange) : program.commitBesideFolds(packingChange));
    if (machine.random.int(2) === 0) machine.disk.writeBack();
  }
  await program.close();
};

/**
 * Collects what an earlier session left behind: a blob that no commit refers to, too old to be on its way. In every
 * other run so old a blob is on its way all the same: another writer commits it somewhere in between.
 */
const gc: Work = async (machine) => {
  const { collection } = await operationCounts();
  await abandoned(machine);
  const slow = machine.random.int(2) === 0 ? undefined : await slowWriter(machine);
  machine.clock.advance(LONG_AFTER_MS);
  machine.beginHere();
  const program = await Program.open(machine, { takeover: true });
  if (slow !== undefined) program.before(1 + machine.random.int(collection), slow);
  await collected(program);
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

/** Keys are added, replaced and removed, with commits in between. */
const keys: Work = async (machine) => {
  const { random } = machine;
  await planted(machine, 1);
  const [second, third] = [Key.fromBytes(random.bytes(32)), Key.fromBytes(random.bytes(32))];
  const program = await Program.open(machine);
  await program.giveKey('add', second);
  if (random.int(2) === 0) await program.commit(smallChange);
  await program.giveKey('reseal', third, KEY);
  if (random.int(2) === 0) machine.disk.writeBack();
  if (random.int(2) === 0) await program.takeKey(second);
  else await program.giveKey('reseal', second, third);
  await program.close();
  const again = await Program.open(machine);
  await again.commit(smallChange);
  await again.close();
};

/**
 * A split tree, to which one writes who cannot read it: values apart and blobs, folds, and a collection of garbage; and the
 * reader in between.
 */
const split: Work = async (machine) => {
  const { random } = machine;
  const owner = await Program.create(machine);
  await owner.giveKey('add', WRITER);
  await owner.commit(smallChange);
  await owner.close();
  machine.beginHere();
  const writer = await Program.open(machine, { key: WRITER });
  for (let i = 0; i < 7; i++) {
    await writer.commit(random.pick([smallChange, middlingChange, largeChange]));
    if (random.int(2) === 0) machine.disk.writeBack();
  }
  await writer.close();
  if (random.int(2) === 0) {
    const reader = await Program.open(machine);
    await reader.commit(smallChange);
    await reader.close();
  }
  machine.clock.advance(LONG_AFTER_MS);
  const again = await Program.open(machine, { key: WRITER });
  await collected(again);
  await again.close();
};

/** By name; `docs/format/ordering.md` says which of them tests what. */
export const WORKLOADS: Readonly<Record<string, Workload>> = {
  create: { run: create, statesPerRun: 40, share: 2 },
  'small-commits': { run: smallCommits, statesPerRun: 100, share: 4 },
  'large-commits': { run: largeCommits, statesPerRun: 100, share: 3 },
  'object-commits': { run: objectCommits, statesPerRun: 60, share: 2, durability: 'object' },
  fold: { run: fold, statesPerRun: 100, share: 3 },
  'fold-beside': { run: foldBeside, statesPerRun: 100, share: 2 },
  merge: { run: merge, statesPerRun: 100, share: 3 },
  takeover: { run: takeover, statesPerRun: 16, share: 8 },
  reopen: { run: reopen, statesPerRun: 100, share: 2 },
  gc: { run: gc, statesPerRun: 30, share: 4 },
  refresh: { run: refresh, statesPerRun: 60, share: 3 },
  'cache-through': { run: cached, statesPerRun: 60, share: 2, cache: 'write-through' },
  'cache-back': { run: cached, statesPerRun: 60, share: 3, cache: 'write-back' },
  keys: { run: keys, statesPerRun: 60, share: 3 },
  split: { run: split, statesPerRun: 60, share: 3, split: true },
  rotate: { run: rotating('index'), recovery: rotatedAgain('index'), statesPerRun: 40, share: 3 },
  'rotate-all': { run: rotating('all'), recovery: rotatedAgain('all'), statesPerRun: 60, share: 2 },
  'rotate-split': { run: rotating('index'), recovery: rotatedAgain('index'), statesPerRun: 40, share: 2, split: true },
  close: { run: close, statesPerRun: 60, share: 1 },
  copy: { run: copying(false), recovery: copiedAgain(false), statesPerRun: 40, share: 2 },
  dropbox: { run: handingIn, recovery: handedInAgain, statesPerRun: 60, share: 2 },
  move: { run: copying(true), recovery: copiedAgain(true), statesPerRun: 60, share: 3 },
};
