import { isInfinitreeError } from '@infinitree/core';
import { largeChange, smallChange } from './contents.js';
import type { Machine } from './machine.js';
import { Program } from './program.js';

/** A tree with a history, at rest. */
export async function planted(machine: Machine, commits = 2): Promise<void> {
  const program = await Program.create(machine);
  for (let i = 0; i < commits; i++) await program.commit(smallChange);
  await program.close();
  machine.beginHere();
}

/** A tree with a history, and beside it a blob that no commit refers to. */
export async function abandoned(machine: Machine): Promise<void> {
  await planted(machine);
  const program = await Program.open(machine);
  await program.tree.blobs.put(machine.random.bytes(100_000));
  await program.commit(largeChange);
  await program.close();
}

/** What was abandoned is too old by then to be on its way. */
export const LONG_AFTER_MS = 2 * 24 * 60 * 60 * 1000;

/** Commits, again where others have committed in between. */
export async function committed(program: Program): Promise<void> {
  if ((await program.commit(smallChange)) === 'stored') return;
  await program.refresh();
  await program.commit(smallChange);
}

/** Somebody looks: what is shown has to stay. */
export async function look(machine: Machine): Promise<void> {
  const reader = await Program.open(machine, { readonly: true });
  await reader.close();
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

/** A collection, and commits before and after it. */
export async function collected(program: Program): Promise<void> {
  await committed(program);
  await collect(program);
  await committed(program);
}
