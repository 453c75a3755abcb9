import { type Fault, InfinitreeError, isInfinitreeError } from '@infinitree/core';
import type { CrashState, TornWrite } from '@infinitree/testing';
import { contentsOf, smallChange } from './contents.js';
import type { Machine } from './machine.js';
import { type OpenProgram, Program } from './program.js';

/** At one in that many boundaries. */
const VERIFIED_AGAIN = 4;

/** What is done with a machine that lost its power. */
export type Recovery = (before: Machine, state: CrashState) => Promise<Machine>;

/**
 * Starts a machine again that lost its power, and uses the tree: everything is read that can be reached, then it is
 * written to, closed, and opened once more. Rejects where anything is not as it was promised. The new machine has
 * recorded all that, so that the power can fail in the middle of it again.
 */
export async function recover(before: Machine, state: CrashState): Promise<Machine> {
  const machine = before.restarted(state);
  // Not through a cache: what was acknowledged has to be behind it, whatever the cache holds, too.
  const reader = await openOrUndefined(machine, { readonly: true, direct: true });
  if (reader !== undefined) {
    await readEverything(machine, reader);
    await mustVerify(machine, reader);
    await reader.close();
  }
  await keysMustBeAsPromised(machine);
  const writer = (await openOrUndefined(machine, {})) ?? (await Program.create(machine));
  // Who opened the tree while a successor of the time before hid a commit is told so when it commits.
  if ((await writer.commit(smallChange)) === 'refused') {
    await writer.refresh();
    await mustBeStored(writer);
  }
  await mustBeStored(writer);
  await writer.close();
  const again = await Program.open(machine, { readonly: true });
  await compareContents(machine, again);
  // What the recovery wrote is looked at more closely now and then: a crash in the middle of it always is.
  if (state.boundary % VERIFIED_AGAIN === 0) await mustVerify(machine, again);
  await again.close();
  return machine;
}

/** Whoever has looked through one of the keys in doubt has seen that the tree opens; here each is held to what was said of it. */
async function keysMustBeAsPromised(machine: Machine): Promise<void> {
  const keys = [...machine.keys.at()];
  // One key that nobody changes is what everything else is opened with.
  if (keys.length === 1) return;
  for (const [i, [key, promised]] of keys.entries()) {
    const opens = await Program.opensWith(machine, key);
    if (promised === 'opens' && !opens) throw new Error(`key ${i} does not open the tree`);
    if (promised === 'opens nothing' && opens) throw new Error(`key ${i} opens the tree, and was taken away`);
  }
}

/** Every byte that the newest head or an older one reaches carries its tag, and all others are padding. */
export async function mustVerify(
  { torn }: Machine,
  { tree }: { readonly tree: Pick<Program['tree'], 'verify'> },
): Promise<void> {
  const { faults, olderFaults } = await tree.verify({ readData: true });
  const fault = [...faults, ...olderFaults].find((candidate) => !torn.some((write) => isSliver(write, candidate)));
  if (fault !== undefined) throw new Error(`verify finds ${JSON.stringify(fault)}`);
}

/** Nobody can tell so few bytes that made it to the disk, or did not, from some that were changed. */
const SLIVER = 16;
const MARK_LENGTH = 112;

function isSliver({ path, offset, length, bytes }: TornWrite, { part, object, offset: at }: Fault): boolean {
  if (part !== 'padding' || object === undefined || !path.endsWith(object)) return false;
  if (at === undefined) return false;
  // One of them may be as it was by chance.
  const isBegin = bytes < SLIVER && at >= offset && at < offset + SLIVER;
  const isEnd = length - bytes < SLIVER && at >= offset + bytes && at < offset + length;
  // A mark opens as a whole or not at all; one that was torn over its successor's is like one that was changed.
  const isInMark = length === MARK_LENGTH && at >= offset && at < offset + length;
  return isBegin || isEnd || isInMark;
}

/**
 * A tree need not be there where nobody was told that it was made; then it can be made. What two creations have left
 * could be a tree of another key.
 */
async function openOrUndefined(machine: Machine, options: OpenProgram): Promise<Program | undefined> {
  try {
    return await Program.open(machine, options);
  } catch (error) {
    const absent =
      isInfinitreeError(error, 'NOT_FOUND') || (machine.creations > 1 && isInfinitreeError(error, 'WRONG_KEY'));
    const { created, sure } = machine.chronicle.now;
    if (created || sure.length > 0 || !absent) throw error;
    return undefined;
  }
}

async function readEverything(machine: Machine, { tree, known }: Program): Promise<void> {
  for (const [i, commit] of (await tree.commits()).entries()) {
    const view = await tree.at(commit);
    compare(`at ${commit.message}`, await contentsOf(tree, view), machine.chronicle.contents(known.slice(0, i + 1)));
    await view.close();
  }
  await compareContents(machine, { tree, known });
}

async function compareContents(machine: Machine, { tree, known }: Pick<Program, 'tree' | 'known'>): Promise<void> {
  compare('the newest state', await contentsOf(tree), machine.chronicle.contents(known));
}

export function compare(what: string, found: string, expected: string): void {
  if (found === expected) return;
  let at = 0;
  while (at < found.length && found[at] === expected[at]) at += 1;
  const shown = (text: string): string => text.slice(Math.max(0, at - 40), at + 80);
  throw new Error(`${what} holds other data than was committed: ${shown(found)} in place of ${shown(expected)}`);
}

async function mustBeStored(writer: Program): Promise<void> {
  const outcome = await writer.commit(smallChange);
  if (outcome !== 'stored') throw new Error(`a commit after the restart was ${outcome}`);
}

/** An error in one line. */
export function inOneLine(error: unknown): string {
  // What failed in an interlude comes as trouble of the file system that it was let in by.
  const cause = error instanceof InfinitreeError && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  if (error instanceof InfinitreeError) return `${error.code}: ${error.message}${cause}`;
  return error instanceof Error ? error.message : String(error);
}
