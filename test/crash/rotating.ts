import { Key } from '@infinitree/core';
import { contentsOf, largeChange, smallChange } from './contents.js';
import { type Machine, READER, WRITER } from './machine.js';
import { Program } from './program.js';
import { compare, mustVerify, type Recovery, recover } from './recover.js';
import { committed, look, planted } from './steps.js';

type Policy = 'all' | 'index';

const TEN_MINUTES_MS = 600_000;

/**
 * Gives a tree new keys once or twice, with commits before, in between and behind. In half of the runs a key is taken away
 * in between; in every other run somebody who has the tree open from before commits behind the first time, and must be
 * refused. In a split tree it is one who only writes to it who is refused and has a key taken away. Where all of it gets new
 * keys, the objects of before are deleted at last.
 */
export const rotating =
  (policy: Policy) =>
  async (machine: Machine): Promise<void> => {
    const { random } = machine;
    await planted(machine, 1);
    const isSplit = machine.key === READER;
    const second = isSplit ? WRITER : Key.fromBytes(random.bytes(32));
    const program = await Program.open(machine);
    await program.giveKey('add', second);
    await program.commit(largeChange);
    const beside = isSplit ? { key: second, takeover: true } : { takeover: true };
    const other = random.int(2) === 0 ? undefined : await Program.open(machine, beside);
    machine.beginHere();
    await rotated(program, policy);
    if (random.int(2) === 0) machine.disk.writeBack();
    if (other !== undefined) await refused(other);
    await look(machine);
    await program.refresh();
    await committed(program);
    if (random.int(2) === 0) await program.takeKey(second);
    if (random.int(2) === 0) await rotated(program, policy);
    await committed(program);
    await program.close();
    if (policy === 'all') await wentOn(machine);
  };

/** Each handle begins with a head: when there are enough of them, what was replaced goes. */
async function wentOn(machine: Machine): Promise<void> {
  for (let i = 0; i < 3; i++) {
    machine.clock.advance(TEN_MINUTES_MS);
    const program = await Program.open(machine);
    await committed(program);
    await program.close();
  }
}

async function rotated(program: Program, policy: Policy): Promise<void> {
  const before = program.tree.keyEpoch;
  await program.tree.rotate({ policy });
  if (program.tree.keyEpoch !== before + 1) throw new Error('the key epoch is not the next one');
}

/** What has begun before the tree was given new keys is never acknowledged behind that. */
async function refused(other: Program): Promise<void> {
  const outcome = await other.commit(smallChange);
  if (outcome === 'stored') throw new Error('a commit was acknowledged under the keys of before');
  await other.refresh();
  await committed(other);
  await other.close();
}

/** Uses the tree as after any crash, and then gives it new keys: what was begun is finished. */
export const rotatedAgain =
  (policy: Policy): Recovery =>
  async (before, state) => {
    const machine = await recover(before, state);
    const program = await Program.open(machine, { takeover: true });
    const { keyEpoch } = program.tree;
    await program.tree.rotate({ policy });
    if (program.tree.keyEpoch <= keyEpoch) throw new Error('the tree was not given new keys');
    if ((await program.commit(smallChange)) !== 'stored') throw new Error('a commit with the new keys was refused');
    await program.close();
    const again = await Program.open(machine, { readonly: true });
    compare('the newest state', await contentsOf(again.tree), machine.chronicle.contents(again.known));
    await mustVerify(machine, again);
    await again.close();
    return machine;
  };
