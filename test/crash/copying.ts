import { copyTree, Infinitree, isInfinitreeError } from '@infinitree/core';
import { contentsOf, largeChange, Plot, smallChange } from './contents.js';
import { KEY, type Machine } from './machine.js';
import { Program } from './program.js';
import { compare, mustVerify, type Recovery } from './recover.js';
import { planted } from './steps.js';

/** Where the copy goes: another folder of the same disk. */
const TARGET = '/copy';
/** Committed to the copy, to see that it can be. */
const GOES_ON = 'goes on';

/** Copies or moves a tree whose head has a journal, and which has objects. */
export function copying(move: boolean): (machine: Machine) => Promise<void> {
  return async (machine) => {
    await planted(machine);
    const program = await Program.open(machine);
    await program.commit(largeChange);
    await program.commit(smallChange);
    machine.beginHere();
    await copied(machine, program, move);
    await program.close();
  };
}

async function copied(machine: Machine, { tree }: Program, move: boolean): Promise<void> {
  const { backend } = await machine.start(() => Promise.resolve(), { root: TARGET });
  try {
    await copyTree(tree, backend, { move });
  } finally {
    await backend.close();
  }
}

/**
 * Looks at both places, makes the same call again, and looks at both again. A tree is in the target as a whole or not at
 * all, and of a tree that is moved there is never one to write to in both.
 */
export function copiedAgain(move: boolean): Recovery {
  return async (before, state) => {
    const machine = before.restarted(state);
    const early = await lookAtTarget(machine);
    const reader = await Program.open(machine, { readonly: true });
    const { known } = reader;
    compare('the source', await contentsOf(reader.tree), machine.chronicle.contents(known));
    await mustVerify(machine, reader);
    await reader.close();
    const source = await openToCopy(machine, move);
    if (early && move && source.isWritable) throw new Error('there are two trees to write to');
    const outcome = await copied(machine, source.program, move).catch((error: unknown) => error);
    const expected = early && !move ? isInfinitreeError(outcome, 'EXISTS') : outcome === undefined;
    if (!expected) throw outcome instanceof Error ? outcome : new Error('the copy was made twice');
    await source.program.close();
    await compareTarget(machine, known);
    if (move && (await openToCopy(machine, move)).isWritable) throw new Error('the source goes on');
    return machine;
  };
}

async function openToCopy(machine: Machine, move: boolean): Promise<{ program: Program; isWritable: boolean }> {
  try {
    return { program: await Program.open(machine), isWritable: true };
  } catch (error) {
    if (!move || !isInfinitreeError(error, 'READONLY')) throw error;
    return { program: await Program.open(machine, { readonly: true }), isWritable: false };
  }
}

/** Whether there is a tree. Where there is none, the error is one of those that the page names. */
async function lookAtTarget(machine: Machine): Promise<boolean> {
  const { backend } = await machine.start(() => Promise.resolve(), { root: TARGET });
  try {
    await (await Infinitree.open(Plot, { backend, key: KEY, readonly: true })).close();
    return true;
  } catch (error) {
    const isUnfinished = isInfinitreeError(error, 'CORRUPT') && error.message.includes('copyTree()');
    if (isUnfinished || isInfinitreeError(error, 'NOT_FOUND') || isInfinitreeError(error, 'WRONG_KEY')) return false;
    throw error;
  } finally {
    await backend.close();
  }
}

/** All that the source holds is there, and it can be written to. */
async function compareTarget(machine: Machine, known: readonly string[]): Promise<void> {
  const { backend } = await machine.start(() => Promise.resolve(), { root: TARGET });
  const tree = await Infinitree.open(Plot, { backend, key: KEY, takeover: true });
  await mustVerify(machine, { tree });
  const commits = await tree.commits();
  const last = commits[known.length - 1];
  const labels = commits.map(({ message }) => message).filter((message) => message !== GOES_ON);
  if (last === undefined || labels.join() !== known.join())
    throw new Error(`the copy has ${labels.join() || 'no commits'}`);
  const view = await tree.at(last);
  compare('the copy', await contentsOf(tree, view), machine.chronicle.contents(known));
  await view.close();
  await tree.commit({ message: GOES_ON, mode: 'always' });
  await tree.close();
  await backend.close();
}
